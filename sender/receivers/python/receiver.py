# Receives ioZen events: checks the signature, answers at once, drops duplicates.
#
#   WEBHOOK_SECRET=whsec_… python3 receiver.py
import base64
import hashlib
import hmac
import json
import os
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

secret = os.environ.get("WEBHOOK_SECRET", "")
key = base64.b64decode(secret[6:] if secret.startswith("whsec_") else secret)
if not key:
    raise SystemExit("WEBHOOK_SECRET is missing")  # an empty key would accept forgeries


# The signature is over the exact bytes of the body: check it before anything parses them.
def verified(headers, body):
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 5 * 60:
        return False  # old or from the future: a replay
    mac = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(mac)
    # While a secret is rotated there are two signatures, separated by a space.
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(signature, expected) for signature in given)


# Called once per event, after the answer. Put your own work here.
def handle(event):
    print(event["event_name"], event["event_id"], flush=True)


events = queue.Queue()  # in production: a table of your database, with a unique column for event_id


def work():
    seen = set()
    while True:
        event = events.get()
        if event["event_id"] not in seen:
            seen.add(event["event_id"])
            handle(event)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not verified(self.headers, body):
            return self.answer(401, b"wrong signature")
        try:
            events.put(json.loads(body))
        except ValueError:
            return self.answer(400, b"not JSON")
        self.answer(200, b"ok")  # ioZen waits 30 s at most, so the work comes after the answer

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


threading.Thread(target=work, daemon=True).start()
ThreadingHTTPServer(("", int(os.environ.get("PORT", 3000))), Receiver).serve_forever()
