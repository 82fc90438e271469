"""The shop as a peer sees it: five services, their spans in a file, and where their metrics are."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

START = 30
END = 20

# What the services are told of where they run.
ENVIRONMENT = "continuous integration"


class Shop:
    """`shop --serve`; the folder holds its files. As a context manager it ends with the block."""

    def __init__(self, program, folder, requests):
        self.folder = pathlib.Path(folder)
        self.spans_file = self.folder / "spans.jsonl"
        self.targets_file = self.folder / "targets.json"
        self.log = self.folder / "shop.log"
        for file in (self.spans_file, self.targets_file, self.log):
            file.unlink(missing_ok=True)
        arguments = ["--serve", "--requests", str(requests), "--spans", self.spans_file, "--targets", self.targets_file]
        environment = os.environ | {"OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment.name={ENVIRONMENT}"}
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [program, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            self.gateway = self._wait(lambda: re.search(r"curl http://([^/ ]+)/orders ", self._said()))[1]
        except BaseException:
            self.process.kill()
            raise

    def _said(self):
        return self.log.read_text(encoding="utf-8")

    def _wait(self, found):
        """What `found` gives once it is something."""
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            result = found()
            if result:
                return result
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the shop did not open: {self._said()[-2000:]}")

    def targets(self):
        """The address of `/metrics` by the service's name."""
        groups = json.loads(self.targets_file.read_text(encoding="utf-8"))
        return {group["labels"]["job"]: group["targets"][0] for group in groups}

    def _resource_spans(self):
        for line in self.spans_file.read_text(encoding="utf-8").splitlines():
            yield from json.loads(line)["resourceSpans"]

    def resources(self):
        """What the spans say of each service, by its name."""
        found = {}
        for spans in self._resource_spans():
            attributes = {pair["key"]: pair["value"]["stringValue"] for pair in spans["resource"]["attributes"]}
            found[attributes["service.name"]] = attributes
        return found

    def spans(self):
        """Every span that arrived, by trace id and span id: its duration in seconds."""
        found = {}
        for spans in self._resource_spans():
            for span in (span for scope in spans["scopeSpans"] for span in scope["spans"]):
                took = int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])
                found[span["traceId"], span["spanId"]] = took / 1e9
        return found

    def order(self, **changes):
        """Places an order at the gateway; returns the status."""
        body = json.dumps({"item": "lamp", "quantity": 1, "card": "visa"} | changes).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"http://{self.gateway}/orders", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        if status != 0:
            raise RuntimeError(f"the shop ended with {status}: {self._said()[-2000:]}")
