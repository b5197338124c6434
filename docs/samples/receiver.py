#!/usr/bin/env python3
"""A sample receiver of Trunkline's messages: the standard library alone, Python 3.8 or newer.

    TRUNKLINE_SECRET='the secret' python3 receiver.py [ADDRESS:PORT] [DATABASE]

Put it behind your web server; write the same secret on the page of the CRM in Trunkline. It checks the signature and
its age, knows a repeat by its key, and answers 200 once the message is committed: until then it is sent again.
Your own work begins in `handle`. The default mapping posts JSON; a form works as well.
"""

import hmac
import json
import os
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

SECRET = os.environ["TRUNKLINE_SECRET"].encode()
OLDEST_SECONDS = 300
LARGEST_BODY = 1 << 20
ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8099"
DATABASE = sys.argv[2] if len(sys.argv) > 2 else "trunkline.sqlite"


def handle(db, key, event, message):
    """Your own work, in the transaction that notes the key: it happens once, or not at all."""
    call, lead = message.get("call"), message.get("lead")
    phone = message.get("phone")
    if isinstance(call, dict):  # the default mapping; of a lead's events all of the call is null
        phone = call.get("client") or (lead or {}).get("phone")
    db.execute(
        "insert into calls (key, event, phone, body) values (?, ?, ?, ?)", (key, event, phone, json.dumps(message))
    )


def is_signed(header, body):
    """`t=<Unix seconds>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>`, compared in constant time, five minutes at most."""
    fields = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    moment = fields.get("t", "")
    if not (moment.isascii() and moment.isdigit()) or abs(time.time() - int(moment)) > OLDEST_SECONDS:
        return False
    expected = hmac.new(SECRET, moment.encode() + b"." + body, "sha256").hexdigest()
    return hmac.compare_digest(expected.encode(), fields.get("v1", "").encode())


def database():
    db = sqlite3.connect(DATABASE, timeout=10, isolation_level=None)
    db.execute("create table if not exists seen (key text primary key, at real)")
    db.execute("create table if not exists calls (key text, event text, phone text, body text)")
    return db


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            return self.reply(413, {"error": "too long"})
        body = self.rfile.read(int(length))
        if not is_signed(self.headers.get("Trunkline-Signature", ""), body):
            return self.reply(401, {"error": "signature"})
        event, key = self.headers.get("Trunkline-Event", ""), self.headers.get("Trunkline-Delivery", "")
        if event == "ping":
            return self.reply(200, {"ok": True})
        try:
            message = self.message(body)
        except ValueError:
            return self.reply(400, {"error": "neither JSON nor a form"})
        db = database()
        try:
            db.execute("begin immediate")
            new = db.execute("insert or ignore into seen values (?, ?)", (key, time.time())).rowcount == 1
            if new:
                handle(db, key, event, message)
            db.execute("commit")
        finally:
            db.close()
        return self.reply(200, {"id": key, "new": new})

    def message(self, body):
        if self.headers.get_content_type() == "application/json":
            return json.loads(body)
        return dict(parse_qsl(body.decode(), keep_blank_values=True))

    def reply(self, status, told):
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Its address may be in your web server's log already; clients' numbers are in none."""


if __name__ == "__main__":
    host, _, port = ADDRESS.rpartition(":")
    database().close()
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
