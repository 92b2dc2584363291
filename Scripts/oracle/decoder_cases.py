"""The files that Imaging's decoders are tried on: good ones of every kind, damaged ones, and other formats."""

from dataclasses import dataclass

import decoder_jpeg
import decoder_png
import decoder_webp


@dataclass
class Case:
    """`error` names the codes that are right, separated by |; None for a good picture."""

    name: str
    content: bytes
    about: str
    error: str | None = None
    tolerance: int = 0  # of each sample, where readers may round differently
    sound: bytes | None = None  # a file that has these pixels for certain, where readers differ about this one


def all_cases() -> list[Case]:
    cases = [Case(*case) for source in (decoder_jpeg, decoder_png, decoder_webp) for case in source.cases()]
    return cases + [
        Case(f"other-{name}.jpg", content, f"{name} under the name of a JPEG", "unsupportedImage")
        for name, content in OTHER_FORMATS.items()
    ]


# Beginnings are enough: what is refused is refused by its first bytes.
OTHER_FORMATS = {
    "empty": b"",
    "one-byte": b"\xff",
    "text": b"This is not a picture.\n" * 20,
    "zeros": bytes(1000),
    "html": b"<!DOCTYPE html><html><body>404 not found</body></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>',
    "gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
    "bmp": b"BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x18\x00"
    + bytes(28),
    "tiff-little": b"II*\x00\x08\x00\x00\x00" + bytes(60),
    "tiff-big": b"MM\x00*\x00\x00\x00\x08" + bytes(60),
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(60),
    "avif": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(60),
    "jpeg-xl": b"\xff\x0a" + bytes(60),
    "jpeg-2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(60),
    "ico": b"\x00\x00\x01\x00\x01\x00\x10\x10" + bytes(60),
    "psd": b"8BPS\x00\x01" + bytes(60),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
    "zip": b"PK\x03\x04\x14\x00\x00\x00" + bytes(60),
    "wave": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(60),
}
