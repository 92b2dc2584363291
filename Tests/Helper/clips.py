"""Writes clips with PyAV: as phones do, and with pixels that are known."""

import os
from fractions import Fraction

import av
import numpy

from scenes import scene

# the encoder for AV1 writes what it does otherwise
os.environ["SVT_LOG"] = "0"
av.logging.set_level(None)

QUIET = {"libx265": {"x265-params": "log-level=none:pools=none:frame-threads=1"}, "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"}}
LOSSLESS = {"libx264": {"qp": "0", "preset": "ultrafast"}, "libx265": {"x265-params": "log-level=none:pools=none:frame-threads=1:lossless=1"}}
UNITS = Fraction(1, 600)


def write_clip(path, frames, codec="libx264", pixels="yuv420p", times=None, tags=None, rotation=None, options=None,
               sound=False, container=None):
    """`frames` are arrays of RGB, or VideoFrames in the format `pixels`. `times` in 1/600 s, by default 30 a second. `tags`
    are attributes of the encoder: colorspace, color_primaries, color_trc, color_range."""
    frames = list(frames)
    first = frames[0] if isinstance(frames[0], numpy.ndarray) else None
    height, width = first.shape[:2] if first is not None else (frames[0].height, frames[0].width)
    with av.open(str(path), "w", options=container or {}) as out:
        stream = out.add_stream(codec, rate=30, options={**QUIET.get(codec, {}), **(options or {})})
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.time_base = stream.codec_context.time_base = UNITS
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        if rotation:
            stream.set_display_rotation(rotation)
        if sound:
            write_sound(out)
        for i, each in enumerate(frames):
            if isinstance(each, numpy.ndarray):
                each = av.VideoFrame.from_ndarray(each, format="rgb24").reformat(format=pixels)
            each.pts, each.time_base = times[i] if times else i * 20, UNITS
            out.mux(stream.encode(each))
        out.mux(stream.encode())


def write_sound(out):
    stream = out.add_stream("aac", rate=48000)
    silence = av.AudioFrame.from_ndarray(numpy.zeros((1, 9600), numpy.float32), format="fltp", layout="mono")
    silence.sample_rate, silence.pts = 48000, 0
    out.mux(stream.encode(silence))
    out.mux(stream.encode())


def scenes(count, width=320, height=240):
    return [scene(width, height, i / 5) for i in range(count)]


def patches(colours, bits):
    """A frame of 32×32 patches of YCbCr samples, 4:2:0."""
    side = 32
    kind = "<u2" if bits > 8 else "u1"
    planes = [
        numpy.repeat(numpy.repeat(numpy.array([[colour[i] for colour in colours]], kind), size, 0), size, 1)
        for i, size in ((0, side), (1, side // 2), (2, side // 2))
    ]
    frame = av.VideoFrame(side * len(colours), side, "yuv420p10le" if bits > 8 else "yuv420p")
    for plane, samples in zip(frame.planes, planes):
        whole = numpy.zeros((plane.height, plane.line_size), numpy.uint8)
        data = numpy.ascontiguousarray(samples).view(numpy.uint8)
        whole[:, :data.shape[1]] = data
        plane.update(whole.tobytes())
    return frame


def decoded_by_pyav(path):
    """(time in seconds, RGB by the BT.601 matrix as swscale takes it unasked) of each frame."""
    with av.open(str(path)) as clip:
        return [(frame.pts * frame.time_base, frame.to_ndarray(format="rgb24")) for frame in clip.decode(video=0)]
