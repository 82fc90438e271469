"""A Prometheus server of its own: fetched where it is missing, started, asked, and ended."""

import json
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

START = 30


class Missing(Exception):
    """There is no Prometheus here, and none can be had."""


def programs(cache):
    """The folder with `prometheus` and `promtool`, from Debian's package unless it was fetched before.

    The package is only unpacked: neither root nor its dependencies are needed, and nothing is installed.
    """
    folder = pathlib.Path(cache) / "prometheus-package"
    binaries = folder / "usr/bin"
    if (binaries / "promtool").exists():
        return binaries
    if platform.system() != "Linux" or not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Missing("Prometheus is fetched with apt-get, which is not here")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fetch = ["apt-get", "-qq", "download", "prometheus"]
    fetched = subprocess.run(fetch, cwd=folder, capture_output=True, text=True)
    if fetched.returncode != 0 and os.geteuid() == 0:
        # A fresh machine knows no packages.
        subprocess.run(["apt-get", "-qq", "update"], capture_output=True)
        fetched = subprocess.run(fetch, cwd=folder, capture_output=True, text=True)
    package = next(folder.glob("prometheus_*.deb"), None)
    if fetched.returncode != 0 or package is None:
        raise Missing(f"apt-get gives no package: {fetched.stderr.strip()[-300:]}")
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    package.unlink()
    return binaries


def version(binaries):
    """The version as text, `2.42.0` for example."""
    said = subprocess.run([binaries / "prometheus", "--version"], check=True, capture_output=True, text=True)
    return re.search(r"version (\d+\.\d+\.\d+)", said.stdout + said.stderr)[1]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    """One server, with a configuration that is there already, until it is closed."""

    def __init__(self, binaries, folder, config, features):
        self.folder = pathlib.Path(folder)
        data = self.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.log = self.folder / "prometheus.log"
        command = [
            binaries / "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={data}",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--enable-feature={features}",
        ]
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._wait()
        except BaseException:
            self.process.kill()
            raise

    def _wait(self):
        deadline = time.monotonic() + START
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/-/ready", timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"Prometheus did not start: {self.log.read_text(encoding='utf-8')[-2000:]}")

    def get(self, path, **parameters):
        """The `data` of an answer of the HTTP API."""
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            with urllib.request.urlopen(f"{self.address}/api/v1/{path}?{query}", timeout=15) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(f"{path} {parameters}: {error.read().decode()}") from None

    def query(self, promql):
        """The series of an instant query: labels and value."""
        result = self.get("query", query=promql)["result"]
        return [(series["metric"], float(series["value"][1])) for series in result]

    def value(self, promql):
        """The value of the one series that a query gives, or `None`."""
        series = self.query(promql)
        if len(series) > 1:
            raise RuntimeError(f"{promql} gives {len(series)} series")
        return series[0][1] if series else None

    def exemplars(self, promql, seconds=600):
        """The exemplars of a query's series: the series' labels and one exemplar each."""
        now = time.time()
        found = self.get("query_exemplars", query=promql, start=now - seconds, end=now + 1)
        return [(series["seriesLabels"], exemplar) for series in found for exemplar in series["exemplars"]]

    def own(self):
        """The server's metrics about itself, by their name and labels."""
        with urllib.request.urlopen(f"{self.address}/metrics", timeout=15) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(START)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
