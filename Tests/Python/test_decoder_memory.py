"""What a decoder takes is no more than a picture counts for: measured by the kernel, for the kinds that take most."""

import io
import io
import re
import struct
import tempfile
import unittest
import zlib
from pathlib import Path

import requests
from PIL import Image

from real_server import API_KEY, PATIENCE, ServerCase

WIDTH, HEIGHT = 6000, 4000
PIXELS = WIDTH * HEIGHT
# bytes a pixel: three that come out; beside them two for each coefficient of a progressive JPEG (ITU T.81), which with
# halved colours are 1.5 a pixel; four of libwebp's for a lossless picture
KINDS = {
    "baseline.jpg": (3, {"quality": 80}),
    "progressive.jpg": (3 + 3, {"quality": 80, "progressive": True}),
    "interlaced.png": (3, None),
    "lossless.webp": (3 + 4, {"lossless": True, "quality": 0, "method": 0}),
    "lossy.webp": (3, {"quality": 80, "method": 0}),
    # alpha as a lossless picture of several colours, which no encoder writes, and one byte for what comes out of it
    "alpha.webp": (3 + 4 + 1, None),
}


class DecoderMemory(ServerCase):
    @classmethod
    def settings(cls):
        # what is large goes back to the system at once
        return {"WORKERS": "1", "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}

    def memory(self, field):
        """Of the server, in bytes, as the kernel counts it."""
        status = Path(f"/proc/{self.server.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) * 1024

    def taken(self, file):
        """The most memory beyond what was in use before that the server has while it looks at the picture, in bytes."""
        # the kernel's count of the most, begun anew
        Path(f"/proc/{self.server.pid}/clear_refs").write_text("5")
        before = self.memory("VmRSS")
        answer = requests.post(
            f"{self.base}/api/extract-pose", data=file.read_bytes(), headers={"X-API-Key": API_KEY}, timeout=PATIENCE)
        self.assertEqual(answer.json()["error"]["code"], "NO_PERSON_FOUND", answer.text)
        return self.memory("VmHWM") - before

    def test_each_kind(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        picture = Image.linear_gradient("L").resize((WIDTH, HEIGHT), Image.Resampling.NEAREST).convert("RGB")
        for name, (bytes_a_pixel, options) in KINDS.items():
            with self.subTest(name):
                file = folder / name
                if name == "interlaced.png":
                    interlaced(file)
                elif name == "alpha.webp":
                    coloured_alpha(file)
                else:
                    picture.save(file, **options)
                # the file itself, once as it comes and once as it grows, and what is too little to be counted
                counted = PIXELS * bytes_a_pixel + 3 * file.stat().st_size + (16 << 20)
                taken = self.taken(file)
                self.assertLess(taken, counted)
                # those before may have left their buffer
                if bytes_a_pixel > 6:
                    self.assertGreater(taken, PIXELS * 6, "it is not measured")


def chunks(webp):
    at = 12
    while at + 8 <= len(webp):
        size = struct.unpack("<I", webp[at + 4 : at + 8])[0]
        yield webp[at : at + 4], webp[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def coloured_alpha(path):
    """A lossy WebP whose alpha is what a lossless encoder made of many colours."""
    noise = Image.effect_noise((WIDTH // 100, HEIGHT // 100), 90)
    coloured = Image.merge("RGB", [noise, noise.rotate(180), noise.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    out = io.BytesIO()
    coloured.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST).save(out, "WEBP", lossless=True, quality=20, method=1)
    lossless = dict(chunks(out.getvalue()))[b"VP8L"]
    out = io.BytesIO()
    grey = Image.new("RGBA", (WIDTH, HEIGHT), (128, 128, 128, 128))
    grey.paste((9, 9, 9, 5), (0, 0, WIDTH // 2, HEIGHT // 2))
    grey.save(out, "WEBP", quality=50, method=0)
    body = b"WEBP"
    for name, content in chunks(out.getvalue()):
        # a byte says how alpha is packed; the lossless picture's first five, that it is one and how large, are left out
        content = b"\1" + lossless[5:] if name == b"ALPH" else content
        body += name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def interlaced(path):
    """Pillow writes none: Adam7's seven passes (PNG specification, 8.2), of one grey."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(1)
    data = b""
    for x, y, across, down in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
                               (0, 1, 1, 2)):
        columns, rows = -(-(WIDTH - x) // across), -(-(HEIGHT - y) // down)
        data += packer.compress((b"\0" + b"\x80" * (3 * columns)) * rows)
    data += packer.flush()
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 1)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


if __name__ == "__main__":
    unittest.main()
