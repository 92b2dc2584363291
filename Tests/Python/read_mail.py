"""Reads a mail as Python's email package does, and prints what it finds as JSON, for the mail tests."""

import email
import email.policy
import hashlib
import json
import sys
from pathlib import Path

content = Path(sys.argv[1]).read_bytes()
mail = email.message_from_bytes(content, policy=email.policy.SMTP)
defects = [str(defect) for part in mail.walk() for defect in part.defects]
defects += [str(defect) for part in mail.walk() for header in part.values() for defect in getattr(header, "defects", [])]
attachments = [
    {
        "name": part.get_filename(),
        "type": part.get_content_type(),
        "size": len(part.get_content()),
        "sha256": hashlib.sha256(part.get_content()).hexdigest(),
    }
    for part in mail.iter_attachments()
]
print(json.dumps({
    "headers": [[name, str(value)] for name, value in mail.items()],
    "types": [part.get_content_type() for part in mail.walk()],
    "text": mail.get_body(("plain",)).get_content(),
    "html": mail.get_body(("html",)).get_content(),
    "attachments": attachments,
    "defects": defects,
    "longestLine": max(len(line) for line in content.split(b"\r\n")),
    "bareLineEnds": content.replace(b"\r\n", b"").count(b"\n") + content.replace(b"\r\n", b"").count(b"\r"),
    "date": mail["Date"].datetime.timestamp(),
}))
