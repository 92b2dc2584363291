"""Writes PNG files whose bytes depend on nothing but the pixels.

Pillow's compressed bytes depend on the processor, so this has its own writer: of every colour type, bit depth and
interlacing. The deflate stream is stored, or coded with the fixed Huffman table where a decoder is to do some work.
"""

import struct
import zlib

import numpy as np

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6

# (first column, first row, column step, row step) of Adam7's seven passes
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int, height: int, depth: int, colour: int, interlaced: bool = False) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced)))


def encode(
    samples: np.ndarray,
    depth: int = 8,
    colour: int = RGB,
    *,
    interlaced: bool = False,
    before: bytes = b"",
    after: bytes = b"",
    huffman: bool = False,
) -> bytes:
    """`samples` is height×width×channels of whole numbers below 2^depth; `before` and `after` are chunks around IDAT."""
    samples = samples.reshape(samples.shape[0], samples.shape[1], -1)
    height, width, _ = samples.shape
    if interlaced:
        passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7]
    else:
        passes = [samples]
    lines = b"".join(scan_lines(part, depth) for part in passes if part.size)
    stream = deflate_fixed(lines) if huffman else deflate_stored(lines)
    return (
        b"\x89PNG\r\n\x1a\n"
        + header(width, height, depth, colour, interlaced)
        + before
        + chunk(b"IDAT", stream)
        + after
        + chunk(b"IEND", b"")
    )


def scan_lines(samples: np.ndarray, depth: int) -> bytes:
    """The rows, each after its filter number; the five filters in turn."""
    height = samples.shape[0]
    if depth == 16:
        rows = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    elif depth == 8:
        rows = samples.astype(np.uint8).reshape(height, -1)
    else:
        flat = samples.astype(np.uint8).reshape(height, -1)
        bits = np.unpackbits(flat[:, :, None], axis=2)[:, :, 8 - depth :].reshape(height, -1)
        rows = np.packbits(bits, axis=1)
    bytes_per_pixel = max(1, samples.shape[2] * depth // 8)
    lines = []
    above = np.zeros_like(rows[0])
    for index, row in enumerate(rows):
        lines.append(bytes([index % 5]) + filtered(row, above, bytes_per_pixel, index % 5).tobytes())
        above = row
    return b"".join(lines)


def filtered(row: np.ndarray, above: np.ndarray, step: int, kind: int) -> np.ndarray:
    """The row as PNG's filter `kind` (none, sub, up, average, Paeth) stores it."""
    nothing = np.zeros(step, np.uint8)
    left = np.concatenate([nothing, row])[: row.size]
    corner = np.concatenate([nothing, above])[: row.size]
    a, b, c = (line.astype(np.int64) for line in (left, above, corner))
    if kind < 4:
        predicted = [0 * a, a, b, (a + b) // 2][kind]
    else:
        pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
        predicted = np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b, c))
    return row - predicted.astype(np.uint8)


def deflate_stored(data: bytes) -> bytes:
    parts = [data[start : start + 65535] for start in range(0, len(data), 65535)]
    blocks = [
        struct.pack("<BHH", index == len(parts) - 1, len(part), 65535 - len(part)) + part
        for index, part in enumerate(parts)
    ]
    return b"\x78\x01" + b"".join(blocks) + struct.pack(">I", zlib.adler32(data))


def deflate_fixed(data: bytes) -> bytes:
    """Literals only, in the fixed Huffman code of RFC 1951, 3.2.6."""
    bits = "110"  # last block; fixed code, least significant bit first
    bits += "".join(f"{0x30 + byte:08b}" if byte < 144 else f"{0x190 + byte - 144:09b}" for byte in data)
    bits += "0000000"
    packed = np.packbits(np.array(list(bits), np.uint8), bitorder="little").tobytes()
    return b"\x78\x01" + packed + struct.pack(">I", zlib.adler32(data))
