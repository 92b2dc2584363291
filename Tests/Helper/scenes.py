"""Pictures to encode: fine and coarse patterns in colours well within what RGB has, so that no decoder has to clip."""

import io

import numpy
import pillow_heif
from PIL import Image

import warnings

with warnings.catch_warnings():
    # this version's own notice; the next one reads no AVIF
    warnings.simplefilter("ignore")
    pillow_heif.register_heif_opener()
    pillow_heif.register_avif_opener()


def scene(width, height, shift=0.0):
    y, x = numpy.mgrid[0:height, 0:width]
    waves = [60 * numpy.sin(x / 17 + y / 31 + shift), 60 * numpy.sin(x / 5.3 + shift), 50 * numpy.cos(y / 9 - x / 40)]
    return (127 + numpy.stack(waves, -1)).astype(numpy.uint8)


def encode(pixels, kind="HEIF", quality=80, **options):
    """The bytes of a HEIC (`HEIF`) or AVIF file, written by pillow-heif."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.fromarray(pixels).save(out, kind, quality=quality, **options)
    return out.getvalue()


def encode_ten_bits(pixels, kind="HEIF", **options):
    """The same with 10 bits a sample."""
    height, width = pixels.shape[:2]
    samples = (pixels.astype(numpy.uint16) << 2 | 1) << 6
    image = pillow_heif.from_bytes("RGB;16", (width, height), samples.astype("<u2").tobytes())
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.save(out, quality=90, format=kind, **options)
    return out.getvalue()


def pillow(content):
    """What pillow-heif makes of a file, as RGB."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return numpy.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
