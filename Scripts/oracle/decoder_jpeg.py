"""JPEG files for the decoder."""

import io
import struct
from pathlib import Path

import numpy as np
import simplejpeg
from PIL import Image

from decoder_parts import WHOLE_NUMBERS, cut, exif, flipped, picture, tiff

PARTS = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "jpeg"
SIZES = [(1, 1), (1, 9), (8, 1), (7, 5), (16, 16), (17, 33), (33, 17), (100, 75)]


def cases():
    """(name, content, about, error, tolerance, sound) of each; the last three may be left out."""
    yield from good()
    yield from four_colours()
    yield from oriented()
    yield from oddly_oriented()
    yield from without_end()
    yield from with_many_scans()
    yield from arithmetic()
    yield from damaged()


def stored(pixels: np.ndarray, **options) -> bytes:
    pixels = pixels.astype(np.uint8)
    mode = {1: "L", 3: "RGB", 4: "CMYK"}[pixels.shape[2]]
    image = Image.fromarray(pixels[:, :, 0] if mode == "L" else pixels, mode)
    file = io.BytesIO()
    image.save(file, "JPEG", **({"quality": 90} | options))
    return file.getvalue()


def good():
    for width, height in SIZES:
        pixels = picture(width, height)
        yield f"jpeg-{width}x{height}.jpg", stored(pixels, subsampling="4:2:0"), f"{width}×{height}, 4:2:0"
        yield f"jpeg-{width}x{height}-422.jpg", stored(pixels, subsampling="4:2:2"), f"{width}×{height}, 4:2:2"
    pixels = picture(37, 29)
    contiguous = np.ascontiguousarray(pixels.astype(np.uint8))
    for sampling in ["444", "422", "420", "440", "411"]:
        content = simplejpeg.encode_jpeg(contiguous, quality=90, colorspace="RGB", colorsubsampling=sampling)
        yield f"jpeg-sampling-{sampling}.jpg", content, f"chroma subsampling {sampling}"
    for sampling in ["4:4:4", "4:2:2", "4:2:0"]:
        content = stored(pixels, subsampling=sampling, progressive=True)
        yield f"jpeg-progressive-{sampling.replace(':', '')}.jpg", content, f"progressive, {sampling}"
    yield "jpeg-quality-1.jpg", stored(pixels, quality=1), "coarsest quantisation"
    yield "jpeg-quality-100.jpg", stored(pixels, quality=100, subsampling="4:4:4"), "finest quantisation"
    yield "jpeg-optimized.jpg", stored(pixels, optimize=True), "Huffman tables of its own"
    yield "jpeg-restart-rows.jpg", stored(pixels, restart_marker_rows=1), "a restart marker after each row of blocks"
    yield "jpeg-restart-blocks.jpg", stored(pixels, restart_marker_blocks=1), "a restart marker after each block"
    yield "jpeg-rgb.jpg", stored(pixels, keep_rgb=True), "stored as RGB, not YCbCr"
    yield "jpeg-grey.jpg", stored(picture(37, 29, 1)), "grey"
    yield "jpeg-grey-progressive.jpg", stored(picture(37, 29, 1), progressive=True), "grey, progressive"
    yield "jpeg-grey-1x1.jpg", stored(picture(1, 1, 1)), "grey, 1×1"
    whole = stored(pixels)
    yield "jpeg-trailing.jpg", whole + b"appended by some camera" * 9, "bytes after the end of the picture"
    yield "jpeg-comment.jpg", stored(pixels, comment=b"a comment"), "a comment segment"


def four_colours():
    cmyk = picture(20, 13, 4)
    adobe = stored(cmyk, subsampling="4:4:4")
    yield "jpeg-cmyk.jpg", adobe, "CMYK with Adobe's marker: stored inverted, R = C × K / 255", None, 1
    yield "jpeg-cmyk-progressive.jpg", stored(cmyk, progressive=True), "CMYK, progressive, Adobe's marker", None, 1
    samples = np.ascontiguousarray(cmyk.astype(np.uint8))
    for sampling in ["444", "420"]:
        content = simplejpeg.encode_jpeg(samples, quality=90, colorspace="CMYK", colorsubsampling=sampling)
        yield f"jpeg-ycck-{sampling}.jpg", content, f"YCCK with Adobe's marker, {sampling}", None, 1


    plain = stored(picture(40, 26, 4), subsampling="4:4:4")
    for name, content in [("cmyk", plain), ("cmyk-progressive", stored(picture(40, 26, 4), progressive=True))]:
        marker = content.index(b"\xff\xee")
        assert content[marker + 4 : marker + 9] == b"Adobe" and content[marker + 2 : marker + 4] == b"\0\x0e"
        without = content[:marker] + content[marker + 16 :]
        yield f"jpeg-{name}-plain.jpg", without, f"{name} without Adobe's marker: read in the same way", None, 1


def with_segment(content: bytes, body: bytes, marker: int = 0xE1) -> bytes:
    """The body as an APPn segment right after the start of the file."""
    return content[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + content[2:]


def oriented():
    content = stored(picture(24, 17), subsampling="4:2:0")
    for orientation in range(1, 9):
        for order, name in [("<", "II"), (">", "MM")]:
            body = b"Exif\0\0" + exif(orientation, order)
            yield (
                f"jpeg-exif-{orientation}-{name}.jpg",
                with_segment(content, body),
                f"EXIF orientation {orientation}, {name} byte order",
            )
    yield "jpeg-exif-6-grey.jpg", with_segment(stored(picture(24, 17, 1)), b"Exif\0\0" + exif(6)), "grey, orientation 6"
    for orientation in (0, 9):
        body = b"Exif\0\0" + exif(orientation)
        yield f"jpeg-exif-{orientation}.jpg", with_segment(content, body), "orientation out of range: as if none"
    yield "jpeg-exif-cut.jpg", with_segment(content, b"Exif\0\0" + exif(6)[:17]), "EXIF cut short: as if none"
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    body = with_segment(content, b"Exif\0\0" + exif(8, ">"))
    yield "jpeg-exif-after-xmp.jpg", with_segment(body, xmp), "EXIF in the second APP1 segment, orientation 8"


def oddly_oriented():
    content = stored(picture(24, 17), subsampling="4:2:0")

    turned = with_segment(content, b"Exif\0\0" + exif(6))

    def case(name, body, about):
        sound = content if "as if none" in about else turned
        return f"jpeg-exif-{name}.jpg", with_segment(content, b"Exif\0\0" + body), about, None, 0, sound

    for kind, letter in WHOLE_NUMBERS.items():
        for order, name in [("<", "II"), (">", "MM")]:
            if kind != 3:
                about = f"orientation 6 as a whole number of TIFF type {kind}, {name} byte order"
                yield case(f"type-{kind}-{name}", exif(6, order, kind), about)
    yield case("negative", exif(-6, "<", 8), "a negative orientation: as if none")
    yield case("large", exif(0x10006, "<", 4), "an orientation above 16 bits: as if none")
    rational = tiff([(0x0112, 5, 1, struct.pack("<I", 26))]) + struct.pack("<II", 6, 1)
    yield case("rational", rational, "a fraction: as if none")
    yield case("pair", exif(6, count=2), "two shorts in one entry, 6 and 0: the first counts")
    yield case("three", exif(6, count=3), "three shorts in one entry, which stand elsewhere: as if none")
    height, orientation = (0x0101, 3, 1, struct.pack("<H", 17)), (0x0112, 3, 1, struct.pack("<H", 6))
    unit, order = (0x0128, 3, 1, struct.pack("<H", 2)), (0x0115, 3, 1, struct.pack("<H", 3))
    yield case("unsorted", tiff([unit, order, orientation, height]), "entries in no order, orientation 6")
    yield case("odd-offset", tiff([height, orientation], at=13), "the directory at an odd offset, orientation 6")
    yield case("far", tiff([height, orientation], at=3001), "the directory far behind, orientation 6")
    yield case("outside", tiff([orientation])[:4] + struct.pack("<I", 0xFFFFFFF0), "the directory outside: as if none")
    counted = tiff([orientation])
    yield case("count", counted[:8] + b"\xff\xff" + counted[10:], "65535 entries announced, orientation 6 in the first")
    whole = b"Exif\0\0" + exif(6)
    yield "jpeg-exif-empty-first.jpg", with_segment(with_segment(content, whole), b"Exif\0\0"), "an empty EXIF segment first"
    nothing = b"Exif\0\0" + tiff([height])
    both = with_segment(with_segment(content, whole), nothing)
    about = "orientation 6 in the second EXIF segment, none in the first"
    yield "jpeg-exif-second.jpg", both, about, None, 0, turned
    first = with_segment(with_segment(content, b"Exif\0\0" + exif(3)), whole)
    yield "jpeg-exif-two.jpg", first, "orientation 6 in the first EXIF segment, 3 in the second: the first counts"


# behind the end of the picture, or of its data
TRAILERS = {
    "zeros": bytes(500),
    "samsung": b"\x00\x00\x01\x0a\x0e\x00\x00\x00Image_UTC_Data1512345678901SEFH\x6a\x00\x00\x00\x01\x00\x00\x00SEFT",
    "text": b"appended by some camera" * 9,
}


def without_end():
    """Every sample is there; only what comes behind is missing or odd."""
    pixels = picture(100, 75)
    kinds = {
        "420": stored(pixels, subsampling="4:2:0"),
        "444": stored(pixels, subsampling="4:4:4"),
        "grey": stored(picture(100, 75, 1)),
        "restarts": stored(pixels, restart_marker_blocks=3),
        "progressive": stored(pixels, progressive=True),
        "progressive-grey": stored(picture(100, 75, 1), progressive=True),
    }
    second = stored(picture(32, 24))
    for name, content in kinds.items():
        assert content.endswith(b"\xff\xd9")
        yield f"jpeg-endless-{name}.jpg", content[:-2], f"{name}, without the end marker", None, 0, content
        yield f"jpeg-half-end-{name}.jpg", content[:-1], f"{name}, with half an end marker", None, 0, content
        about = f"{name}, a second picture in place of the end marker"
        yield f"jpeg-endless-mpf-{name}.jpg", content[:-2] + second, about, None, 0, content
        yield f"jpeg-mpf-{name}.jpg", content + second, f"{name}, a second picture behind it, as in MPO files"
    for name, trailer in TRAILERS.items():
        yield f"jpeg-trailer-{name}.jpg", kinds["420"] + trailer, f"{name} behind the end"
        for kind in ("420", "progressive"):
            content = kinds[kind][:-2] + trailer
            about = f"{kind}, {name} in place of the end marker"
            yield f"jpeg-endless-trailer-{name}-{kind}.jpg", content, about, None, 0, kinds[kind]
    yield "jpeg-padding.jpg", kinds["420"][:-2] + b"\xff" * 40 + b"\xff\xd9", "fill bytes before the end marker"
    cmyk = stored(picture(40, 26, 4), subsampling="4:4:4")
    yield "jpeg-endless-cmyk.jpg", cmyk[:-2], "CMYK, without the end marker", None, 1, cmyk


def scans(content: bytes) -> list[bytes]:
    """What stands before the first scan, then each scan with the tables before it, without the end."""
    starts = [at for at in range(len(content) - 1) if content[at : at + 2] == b"\xff\xda"]
    ends = []
    for start in starts:
        at = start + 2
        while content[at] != 0xFF or content[at + 1] == 0:
            at += 1
        ends.append(at)
    return [content[: starts[0]]] + [content[a:b] for a, b in zip([starts[0], *ends], ends)]


def with_many_scans():
    content = stored(picture(100, 75, 1), progressive=True)
    *parts, last = scans(content)
    # the last scan refines the last bit of all coefficients: an empty one of them is one run over all blocks
    first = parts[1]
    yield "jpeg-scans-cut.jpg", b"".join(parts), "progressive, whole scans, but the last one is missing", "corruptImage"
    end = b"\xff\xd9"
    yield "jpeg-scans-fewer.jpg", b"".join(parts) + end, "progressive, ended before the last bit: a coarser picture"
    again = b"".join(parts) + last
    # a first scan that comes again is a small mistake which decoders warn about
    yield "jpeg-scans-101.jpg", again + first * 101 + end, "progressive, more than 100 scans", "unsupportedImage"


def arithmetic():
    """Pillow writes none, so they are kept: `picture(100, 75)`, quality 90, written by libjpeg-turbo with `arith_code`."""
    for name in ("arithmetic", "arithmetic-progressive"):
        content = (PARTS / f"{name}.jpg").read_bytes()
        yield f"jpeg-{name}.jpg", content, f"{name} coding"
        yield f"jpeg-{name}-cut.jpg", cut(content, 60), f"{name} coding, the first 60 %", "corruptImage"
        # what is missing reads like zeros, so a missing end can't be told from missing data
        yield f"jpeg-{name}-endless.jpg", content[:-2], f"{name} coding, without the end marker", "corruptImage"


def damaged():
    whole = stored(picture(100, 75), subsampling="4:2:0")
    scan = whole.index(b"\xff\xda")
    for percent in [20, 60, 80, 95]:
        yield f"jpeg-cut-{percent}.jpg", cut(whole, percent), f"the first {percent} % of the file", "corruptImage"
    yield "jpeg-cut-at-scan.jpg", whole[: scan + 14], "cut before the first block", "corruptImage"
    yield "jpeg-cut-end.jpg", whole[:-2], "without the end marker: every sample is there", None, 0, whole
    yield "jpeg-cut-end-12.jpg", whole[:-12], "without the end marker and the last ten bytes", "corruptImage"
    text = b"appended by some camera"
    yield "jpeg-cut-60-trailer.jpg", cut(whole, 60) + b"\xff\xd9" + text, "the first 60 %, an end, text", "corruptImage"
    progressive = stored(picture(100, 75), progressive=True)
    yield "jpeg-progressive-cut.jpg", cut(progressive, 70), "progressive, cut in a later scan", "corruptImage"
    yield "jpeg-start-only.jpg", b"\xff\xd8\xff\xe0", "nothing but the start", "corruptImage"
    yield "jpeg-no-scan.jpg", whole[:scan] + b"\xff\xd9", "headers and an end, no picture data", "corruptImage"
    table = whole.index(b"\xff\xc4")
    yield "jpeg-bad-huffman.jpg", flipped(whole, table + 5), "impossible Huffman table", "corruptImage"
    length = struct.pack(">H", 0xFFFF)
    yield "jpeg-bad-length.jpg", whole[:4] + length + whole[6:], "a segment longer than the file", "corruptImage"
    middle = scan + (len(whole) - scan) // 2
    ones = b"\xff\x00" * 20  # no Huffman code is all ones
    yield (
        "jpeg-bad-data.jpg",
        whole[:middle] + ones + whole[middle + 40 :],
        "40 wrong bytes in the picture data",
        "corruptImage",
    )
    yield (
        "jpeg-marker-in-data.jpg",
        whole[:middle] + b"\xff\xd3" + whole[middle + 2 :],
        "a marker where data should be",
        "corruptImage",
    )
    yield "jpeg-zero-size.jpg", with_size(whole, 0, 75), "width 0", "corruptImage"
    twelve = whole.index(b"\xff\xc0") + 4
    yield (
        "jpeg-12-bit.jpg",
        whole[:twelve] + b"\x0c" + whole[twelve + 1 :],
        "12 bits per sample",
        "unsupportedImage|corruptImage",
    )
    lossless = whole.replace(b"\xff\xc0", b"\xff\xc3", 1)
    yield "jpeg-lossless.jpg", lossless, "lossless process", "unsupportedImage|corruptImage"
    yield "jpeg-huge.jpg", with_size(whole, 65500, 65500), "claims 65500×65500", "imageTooLarge"
    yield (
        "jpeg-huge-progressive.jpg",
        with_size(progressive, 60000, 60000),
        "progressive, claims 60000×60000",
        "imageTooLarge",
    )
    yield "jpeg-huge-51-megapixels.jpg", with_size(whole, 8500, 6000), "claims 8500×6000", "imageTooLarge"


def with_size(content: bytes, width: int, height: int) -> bytes:
    frame = next(content.index(mark) for mark in (b"\xff\xc0", b"\xff\xc2") if mark in content)
    return content[: frame + 5] + struct.pack(">HH", height, width) + content[frame + 9 :]
