"""A real SMTP server for the mail tests: aiosmtpd on a free port of 127.0.0.1, which it prints.

mail_server.py FOLDER OPTION…: writes each mail taken to FOLDER/N.eml, byte by byte, and its envelope to FOLDER/N.json;
the certificate authority is FOLDER/ca.pem. It ends with its standard input. Options:

starttls, tls         encryption, on demand or from the first byte; otherwise none
stranger              with a certificate for another host
login                 only for user "backup" with the password "pass word:ü"
size=N                mails of more than N bytes are answered with 552, as announced
data=REPLY            the reply to each mail's content, zip=REPLY to that of mails with a ZIP; rcpt=ADDRESS is refused, later=ADDRESS for now, as is every mail with mail=REPLY
fqdn                  only for clients that greet by a name with a dot or an address, as Postfix with
                      reject_non_fqdn_helo_hostname, which tells of it at the recipients
hang, drop            after the mail's content: never a reply, or the end of the connection
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

folder, options = Path(sys.argv[1]), dict(option.partition("=")[::2] for option in sys.argv[2:])


class Handler:
    count = 0

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if "mail" in options:
            return options["mail"]
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        name = session.host_name
        if "fqdn" in options and "." not in name and not name.startswith("["):
            return f"504 5.5.2 <{name}>: Helo command rejected: need fully-qualified hostname"
        if options.get("later") == address:
            return "450 4.2.0 try again later"
        if options.get("rcpt") == address:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "hang" in options:
            await asyncio.sleep(600)
        if "drop" in options:
            server.transport.abort()
            return "250 never sent"
        if "data" in options:
            return options["data"]
        if "zip" in options and b"application/zip" in envelope.original_content:
            return options["zip"]
        self.count += 1
        (folder / f"{self.count}.eml").write_bytes(envelope.original_content)
        known = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": session.ssl is not None or "tls" in options,
            "name": session.host_name,
            "user": session.auth_data.login.decode() if session.auth_data else None,
        }
        (folder / f"{self.count}.json").write_text(json.dumps(known))
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    accepted = (data.login, data.password) == (b"backup", "pass word:ü".encode())
    return AuthResult(success=accepted, handled=False, auth_data=data)


def encryption():
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example" if "stranger" in options else "127.0.0.1").configure_cert(context)
    return context


async def serve():
    context, handler = encryption(), Handler()

    def connection():
        return SMTP(
            handler,
            data_size_limit=int(options.get("size", 100_000_000)),
            tls_context=context if "starttls" in options else None,
            authenticator=authenticate,
            auth_required="login" in options,
            auth_require_tls="starttls" in options,
        )

    server = await asyncio.get_running_loop().create_server(
        connection, "127.0.0.1", 0, ssl=context if "tls" in options else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(serve())
