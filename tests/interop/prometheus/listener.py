"""A server that scrapes the shop, and a target beside it that hears what the server asks for."""

import http.server
import json
import re
import shutil
import threading

from .server import Server

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Listener(http.server.BaseHTTPRequestHandler):
    """Answers with no metrics, and keeps the request's headers."""

    def do_GET(self):
        self.server.heard = dict(self.headers)
        self.send_response(200)
        self.send_header("content-type", OPENMETRICS)
        self.end_headers()
        self.wfile.write(b"# EOF\n")

    def log_message(self, *_):
        pass


class Observed:
    """The server, from the stack's own configuration but for the interval and the targets."""

    def __init__(self, binaries, folder, stack, shop, features):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(stack, folder)
        config = folder / "prometheus.yaml"
        text, changed = re.subn(r"_interval: 5s", "_interval: 1s", config.read_text(encoding="utf-8"))
        if changed != 3:
            raise RuntimeError(f"{stack} sets {changed} intervals, not three")
        config.write_text(text, encoding="utf-8")
        self.listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        self.listener.heard = None
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()
        address = "{}:{}".format(*self.listener.server_address)
        targets = json.loads(shop.targets_file.read_text(encoding="utf-8"))
        targets.append({"targets": [address], "labels": {"job": "listener"}})
        (folder / "targets.json").write_text(json.dumps(targets), encoding="utf-8")
        self.server = Server(binaries, folder, config, features)

    def headers(self):
        """The headers of the server's requests that decide what it gets."""
        heard = self.listener.heard or {}
        return {name: heard[name] for name in ("Accept", "Accept-Encoding") if name in heard}

    def close(self):
        self.server.close()
        self.listener.shutdown()
        self.listener.server_close()
