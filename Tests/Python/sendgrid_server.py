"""Plays SendGrid's v3 API for the mail tests, on a free port of 127.0.0.1, which it prints.

sendgrid_server.py FOLDER [STATUS…]: answers the requests with each STATUS in turn, the last one again and again, by
default 202, or "refuse" for recipients whose address begins so, and writes their headers and bodies to FOLDER/N.json. It ends with its standard input.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

folder, answers = Path(sys.argv[1]), sys.argv[2:] or ["202"]


class Handler(BaseHTTPRequestHandler):
    count = 0

    def do_POST(self):
        Handler.count += 1
        answer = answers[min(Handler.count, len(answers)) - 1]
        status = 202 if answer == "refuse" else int(answer)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = {"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}}
        new = folder / f"{Handler.count}.new"
        new.write_text(json.dumps(request | {"body": body}))
        new.rename(new.with_suffix(".json"))
        if "refuse" in answers:
            # as SendGrid does, which takes a mail for all or for none
            sendees = body["personalizations"][0]["to"]
            errors = [{"message": "Does not contain a valid address.", "field": f"personalizations.0.to.{number}.email"}
                      for number, sendee in enumerate(sendees) if sendee["email"].startswith("refused")]
            status, answer = (400, json.dumps({"errors": errors}).encode()) if errors else (202, b"")
        else:
            answer = b"" if status < 300 else json.dumps({"errors": [{"message": "as\r\nordered", "field": None}]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
