"""What a decoder takes is no more than a picture counts for: measured by the kernel, for the kinds that take most."""

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
                if options is None:
                    interlaced(file)
                else:
                    picture.save(file, **options)
                # the file itself, once as it comes and once as it grows, and what is too little to be counted
                counted = PIXELS * bytes_a_pixel + 3 * file.stat().st_size + (16 << 20)
                taken = self.taken(file)
                self.assertLess(taken, counted)
                # those before may have left their buffer
                if name == "lossless.webp":
                    self.assertGreater(taken, PIXELS * 6, "it is not measured")


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
