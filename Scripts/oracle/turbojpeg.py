"""libjpeg-turbo's pixels, through Debian's libturbojpeg: the same library that PoseVault decodes with."""

import ctypes

import numpy as np

TJPF_RGB, TJPF_CMYK = 0, 11

library = ctypes.CDLL("libturbojpeg.so.0")
library.tjInitDecompress.restype = ctypes.c_void_p
library.tjGetErrorStr2.restype = ctypes.c_char_p
library.tjGetErrorStr2.argtypes = [ctypes.c_void_p]
library.tjDestroy.argtypes = [ctypes.c_void_p]
library.tjDecompressHeader3.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_ulong] + [ctypes.c_void_p] * 4
library.tjDecompress2.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_void_p] + [
    ctypes.c_int
] * 5


def decode(data: bytes, pixel_format: int = TJPF_RGB) -> np.ndarray:
    """height×width×3 (or ×4) of uint8, with default flags: accurate DCT, smooth upsampling."""
    handle = library.tjInitDecompress()
    try:
        width, height, subsampling, colours = (ctypes.c_int() for _ in range(4))
        pointers = [ctypes.byref(value) for value in (width, height, subsampling, colours)]
        check(handle, library.tjDecompressHeader3(handle, data, len(data), *pointers))
        channels = 4 if pixel_format == TJPF_CMYK else 3
        pixels = np.empty((height.value, width.value, channels), np.uint8)
        check(
            handle,
            library.tjDecompress2(
                handle, data, len(data), pixels.ctypes.data, width.value, 0, height.value, pixel_format, 0
            ),
        )
        return pixels
    finally:
        library.tjDestroy(handle)


def check(handle: int, status: int) -> None:
    """Warnings too are errors here: the oracle is to see whole pictures only."""
    if status != 0:
        raise ValueError(library.tjGetErrorStr2(handle).decode())
