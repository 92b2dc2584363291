"""JPEG files for the decoder."""

import io
import struct

import numpy as np
import simplejpeg
from PIL import Image

from decoder_parts import cut, exif, flipped, picture

SIZES = [(1, 1), (1, 9), (8, 1), (7, 5), (16, 16), (17, 33), (33, 17), (100, 75)]


def cases():
    """(name, content, about, error, tolerance) of each; the last two may be left out."""
    yield from good()
    yield from four_colours()
    yield from oriented()
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


def damaged():
    whole = stored(picture(100, 75), subsampling="4:2:0")
    scan = whole.index(b"\xff\xda")
    for percent in [20, 60, 80, 95]:
        yield f"jpeg-cut-{percent}.jpg", cut(whole, percent), f"the first {percent} % of the file", "corruptImage"
    yield "jpeg-cut-at-scan.jpg", whole[: scan + 14], "cut before the first block", "corruptImage"
    yield "jpeg-cut-end.jpg", whole[:-2], "without the end marker", "corruptImage"
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
