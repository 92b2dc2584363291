"""Files that are cut, flipped or made to do harm: each ends in time and in memory, with records that can be read, by a
failure in words or at worst a crash of the decoder; never by a call that the sandbox forbids, which would be a decoder
doing what it has no business to.

The corpus is made anew from a fixed seed: a file that fails can be had again by its name."""

import concurrent.futures
import os
import random
import signal
import struct
import tempfile
import unittest
from pathlib import Path

from clips import scenes, write_clip
from heif_file import Coded, HeifFile, box, crop, full_box, grid, rotation, size, tiled
from helper import run
from scenes import encode, encode_ten_bits, scene

# what the parent has to live with: decoders abort on some nonsense, have faults, and wait for threads that never were
CRASHES = {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGFPE, -signal.SIGBUS, -signal.SIGILL}
OUT_OF_TIME = {-signal.SIGXCPU, -signal.SIGALRM}
LIMITS = {"max_memory": 256 << 20, "max_cpu": 2, "max_wall": 30, "max_pixels": 4_000_000}
CUTS, FLIPS = 6, 8


def pictures():
    tiles = [Coded(encode(scene(64, 64, shift))) for shift in range(2)]
    yield "heic", encode(scene(160, 120))
    yield "avif", encode(scene(160, 120), "AVIF")
    yield "ten-bits", encode_ten_bits(scene(64, 64))
    yield "grid", tiled(tiles, 64, 2, 3, 190, 120, [rotation(1)]).content()


def clips(folder):
    for name, options in {
        "h264.mp4": {"container": {"movflags": "faststart"}, "sound": True}, "hevc.mov": {"codec": "libx265", "rotation": 90},
        "vp9.webm": {"codec": "libvpx-vp9"}, "fragments.mp4": {"container": {"movflags": "frag_keyframe+empty_moov"}},
    }.items():
        write_clip(folder / name, scenes(6, 160, 120), **options)
        yield name, (folder / name).read_bytes()


def harmed(name, content, chance):
    """The file cut at places and with bytes changed, most of them in front, where the structure is."""
    for i in range(CUTS):
        end = chance.randrange(len(content)) if i % 2 else chance.randrange(min(len(content), 2000))
        yield f"{name}, first {end} bytes", content[:end]
    for i in range(FLIPS):
        changed = bytearray(content)
        places = [chance.randrange(len(content) if i % 2 else min(len(content), 1500)) for _ in range(1 + i % 4)]
        for place in places:
            changed[place] = chance.choice([0, 0xFF, changed[place] ^ 1 << chance.randrange(8)])
        yield f"{name}, changed at {places}", bytes(changed)


def hostile_pictures():
    coded = Coded(encode(scene(64, 64)))
    properties = [size(64, 64), coded.configuration]

    def file(*items, primary=None):
        heif = HeifFile()
        for each in items:
            heif.add(*each)
        heif.primary = primary or len(items)
        return heif.content()

    tile = (coded.kind, coded.data, properties)
    yield "grid of giant size", file(tile, (b"grid", grid(1, 1, 0x7FFFFFFF, 0x7FFFFFFF), [size(0x7FFFFFFF, 0x7FFFFFFF)], [1]))
    yield "grid larger than its box says", file(tile, (b"grid", grid(1, 1, 60000, 60000), [size(64, 64)], [1]))
    yield "grid of 65536 tiles of one", file(tile, (b"grid", grid(256, 256, 16384, 16384), [size(1000, 1000)], [1] * 60000))
    yield "grid of itself", file(tile, (b"grid", grid(1, 1, 64, 64), [size(64, 64)], [2]))
    yield "grids in a loop", file(
        tile, (b"grid", grid(1, 1, 64, 64), [size(64, 64)], [3]), (b"grid", grid(1, 1, 64, 64), [size(64, 64)], [2]))
    yield "same picture as another that is the same", file(
        tile, (b"iden", b"", [size(64, 64)], [3]), (b"iden", b"", [size(64, 64)], [2]))
    chain = [tile] + [(b"iden", b"", [size(64, 64)], [number]) for number in range(1, 2000)]
    yield "2000 references deep", file(*chain)
    doubling = [tile] + [(b"grid", grid(2, 2, 64, 64), [size(64, 64)], [number] * 4) for number in range(1, 30)]
    yield "grids of grids, four to the thirtieth tiles", file(*doubling)
    yield "overlay of giant size", file(
        tile, (b"iovl", struct.pack(">BB4HIIii", 0, 1, 0, 0, 0, 0, 0x7FFFFFFF, 0x7FFFFFFF, 0, 0), [size(64, 64)], [1]))
    yield "no size", file((coded.kind, coded.data, [coded.configuration]))
    yield "size of nothing", file((coded.kind, coded.data, [size(0, 0), coded.configuration]))
    yield "crop to nothing", file((coded.kind, coded.data, [*properties, crop(0, 0)]))
    yield "crop divided by zero", file(
        (coded.kind, coded.data, [*properties, box(b"clap", struct.pack(">8I", 1, 0, 1, 0, 0, 0, 0, 0))]))
    yield "crop far outside", file((coded.kind, coded.data, [*properties, crop(32, 32, 0x7FFFFFFE, -0x7FFFFFFE)]))
    yield "primary that is not there", file(tile, primary=77)
    yield "no configuration", file((coded.kind, coded.data, [size(64, 64)]))
    yield "no data", file((coded.kind, b"", properties))
    yield "an item of an unknown kind", file((b"abcd", coded.data, properties))
    content = file(tile)
    location = content.index(b"iloc")
    yield "data at the end of the address space", content[:location + 18] + b"\xff" * 8 + content[location + 26:]
    yield "four thousand million items", content[:location + 10] + b"\xff\xff" + content[location + 12:]
    head = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    nested = b""
    for _ in range(5000):
        nested = box(b"meta", bytes(4) + nested) if len(nested) < 1 << 20 else nested
    yield "boxes 5000 deep", head + nested
    yield "a box of giant size", head + struct.pack(">I4sQ", 1, b"meta", 1 << 62) + bytes(100)
    yield "a box of no size", head + struct.pack(">I4s", 4, b"meta") + bytes(100)
    yield "a million properties", head + full_box(b"meta", full_box(b"hdlr", bytes(4) + b"pict" + bytes(13)) + box(
        b"iprp", box(b"ipco", box(b"free", b"") * 1_000_000)))


def hostile_clips(samples):
    content = samples["h264.mp4"]

    def changed(kind, at, value, source=content):
        # not where the first box names kinds
        place = source.index(kind, 40) + 4 + at
        assert source[place:place + len(value)] != value, kind
        return source[:place] + value + source[place + len(value):]

    yield "four thousand million samples", changed(b"stsz", 8, b"\xff\xff\xff\xff")
    yield "samples of four gigabytes", changed(b"stsz", 4, b"\xff\xff\xff\xf0")
    yield "four thousand million times", changed(b"stts", 4, b"\xff\xff\xff\xff")
    yield "times that run over", changed(b"stts", 12, b"\xff\xff\xff\xff")
    yield "times of one frame a day", changed(b"stts", 12, b"\x03\x17\x04\x00")
    yield "no units of time", changed(b"mdhd", 12, bytes(4))
    yield "units of time beyond all", changed(b"mdhd", 12, b"\xff\xff\xff\xff")
    yield "a duration of centuries", changed(b"mdhd", 16, b"\x7f\xff\xff\xff")
    yield "chunks outside of the file", changed(b"stco", 8, b"\xff\xff\xff\xff")
    yield "giant frames", changed(b"avc1", 24, b"\xff\xff\xff\xff")
    yield "sixty thousand pixels in the stream alone", changed(b"avcC", 8, b"\x67\x64\x00\x34\xff\xff\xff\xff\xff")
    head = box(b"ftyp", b"isom" + bytes(4) + b"isomiso2")
    nested = b""
    for _ in range(3000):
        nested = box(b"trak", box(b"mdia", nested))
    yield "tracks 6000 deep", head + box(b"moov", nested)
    yield "twenty thousand tracks", head + box(b"moov", box(b"trak", b"") * 20000)
    yield "a hundred thousand fragments", head + box(b"moof", b"") * 100_001
    webm = samples["vp9.webm"]
    cluster = webm.index(b"\x1f\x43\xb6\x75")
    yield "clusters that never end", webm[:cluster + 4] + b"\x01" + b"\xff" * 7 + webm[cluster + 12:]
    yield "ten thousand headers", webm[:40] * 10000
    assert b"\xb0\x81\xa0" in webm
    yield "giant frames in Matroska", webm.replace(b"\xb0\x81\xa0", b"\xb0\x83\xff", 1)


class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.clips = dict(clips(cls.folder))

    def play(self, kind, files, **limits):
        """Feeds all `files` to the program, and returns how each ended."""
        def one(numbered):
            number, (name, content) = numbered
            path = self.folder / f"{kind}-{number}"
            path.write_bytes(content)
            try:
                return name, run(kind, path, **LIMITS | limits | ({"max_seconds": 60, "max_frames": 600} if kind == "clip" else {}))
            finally:
                path.unlink()

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            outcomes = dict(pool.map(one, enumerate(files)))
        for name, outcome in outcomes.items():
            with self.subTest(name):
                self.assertIn(outcome.status, {0, 1} | CRASHES | OUT_OF_TIME)
                self.assertNotIn(outcome.failure, ("input", "sandbox", "internal"))
                self.assertEqual(outcome.error, "")
        return outcomes

    def test_broken_pictures_end_in_words(self):
        chance = random.Random(1)
        outcomes = self.play("picture", [each for name, content in pictures() for each in harmed(name, content, chance)])
        self.assertGreater(sum(outcome.failure is not None for outcome in outcomes.values()), len(outcomes) // 3)

    def test_broken_clips_end_in_words(self):
        chance = random.Random(2)
        outcomes = self.play(
            "clip", [each for name, content in self.clips.items() for each in harmed(name, content, chance)])
        self.assertGreater(sum(outcome.failure is not None for outcome in outcomes.values()), len(outcomes) // 4)
        self.assertGreater(sum(bool(outcome.frames) for outcome in outcomes.values()), 10)

    def test_hostile_pictures_are_refused(self):
        # libheif 1.15 may wait for ever for threads that it did not get
        outcomes = self.play("picture", hostile_pictures(), max_wall=10)
        # that need not be refused, and that one version of libheif decodes
        allowed = {"2000 references deep", "grids of grids, four to the thirtieth tiles"}
        for name, outcome in outcomes.items():
            if name not in allowed:
                self.assertEqual(outcome.frames, [], name)

    def test_heads_of_broken_and_hostile_pictures_end_as_soon(self):
        chance = random.Random(3)
        broken = [each for name, content in pictures() for each in harmed(name, content, chance)]
        outcomes = self.play("head", [*broken, *hostile_pictures()], max_wall=10)
        for name, outcome in outcomes.items():
            self.assertEqual(outcome.frames, [], name)
            if outcome.done:
                self.assertLessEqual(outcome.head["width"] * outcome.head["height"], LIMITS["max_pixels"], name)

    def test_hostile_clips_are_refused(self):
        outcomes = self.play("clip", hostile_clips(self.clips))
        for name in ("giant frames", "a hundred thousand fragments", "four thousand million samples"):
            self.assertEqual(outcomes[name].frames, [], name)


if __name__ == "__main__":
    unittest.main()
