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


def exif(orientation: int, order: str = "<", kind: int = 3) -> bytes:
    """A TIFF structure with the orientation between two other entries; `order` is < (II) or > (MM)."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    value = struct.pack(order + ("HH" if kind == 3 else "I"), *([orientation, 0] if kind == 3 else [orientation]))
    entries = [
        struct.pack(order + "HHI", 0x0103, 3, 1) + struct.pack(order + "HH", 6, 0),  # compression
        struct.pack(order + "HHI", 0x0112, kind, 1) + value,
        struct.pack(order + "HHI", 0x0128, 3, 1) + struct.pack(order + "HH", 2, 0),  # resolution unit
    ]
    return mark + struct.pack(order + "IH", 8, len(entries)) + b"".join(entries) + bytes(4)


def cut(content: bytes, percent: int) -> bytes:
    return content[: len(content) * percent // 100]


def flipped(content: bytes, position: int, mask: int = 0xFF) -> bytes:
    return content[:position] + bytes([content[position] ^ mask]) + content[position + 1 :]
