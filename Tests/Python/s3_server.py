"""Plays an S3 server that misbehaves, on a free port of 127.0.0.1, which it prints.

s3_server.py FOLDER [tls|stranger] [ANSWER…]: answers the requests with each ANSWER in turn, and "ok" when there are no
more; writes what it was asked to FOLDER/N.json. With tls, the certificate authority is FOLDER/ca.pem; a stranger's
certificate is for another host. It ends with its standard input.

ok               as S3 would: keeps objects, without looking at signatures
503, 429, 500:2  that status, with Retry-After after the colon
403:TEXT         AccessDenied, with that text
cut              half of the object, and the end of the connection
replaced         the same, and then the object is another one
cut-put          reads the request, does nothing, and ends the connection
stored           does what it was asked for, and ends the connection
stored-503       does what it was asked for, and answers 503; stored-500 likewise
wrong            other bytes of the same length
whole            all of the object whatever range was asked for
long             more and more bytes
redirect         307 to another address; moved: 301 with the region
skew             takes requests only that are signed with its own time, which is three hours ahead
hang             no answer
late-error       200, and in the body an error
html             200 with a page
empty            a list that is to be continued, with nothing in it
no-length        an answer without a length
"""

import base64
import email.utils
import hashlib
import json
import os
import ssl
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

folder, answers = Path(sys.argv[1]), sys.argv[2:]
encryption = answers.pop(0) if answers[:1] in (["tls"], ["stranger"]) else None
AHEAD = 3 * 3600
lock = threading.Lock()
objects, uploads, begun = {}, {}, {}


def error(code, message="as ordered"):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'.encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = 0
    connections = 0

    def setup(self):
        super().setup()
        with lock:
            Handler.connections += 1
            self.connection_number = Handler.connections

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(time.time() + (AHEAD if "skew" in sys.argv else 0), usegmt=True)

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with lock:
            Handler.count += 1
            number = Handler.count
            answer = answers[number - 1] if number <= len(answers) else "ok"
        asked = {"method": self.command, "path": self.path, "connection": self.connection_number,
                 "headers": {name.lower(): value for name, value in self.headers.items()},
                 "sha256": hashlib.sha256(body).hexdigest(), "length": len(body)}
        new = folder / f"{number}.new"
        new.write_text(json.dumps(asked))
        new.rename(new.with_suffix(".json"))
        self.key = unquote(urlsplit(self.path).path)
        self.query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        self.act(answer, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

    def act(self, answer, body):
        kind, _, more = answer.partition(":")
        if kind == "403":
            self.reply(403, error("AccessDenied", more or "Access Denied"))
        elif kind.isdigit():
            code = {"503": "SlowDown", "429": "TooManyRequests"}.get(kind, "InternalError")
            self.reply(int(kind), error(code), {"Retry-After": more} if more else {})
        elif kind == "cut-put":
            self.end()
        elif kind == "stored":
            self.store(body)
            self.end()
        elif kind.startswith("stored-"):
            self.store(body)
            status = int(kind.removeprefix("stored-"))
            self.reply(status, error("SlowDown" if status == 503 else "InternalError"))
        elif kind == "redirect":
            self.reply(307, error("TemporaryRedirect"), {"Location": "http://127.0.0.1:1/elsewhere"})
        elif kind == "moved":
            self.reply(301, error("PermanentRedirect"), {"x-amz-bucket-region": "eu-north-1"})
        elif kind == "hang":
            time.sleep(600)
        elif kind == "html":
            self.reply(200, b"<!doctype html><p>Welcome!")
        elif kind == "late-error":
            self.reply(200, error("InternalError", "too late"))
        elif kind == "empty":
            self.reply(200, b"<ListBucketResult><IsTruncated>true</IsTruncated>"
                            b"<NextContinuationToken>x</NextContinuationToken></ListBucketResult>")
        elif kind == "long":
            self.send_response(200)
            self.send_header("ETag", '"long"')
            self.end_headers()
            try:
                for _ in range(10_000):
                    self.wfile.write(bytes(100_000))
            except OSError:
                pass
            self.end()
        elif kind == "skew" and abs(self.signed() - time.time() - AHEAD) > 900:
            self.reply(403, error("RequestTimeTooSkewed", "The difference is too large."))
        elif self.command in ("GET", "HEAD"):
            self.give(kind)
        else:
            status, answer_body, headers = self.store(body)
            self.reply(status, answer_body, headers)

    def signed(self):
        time_text = self.headers["X-Amz-Date"]
        return datetime.strptime(time_text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()

    def known(self):
        """What is kept beside an object."""
        return {name: value for name, value in self.headers.items()
                if name.lower().startswith("x-amz-meta-") or name.lower() == "content-type"}

    def store(self, body):
        """Status, body and fields of the answer."""
        with lock:
            if self.command == "DELETE":
                (uploads if "uploadId" in self.query else objects).pop(
                    self.query.get("uploadId", [self.key])[0], None)
                return 204, b"", {}
            if "uploads" in self.query:
                uploads["u1"], begun["u1"] = {}, self.known()
                return 200, b"<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>", {}
            if "partNumber" in self.query:
                uploads["u1"][int(self.query["partNumber"][0])] = body
                return 200, b"", {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}
            if self.headers.get("If-None-Match") == "*" and self.key in objects:
                return 412, error("PreconditionFailed"), {}
            if "uploadId" in self.query:
                parts = uploads.pop("u1", None)
                if parts is None:
                    return 404, error("NoSuchUpload"), {}
                body = b"".join(parts[number] for number in sorted(parts))
            objects[self.key] = (body, begun["u1"] if "uploadId" in self.query else self.known())
            etag = {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}
            return 200, b"<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>", etag

    def give(self, kind):
        if self.key not in objects:
            return self.reply(404, error("NoSuchKey"))
        content, known = objects[self.key]
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        fields = {"ETag": f'"{hashlib.md5(content).hexdigest()}"', "x-amz-checksum-sha256": digest} | known
        if self.headers.get("If-Match") not in (None, fields["ETag"]):
            return self.reply(412, error("PreconditionFailed"))
        status = 200
        total = len(content)
        if (wanted := self.headers.get("Range")) and kind != "whole":
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, stop = int(first), min(int(last or total - 1), total - 1)
            if start >= total:
                return self.reply(416, error("InvalidRange"))
            content, status = content[start:stop + 1], 206
            fields["Content-Range"] = f"bytes {start}-{stop}/{total}"
        if kind == "wrong":
            content = content[:-1] + bytes([content[-1] ^ 1])
        if kind in ("cut", "replaced"):
            self.send_head(status, fields | {"Content-Length": str(len(content))})
            self.wfile.write(content[:len(content) // 2])
            if kind == "replaced":
                objects[self.key] = (b"another", known)
            return self.end()
        if kind == "no-length":
            self.send_head(status, fields)
            return self.end()
        self.reply(status, content, fields)

    def send_head(self, status, fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()

    def reply(self, status, body, fields={}):
        length = {} if status == 204 else {"Content-Length": str(len(body))}
        self.send_head(status, fields | length)
        if self.command != "HEAD":
            self.wfile.write(body)

    def end(self):
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Handler)
if encryption:
    import trustme
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("stranger.example" if encryption == "stranger" else "127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
