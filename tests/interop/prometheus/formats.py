"""The bodies themselves, as their servers get them, under validators other than a server."""

import gzip
import re
import subprocess
import time
import urllib.request

from .checks import expect

TEXT = "text/plain;version=0.0.4"
# What the servers' own headers lead to.
MEDIA_TYPES = {"openmetrics": "application/openmetrics-text", "protobuf": "application/vnd.google.protobuf"}
OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def fetch(address, **headers):
    """The body and the content type of a scrape. It is compressed for those who accept that, and them alone."""
    request = urllib.request.Request(f"http://{address}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=15) as answer:
        body = answer.read()
        encoding = "gzip" if "gzip" in headers.get("Accept-Encoding", "") else None
        expect(answer.headers["content-encoding"] == encoding, f"{headers}: {answer.headers}")
        return gzip.decompress(body) if encoding else body, answer.headers["content-type"]


def openmetrics(body):
    """Prometheus's own parser in Python: types, clashes, order, bounds, where exemplars may be."""
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    families = list(text_string_to_metric_families(body))
    return families, [sample for family in families for sample in family.samples if sample.exemplar]


def with_timestamps(body, now):
    """A body that can become a block of a database: each sample has its time."""
    # The labels end at the last brace before the value; a value in them may hold any character.
    sample = re.compile(r'^(\w+(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})? \S+)( # .*)?$')
    lines = []
    for line in body.splitlines():
        found = None if line.startswith("#") else sample.match(line)
        lines.append(f"{found[1]} {now}{found[2] or ''}" if found else line)
    return "\n".join(lines) + "\n"


def check(services, scrapers, binaries, cache):
    """All bodies of all services in each format."""
    exemplars = blocks = lines = 0
    for service, address in services.items():
        body, content_type = fetch(address, Accept=OPENMETRICS)
        expect(content_type.startswith("application/openmetrics-text"), f"{service}: {content_type}")
        families, linked = openmetrics(body.decode())
        expect(families and linked, f"{service}: {len(families)} families, {len(linked)} exemplars")
        exemplars += len(linked)

        file = cache / f"{service}.om"
        file.write_text(with_timestamps(body.decode(), f"{time.time():.3f}"), encoding="utf-8")
        command = ["tsdb", "create-blocks-from", "openmetrics", file, cache / "blocks"]
        run = subprocess.run([binaries / "promtool", *command], capture_output=True, text=True)
        expect(run.returncode == 0, f"{service}: {run.stdout}{run.stderr}")
        blocks += 1

        body, content_type = fetch(address, Accept=TEXT)
        expect(content_type.startswith("text/plain"), f"{service}: {content_type}")
        run = subprocess.run([binaries / "promtool", "check", "metrics"], input=body, capture_output=True)
        expect(run.returncode == 0, f"{service}: {run.stdout.decode()}{run.stderr.decode()}")
        lines += body.count(b"\n")

    for name, scraper in scrapers.items():
        expect("Accept" in scraper.headers(), f"{name} did not scrape its listener")
        types = {fetch(address, **scraper.headers())[1].split(";")[0] for address in services.values()}
        expect(types == {MEDIA_TYPES[name]}, f"{name}: {scraper.headers()} gives {types}")
    return [
        f"what the servers ask for gives {', '.join(MEDIA_TYPES.values())}",
        f"{len(services)} bodies under prometheus_client's parser, {exemplars} exemplars; {blocks} blocks of a database",
        f"{lines} lines of text 0.0.4 under promtool, no complaints",
    ]
