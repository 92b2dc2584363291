"""Plays a service that waits for calls, on a free port of 127.0.0.1, which it prints.

ping_server.py FOLDER [STATUS…]: answers GET with each STATUS in turn, the last one again and again, by default 200; 301
leads to /moved, and "hang" never answers. Writes method, path and headers to FOLDER/N.json. It ends with its standard
input.
"""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

folder, answers = Path(sys.argv[1]), sys.argv[2:] or ["200"]


class Handler(BaseHTTPRequestHandler):
    count = 0

    def do_GET(self):
        Handler.count += 1
        headers = {name.lower(): value for name, value in self.headers.items()}
        known = {"method": self.command, "path": self.path, "agent": headers.get("user-agent")}
        new = folder / f"{Handler.count}.new"
        new.write_text(json.dumps(known))
        new.rename(new.with_suffix(".json"))
        answer = answers[min(Handler.count, len(answers)) - 1]
        if answer == "hang":
            time.sleep(600)
        self.send_response(int(answer))
        if answer == "301":
            self.send_header("Location", "/moved")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_HEAD = do_POST = do_GET

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
