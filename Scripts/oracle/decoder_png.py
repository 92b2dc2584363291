"""PNG files for the decoder."""

import struct
import zlib


from decoder_parts import cut, exif, flipped, picture
from png_file import GREY, GREY_ALPHA, PALETTE, RGB, RGBA, chunk, encode, header

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KINDS = [
    ("grey-1", GREY, 1),
    ("grey-2", GREY, 2),
    ("grey-4", GREY, 4),
    ("grey-8", GREY, 8),
    ("grey-16", GREY, 16),
    ("rgb-8", RGB, 8),
    ("rgb-16", RGB, 16),
    ("palette-1", PALETTE, 1),
    ("palette-2", PALETTE, 2),
    ("palette-4", PALETTE, 4),
    ("palette-8", PALETTE, 8),
    ("grey-alpha-8", GREY_ALPHA, 8),
    ("grey-alpha-16", GREY_ALPHA, 16),
    ("rgba-8", RGBA, 8),
    ("rgba-16", RGBA, 16),
]
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}


def cases():
    yield from good()
    yield from oriented()
    yield from with_odd_chunks()
    yield from without_end()
    yield from damaged()


def palette(depth: int) -> bytes:
    """2^depth colours."""
    count = 1 << depth
    return chunk(
        b"PLTE",
        bytes(value for index in range(count) for value in (index * 255 // (count - 1), 255 - index, index * 97 % 256)),
    )


def good():
    for name, colour, depth in KINDS:
        before = palette(depth) if colour == PALETTE else b""
        for interlaced in (False, True):
            pixels = picture(13, 11, CHANNELS[colour], depth)
            content = encode(pixels, depth, colour, interlaced=interlaced, before=before, huffman=not interlaced)
            suffix = "-interlaced" if interlaced else ""
            yield f"png-{name}{suffix}.png", content, f"{name}{', interlaced' if interlaced else ''}"
    grey, rgb, indexes = picture(13, 11, 1), picture(13, 11), picture(13, 11, 1, 4)
    transparent = chunk(b"tRNS", bytes([0, 60, 120, 255]))
    content = encode(indexes, 4, PALETTE, before=palette(4) + transparent)
    yield "png-palette-4-transparent.png", content, "palette with tRNS; transparency is dropped"
    content = encode(indexes, 8, PALETTE, before=palette(4) + transparent)
    yield "png-palette-8-short.png", content, "8-bit palette of 16 colours with tRNS"
    content = encode(grey, 8, GREY, before=chunk(b"tRNS", struct.pack(">H", int(grey[5, 5, 0]))))
    yield "png-grey-8-transparent.png", content, "grey with tRNS; transparency is dropped"
    content = encode(rgb, 8, RGB, before=chunk(b"tRNS", struct.pack(">HHH", *map(int, rgb[5, 5]))))
    yield "png-rgb-8-transparent.png", content, "RGB with tRNS; transparency is dropped"
    clear = picture(13, 11, 4)
    clear[:, :, 3] = 0
    yield "png-rgba-8-clear.png", encode(clear, 8, RGBA), "all transparent; the colours remain"
    for width, height in [(1, 1), (2, 3), (5, 1), (300, 200)]:
        content = encode(picture(width, height), interlaced=True)
        yield f"png-{width}x{height}-interlaced.png", content, f"{width}×{height}, interlaced: some passes are empty"
    gamma = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"tEXt", b"Comment\0none")
    yield "png-gamma.png", encode(rgb, before=gamma), "gAMA of 1.0; gamma is not applied"
    control = chunk(b"acTL", struct.pack(">II", 1, 0)) + chunk(
        b"fcTL", struct.pack(">IIIIIHHBB", 0, 13, 11, 0, 0, 1, 10, 0, 0)
    )
    yield "png-animated.png", encode(rgb, before=control), "animated PNG; the still picture counts"
    whole = encode(rgb, huffman=True)
    yield "png-idat-parts.png", split_data(whole, 50), "data in many IDAT chunks"
    yield "png-trailing.png", whole + b"appended" * 9, "bytes after the end of the picture"


def split_data(content: bytes, size: int) -> bytes:
    """The same file with its IDAT chunk cut into pieces."""
    at = content.index(b"IDAT") - 4
    length = struct.unpack(">I", content[at : at + 4])[0]
    body = content[at + 8 : at + 8 + length]
    pieces = b"".join(chunk(b"IDAT", body[start : start + size]) for start in range(0, length, size))
    return content[:at] + pieces + content[at + 12 + length :]


def oriented():
    pixels = picture(24, 17)
    for orientation in range(1, 9):
        order = "<>"[orientation % 2]
        content = encode(pixels, before=chunk(b"eXIf", exif(orientation, order)), huffman=True)
        yield f"png-exif-{orientation}.png", content, f"EXIF orientation {orientation}"
    yield "png-exif-after.png", encode(pixels, after=chunk(b"eXIf", exif(6))), "eXIf behind the picture, orientation 6"


def with_odd_chunks():
    """Chunks without pixels that are not as they should be: the pixels are whole, and are read."""
    pixels = picture(13, 11)
    whole = encode(pixels, huffman=True)
    profile = zlib.compress(b"no profile at all" * 9, 0)
    odd = {
        "exif-empty": chunk(b"eXIf", b""),
        "exif-two": chunk(b"eXIf", exif(1)) + chunk(b"eXIf", exif(6)),
        "exif-late": chunk(b"eXIf", b"") + chunk(b"eXIf", exif(6)),
        "exif-noise": chunk(b"eXIf", b"nothing that EXIF begins with"),
        "text-empty": chunk(b"tEXt", b""),
        "text-no-keyword": chunk(b"tEXt", b"\0text"),
        "text-long-keyword": chunk(b"tEXt", b"k" * 200 + b"\0text"),
        "text-twice": 2 * chunk(b"tEXt", b"Comment\0none"),
        "text-long": chunk(b"tEXt", b"Comment\0" + b"t" * 9_000_000),
        "ztxt-broken": chunk(b"zTXt", b"Comment\0\0broken"),
        "itxt-broken": chunk(b"iTXt", b"Comment\0\1\0"),
        "iccp-broken": chunk(b"iCCP", b"profile\0\0broken"),
        "iccp-no-profile": chunk(b"iCCP", b"profile\0\0" + profile),
        "iccp-two": 2 * chunk(b"iCCP", b"profile\0\0" + profile),
        "gama-zero": chunk(b"gAMA", struct.pack(">I", 0)),
        "gama-short": chunk(b"gAMA", b"\0"),
        "gama-two": 2 * chunk(b"gAMA", struct.pack(">I", 45455)),
        "chrm-short": chunk(b"cHRM", bytes(5)),
        "srgb-odd": chunk(b"sRGB", b"\x09"),
        "phys-short": chunk(b"pHYs", bytes(3)),
        "time-odd": chunk(b"tIME", bytes(7)),
        "sbit-odd": chunk(b"sBIT", b"\x63\x00\x63"),
        "bkgd-long": chunk(b"bKGD", bytes(40)),
        "trns-long": chunk(b"tRNS", bytes(40)),
        "offs-odd": chunk(b"oFFs", b"\xff" * 9),
        "unknown": chunk(b"abCd", bytes(99)),
        "plte-empty": chunk(b"PLTE", b""),
        "plte-long": chunk(b"PLTE", bytes(3 * 257)),
    }
    at = whole.index(b"IDAT") - 4
    for name, body in odd.items():
        expected = encode(pixels, before=chunk(b"eXIf", exif(6))) if name == "exif-late" else whole
        yield f"png-odd-{name}.png", whole[:at] + body + whole[at:], f"odd chunk before the pixels: {name}", None, 0, expected
    indexes = picture(13, 11, 1, 4)
    for name, body in [("long", bytes(40)), ("empty", b"")]:
        content = encode(indexes, 4, PALETTE, before=palette(4) + chunk(b"tRNS", body))
        yield f"png-odd-trns-palette-{name}.png", content, f"palette with a tRNS that is {name}"
    wrong = chunk(b"eXIf", exif(6))
    content = encode(pixels, before=wrong[:-1] + bytes([wrong[-1] ^ 1]))
    yield "png-odd-exif-crc.png", content, "eXIf with a wrong checksum: as if it were not there", None, 0, whole
    turned = encode(pixels, after=chunk(b"eXIf", exif(6)))
    for kind in (1, 4, 9):
        content = encode(pixels, after=chunk(b"eXIf", exif(6, ">", kind)))
        yield f"png-exif-type-{kind}.png", content, f"eXIf behind the picture, orientation 6 as type {kind}", None, 0, turned


def without_end():
    pixels = picture(40, 30)
    text = chunk(b"tEXt", b"Comment\0none")
    for name, content in [("plain", encode(pixels, huffman=True)), ("interlaced", encode(pixels, interlaced=True))]:
        yield f"png-endless-{name}.png", content[:-12], f"{name}, without IEND", None, 0, content
        yield f"png-half-end-{name}.png", content[:-7], f"{name}, cut off in IEND", None, 0, content
        cut_text = content[:-12] + text[:-9]
        yield f"png-cut-text-{name}.png", cut_text, f"{name}, cut off in a text behind the pixels", None, 0, content
        odd = content[:-4] + bytes(4)
        yield f"png-end-crc-{name}.png", odd, f"{name}, wrong CRC of IEND", None, 0, content
        odd = content[:-12] + chunk(b"IEND", b"abcd")
        yield f"png-end-long-{name}.png", odd, f"{name}, IEND with content", None, 0, content
        odd = content[:-12] + bytes(300)
        yield f"png-end-zeros-{name}.png", odd, f"{name}, zeros in place of IEND", None, 0, content
        for lacking in range(1, 9):
            odd = content[: -12 - lacking]
            about = f"{name}, the last {lacking} bytes of IDAT's checksums missing"
            yield f"png-cut-checksum-{lacking}-{name}.png", odd, about, None, 0, content


def damaged():
    pixels = picture(40, 30)
    whole, large = encode(pixels, huffman=True), encode(picture(200, 150))
    for percent in [20, 50, 90]:
        yield f"png-cut-{percent}.png", cut(whole, percent), f"the first {percent} % of the file", "corruptImage"
        yield (
            f"png-stored-cut-{percent}.png",
            cut(large, percent),
            f"the first {percent} %, uncompressed",
            "corruptImage",
        )
    yield "png-signature-only.png", SIGNATURE, "nothing but the signature", "corruptImage"
    yield "png-cut-in-header.png", whole[:20], "cut in IHDR", "corruptImage"
    yield "png-bad-header-crc.png", flipped(whole, 29), "wrong CRC of IHDR", "corruptImage"
    data = whole.index(b"IDAT")
    yield "png-bad-data-crc.png", flipped(whole, len(whole) - 14), "wrong CRC of IDAT", "corruptImage"
    yield "png-bad-data.png", flipped(whole, data + 300), "a wrong byte in IDAT", "corruptImage"
    yield (
        "png-line-ends.png",
        whole.replace(b"\r\n", b"\n", 1),
        "line ends changed by a transfer",
        "unsupportedImage|corruptImage",
    )
    end = chunk(b"IEND", b"")
    short = encode(pixels[:20], huffman=True).replace(header(40, 20, 8, RGB), header(40, 30, 8, RGB))
    yield "png-rows-missing.png", short, "fewer rows than announced", "corruptImage"
    yield "png-no-data.png", SIGNATURE + header(40, 30, 8, RGB) + end, "no IDAT", "corruptImage"
    yield (
        "png-bad-depth.png",
        whole.replace(header(40, 30, 8, RGB), header(40, 30, 3, RGB)),
        "3 bits per sample",
        "corruptImage",
    )
    yield "png-zero-size.png", whole.replace(header(40, 30, 8, RGB), header(0, 30, 8, RGB)), "width 0", "corruptImage"
    no_palette = encode(picture(13, 11, 1), 8, PALETTE)
    yield "png-no-palette.png", no_palette, "palette missing", "corruptImage"
    for width, height in [(100_000, 100_000), (8500, 6000), (1, 60_000_000)]:
        content = whole.replace(header(40, 30, 8, RGB), header(width, height, 8, RGB))
        yield f"png-huge-{width}x{height}.png", content, f"claims {width}×{height}", "imageTooLarge"
