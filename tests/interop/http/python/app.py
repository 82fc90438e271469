"""A Flask service that calls with requests, as the tutorials have it; opentelemetry-instrument traces it.

It answers /leaf, and /call calls the URL that it is given.
"""

import logging

import requests
from flask import Flask, request
from werkzeug.serving import make_server

# A line for each request is of no interest.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = Flask("peer")


@app.get("/leaf")
def leaf():
    return "leaf"


@app.get("/call")
def call():
    response = requests.get(request.args["url"], timeout=10)
    return response.text, response.status_code


server = make_server("127.0.0.1", 0, app, threaded=True)
print("port", server.server_port, flush=True)
server.serve_forever()
