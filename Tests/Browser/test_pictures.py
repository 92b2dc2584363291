"""The README's pictures of what is not the page: an answer of the API, the e-mail, the archive's contents. All of it is
real: a server makes a backup and mails it to an SMTP server.

Runs only when pictures are wanted: `SCREENSHOTS=docs/screenshots Scripts/test-browser test_pictures`.
"""

import email
import email.policy
import html
import json
import os
import socket
import subprocess
import time
import unittest

from aiosmtpd.controller import Controller
from playwright.sync_api import expect

from browser_case import BrowserCase
from real_server import ROOT, RealServer
from test_access import PICTURES, SCREENSHOTS

STYLE = """
  body { margin: 0; padding: 20px 24px; width: 860px; box-sizing: border-box; background: #ffffff; color: #1c1d1f;
    font: 15px/1.5 system-ui, "Liberation Sans", sans-serif; }
  body.terminal { background: #16181b; color: #e6e6e3; }
  pre { margin: 0; font: 14px/1.5 "DejaVu Sans Mono", "Liberation Mono", monospace; white-space: pre-wrap; }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 14px; margin: 0 0 16px; padding-bottom: 14px;
    border-bottom: 1px solid #d8d8d4; }
  dt { color: #5d6066; }
  dd { margin: 0; }
  .attachment { display: inline-block; margin-top: 16px; padding: 8px 14px; border: 1px solid #c8c8c4; border-radius: 8px; }
"""


class Inbox:
    """Takes mail and keeps it."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(email.message_from_bytes(envelope.original_content, policy=email.policy.default))
        return "250 OK"


@unittest.skipUnless(SCREENSHOTS, "no pictures are wanted")
class Pictures(BrowserCase):
    def make_server(self):
        self.inbox = Inbox()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        smtp = Controller(self.inbox, hostname="127.0.0.1", port=port, data_size_limit=50_000_000)
        smtp.start()
        self.addCleanup(smtp.stop)
        server = RealServer(
            SMTP_HOST="127.0.0.1", SMTP_PORT=str(port), FROM_EMAIL="posevault@example.org", TO_EMAIL="me@example.org",
        )
        self.addCleanup(server.close)
        for picture in PICTURES:
            server.upload(picture, picture.rpartition("/")[2])
        return server

    def take(self, name, body, kind=""):
        self.page.goto("about:blank")
        self.page.set_content(f"<!doctype html><style>{STYLE}</style><body class='{kind}'>{body}</body>")
        expect(self.page.locator("body")).to_be_visible()
        self.page.locator("body").screenshot(path=ROOT / SCREENSHOTS / f"{name}.png")

    def terminal(self, name, *lines):
        self.take(name, f"<pre>{html.escape(chr(10).join(lines))}</pre>", "terminal")

    def test_answer_archive_and_mail(self):
        run, _ = self.server.call("POST", "/api/backup/trigger", b"")
        self.terminal(
            "api-answer", "$ curl --request POST http://127.0.0.1:3000/api/backup/trigger", "",
            json.dumps(run, indent=2, ensure_ascii=False),
        )

        archive = f"{self.server.folder.name}/backups/{run['data']['file']}"
        command = ["python3", "-m", "zipfile", "--list", os.path.basename(archive)]
        listing = subprocess.run(command, cwd=os.path.dirname(archive), capture_output=True, text=True, check=True)
        self.terminal("archive", f"$ {' '.join(command)}", listing.stdout)

        end = time.monotonic() + 90
        while not self.inbox.mails and time.monotonic() < end:
            time.sleep(0.2)
        mail = self.inbox.mails[0]
        fields = "".join(f"<dt>{name}</dt><dd>{html.escape(mail[name])}</dd>" for name in ("From", "To", "Subject"))
        text = html.escape(mail.get_body(("plain",)).get_content().strip())
        attached = [html.escape(part.get_filename()) for part in mail.iter_attachments()]
        self.assertEqual(attached, [run["data"]["file"]])
        self.take("mail", f"<dl>{fields}</dl><pre>{text}</pre><div class='attachment'>{attached[0]}</div>")


if __name__ == "__main__":
    unittest.main()
