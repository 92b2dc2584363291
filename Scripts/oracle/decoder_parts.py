"""What the decoder cases of all formats share: a picture to store, and EXIF that says how it was held."""

import struct

import numpy as np

from scenes import scrambled


def picture(width: int, height: int, channels: int = 3, depth: int = 8) -> np.ndarray:
    """height×width×channels with smooth parts, edges and a little noise; no two corners are alike."""
    top = (1 << depth) - 1
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    planes = [
        top * (x + 1) // (width + 1),
        top * (y + 1) // (height + 1),
        top * (x + 2 * y + 1) // (width + 2 * height + 1),
        top - top * (2 * x + y + 1) // (2 * width + height + 1),
    ]
    pixels = np.stack([planes[channel % 4] for channel in range(channels)], axis=2)
    pixels[: height // 2, : width // 3] = top - pixels[: height // 2, : width // 3]
    pixels += scrambled(pixels.size).reshape(pixels.shape) % (top // 16 + 1)
    return np.clip(pixels, 0, top)


# letters of struct by TIFF type: BYTE, SHORT, LONG, and the signed ones
WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}


def exif(orientation: int, order: str = "<", kind: int = 3, count: int = 1) -> bytes:
    """A TIFF structure with the orientation between two other entries; `order` is < (II) or > (MM)."""
    value = struct.pack(order + WHOLE_NUMBERS[kind], orientation)
    entries = [
        (0x0103, 3, 1, struct.pack(order + "H", 6)),  # compression
        (0x0112, kind, count, value),
        (0x0128, 3, 1, struct.pack(order + "H", 2)),  # resolution unit
    ]
    return tiff(entries, order)


def tiff(entries, order: str = "<", at: int = 8) -> bytes:
    """One directory at that offset; each entry is tag, type, count and value."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    body = b"".join(struct.pack(order + "HHI", *head) + value.ljust(4, b"\0") for *head, value in entries)
    return (mark + struct.pack(order + "I", at)).ljust(at, b"\0") + struct.pack(order + "H", len(entries)) + body + bytes(4)


def cut(content: bytes, percent: int) -> bytes:
    return content[: len(content) * percent // 100]


def flipped(content: bytes, position: int, mask: int = 0xFF) -> bytes:
    return content[:position] + bytes([content[position] ^ mask]) + content[position + 1 :]
