"""A detector as its users would write it: takes CloudEvents, and compares what comes in with what the model was
trained on, feature by feature (Kolmogorov and Smirnov, Bonferroni). Shows what it found as metrics of Prometheus."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy
from scipy.stats import ks_2samp

REFERENCE = numpy.load(os.path.join(sys.argv[1], "reference.npy"))
WINDOW = 200
SERVICE = os.environ["WATCHED_SERVICE"]

seen = {"rows": [], "requests": 0, "responses": 0, "foreign": 0, "p": 1.0, "windows": 0, "flagged": 0}


def judge():
    rows = numpy.array(seen["rows"][:WINDOW])
    del seen["rows"][:WINDOW]
    columns = range(REFERENCE.shape[1])
    seen["p"] = min(1.0, len(columns) * min(ks_2samp(REFERENCE[:, c], rows[:, c]).pvalue for c in columns))
    seen["windows"] += 1
    seen["flagged"] += seen["p"] < 0.01


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers["ce-type"].rsplit(".", 1)[-1]
        if self.headers["ce-inferenceservicename"] != SERVICE:
            seen["foreign"] += 1
        elif kind == "request":
            seen["requests"] += 1
            for tensor in json.loads(body)["inputs"]:
                seen["rows"] += numpy.array(tensor["data"]).reshape(tensor["shape"]).tolist()
            while len(seen["rows"]) >= WINDOW:
                judge()
        else:
            seen["responses"] += 1
        self.answer(202, b"")

    def do_GET(self):
        lines = [f'drift_{name} {value}' for name, value in seen.items() if name != "rows"]
        self.answer(200, ("\n".join(lines) + "\n").encode() if self.path == "/metrics" else b"ok")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
