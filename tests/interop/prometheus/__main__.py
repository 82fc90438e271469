"""`python3 -m prometheus SHOP CACHE`, in the folder above, with the shop's program and a folder that stays.

Two servers scrape one shop every second: one in OpenMetrics, and one that asks for protobuf, as it does for
native histograms. Exits with 3 where no Prometheus can be had.
"""

import pathlib
import sys
import time

import shop
from . import checks, formats, listener, queries, server

ROOT = pathlib.Path(__file__).resolve().parents[3]
STACK = ROOT / "examples/stack"

# Enough for a dozen scrapes while orders come in.
ORDERS = 900
# Items that are ordered beside the shop's own; it tells twenty of all apart.
NOVELTIES = 30
PATIENCE = 60

SERVERS = {
    "openmetrics": "exemplar-storage",
    "protobuf": "exemplar-storage,native-histograms",
}


def wait_for_orders(scraper, count):
    """Until the gateway has answered this many requests and the server has seen it do so."""
    seen = "sum(http_server_request_duration_seconds_count{job='gateway'})"
    deadline = time.monotonic() + PATIENCE
    while (scraper.value(seen) or 0) < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{scraper.value(seen)} of {count} orders were counted within {PATIENCE} s")
        time.sleep(0.2)


def observe(open_shop, cache, binaries):
    """Everything that is asked while the shop is open; returns what to tell."""
    told = []
    scrapers = {}
    try:
        for name, features in SERVERS.items():
            scrapers[name] = listener.Observed(binaries, cache / name, STACK / "prometheus", open_shop, features)
        for novelty in range(NOVELTIES):
            open_shop.order(item=f"novelty {novelty}")
        # Too large for the broker: an error that is the service's own.
        status = open_shop.order(item="x" * 1_200_000)
        if status != 500:
            raise RuntimeError(f"an order that no broker takes was answered {status}")
        for scraper in scrapers.values():
            wait_for_orders(scraper.server, ORDERS)
        # The last spans leave within a fifth of a second, and every rule is evaluated once more.
        time.sleep(2)
        spans = open_shop.spans()
        for name, scraper in scrapers.items():
            told += [f"{name}: {line}" for line in checks.scrapes(scraper, open_shop.targets())]
            told += [f"{name}: {line}" for line in checks.exemplars(scraper.server, spans)]
            told += [f"{name}: {line}" for line in checks.target(scraper.server, open_shop.resources())]
            told += [f"{name}: {line}" for line in checks.limits(scraper.server, spans, NOVELTIES)]
            told += [f"{name}: {line}" for line in queries.rules(scraper.server)]
            told += [f"{name}: {line}" for line in queries.dashboards(scraper.server, STACK / "grafana")]
        told += formats.check(open_shop.targets(), scrapers, binaries, cache)
    finally:
        for scraper in scrapers.values():
            scraper.close()
    return told


def main(program, cache):
    cache = pathlib.Path(cache).resolve()
    try:
        binaries = server.programs(cache)
    except server.Missing as missing:
        print(missing)
        return 3
    with shop.Shop(program, cache, ORDERS) as open_shop:
        told = observe(open_shop, cache, binaries)
    told += queries.rule_tests(binaries, STACK / "prometheus")
    for line in [f"Prometheus {server.version(binaries)} and {ORDERS} requests", *told]:
        print(line)
    return 0


sys.exit(main(*sys.argv[1:]))
