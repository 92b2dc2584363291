"""WebP files for the decoder, put together from the pictures in Tests/Fixtures/webp (see make_webp.py)."""

import struct
from pathlib import Path

from decoder_parts import WHOLE_NUMBERS, cut, exif, flipped

PARTS = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "webp"
EXIF, ALPHA, ANIMATION = 0x08, 0x10, 0x02


def cases():
    lossy, lossless = part("lossy"), part("lossless")
    yield "webp-lossy.webp", lossy, "lossy"
    yield "webp-lossy-1x1.webp", part("lossy-1x1"), "lossy, 1×1"
    yield "webp-lossless.webp", lossless, "lossless"
    yield "webp-lossy-alpha.webp", part("lossy-alpha"), "lossy with alpha; alpha is dropped"
    yield "webp-lossless-alpha.webp", part("lossless-alpha"), "lossless with alpha; alpha is dropped"
    for orientation in range(1, 9):
        source, kind = [(lossy, "lossy"), (lossless, "lossless")][orientation % 2]
        body = exif(orientation, "<>"[orientation // 2 % 2])
        yield f"webp-exif-{orientation}.webp", extended(source, body), f"{kind}, EXIF orientation {orientation}"
    yield "webp-exif-prefix.webp", extended(lossy, b"Exif\0\0" + exif(6)), "EXIF with JPEG's prefix, orientation 6"
    for kind in WHOLE_NUMBERS:
        for order, name in [("<", "II"), (">", "MM")]:
            body = extended(lossless, exif(6, order, kind))
            about = f"orientation 6 as TIFF type {kind}, {name} byte order"
            yield f"webp-exif-type-{kind}-{name}.webp", body, about, None, 0, extended(lossless, exif(6))
    two = extended(lossless, exif(6))
    yield "webp-cut-in-exif.webp", two[:-20], "cut off in EXIF behind the pixels", None, 0, lossless
    yield "webp-trailing.webp", lossless + b"appended" * 9, "bytes after the end of the picture"
    for percent in [10, 50, 95]:
        yield f"webp-lossy-cut-{percent}.webp", cut(lossy, percent), f"lossy, the first {percent} %", "corruptImage"
        yield (
            f"webp-lossless-cut-{percent}.webp",
            cut(lossless, percent),
            f"lossless, the first {percent} %",
            "corruptImage",
        )
    yield "webp-header-only.webp", lossy[:12], "nothing but the header", "corruptImage"
    yield "webp-bad-frame.webp", flipped(lossy, 23), "the frame's start code is wrong", "corruptImage"
    yield "webp-animated.webp", part("animated"), "animated: not read", "unsupportedImage"
    size = struct.pack("<HH", 16383, 16383)
    yield "webp-huge-lossy.webp", lossy[:26] + size + lossy[30:], "lossy, claims 16383×16383", "imageTooLarge"
    bits = struct.pack("<I", 16382 | 16382 << 14)
    yield (
        "webp-huge-lossless.webp",
        lossless[:21] + bits + lossless[25:],
        "lossless, claims 16383×16383",
        "imageTooLarge",
    )
    canvas = extended(lossy, exif(1), (1 << 24) - 1, 200)
    yield "webp-huge-canvas.webp", canvas, "canvas of 16777216×201 around a small picture", "imageTooLarge|corruptImage"


def part(name: str) -> bytes:
    return (PARTS / f"{name}.webp").read_bytes()


def chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def extended(simple: bytes, exif_body: bytes, right: int = 23, bottom: int = 16) -> bytes:
    """The one picture of a simple file (24×17) in the extended format, with EXIF behind it."""
    canvas = struct.pack("<I", EXIF) + right.to_bytes(3, "little") + bottom.to_bytes(3, "little")
    body = b"WEBP" + chunk(b"VP8X", canvas) + simple[12:] + chunk(b"EXIF", exif_body)
    return b"RIFF" + struct.pack("<I", len(body)) + body
