"""Runs posevault-decode and reads its records, strictly: what Helper/README.md does not allow fails the test."""

import functools
import os
import shutil
import struct
import subprocess
import tempfile
import unittest
from dataclasses import dataclass, field
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".build" / "decode"

FAILURES = {1: "unsupported", 2: "damaged", 3: "too large", 4: "too long", 5: "empty", 6: "memory", 7: "input",
            8: "sandbox", 9: "internal"}
CUT, ENDED_AT_TO = 1, 2
DAMAGED, GUESSED = 1, 2

PICTURE_LIMITS = {"max-bytes": 1 << 30, "max-pixels": 50_000_000, "max-memory": 1 << 30, "max-cpu": 60, "max-wall": 60,
                  "threads": 2}
CLIP_LIMITS = PICTURE_LIMITS | {"max-frames": 10_000, "max-seconds": 600}


@dataclass
class Frame:
    index: int
    time: int
    flags: int
    pixels: numpy.ndarray


@dataclass
class Outcome:
    status: int
    head: dict = None
    frames: list = field(default_factory=list)
    done: dict = None
    failure: str = None
    words: str = None
    error: str = ""

    @property
    def pixels(self):
        (frame,) = self.frames
        return frame.pixels


def command(kind, limits, options=(), program="posevault-decode", programs=PROGRAMS):
    words = [f"{programs}/{program}", kind]
    for name, value in limits.items():
        words += [f"--{name}", str(value)]
    return words + [str(option) for option in options]


def records(output):
    """(type, content) of each record; a part of one at the end is an error."""
    at = 0
    while at < len(output):
        kind, length = struct.unpack_from("<4sI", output, at)
        content = output[at + 8:at + 8 + length]
        if len(content) != length:
            raise AssertionError(f"{kind} was cut off: {len(content)} of {length} bytes")
        yield kind.decode(), content
        at += 8 + length


def picture_head(content):
    names = "version flags width height stored_width stored_height bits format nothing"
    return dict(zip(names.split(), struct.unpack("<HHIIIIBBH", content)))


def clip_head(content):
    names = ("version flags width height stored_width stored_height orientation bits primaries transfer matrix full_range "
             "matrix_used mapping duration frames rate_numerator rate_denominator aspect_numerator aspect_denominator "
             "codec container")
    head = dict(zip(names.split(), struct.unpack("<HHIIIIBBBBBBBBqqIIII16s16s", content)))
    return head | {name: head[name].rstrip(b"\0").decode() for name in ("codec", "container")}


def read(status, output, error=b"", is_whole=True):
    """What the records say. `is_whole`: the program ended by itself, so the last record is DONE or FAIL."""
    outcome = Outcome(status, error=error.decode())
    frame = rows = None
    has_ended = False
    pieces = []
    try:
        for kind, content in records(output):
            assert not has_ended, f"{kind} after the end"
            if kind in ("PICT", "CLIP"):
                assert outcome.head is None
                outcome.head = picture_head(content) if kind == "PICT" else clip_head(content)
                assert outcome.head["version"] == 1
                if kind == "PICT":
                    frame, rows, pieces = (0, 0, 0), 0, []
            elif kind == "FRAM":
                assert frame is None and outcome.head
                frame, rows, pieces = struct.unpack("<QqI", content), 0, []
            elif kind == "ROWS":
                first, count = struct.unpack_from("<II", content)
                assert frame and first == rows and count > 0
                assert len(content) == 8 + count * outcome.head["width"] * 3
                assert len(content) <= 1 << 20 or count == 1
                rows += count
                pieces.append(content[8:])
                if rows == outcome.head["height"]:
                    pixels = numpy.frombuffer(b"".join(pieces), numpy.uint8).reshape(rows, outcome.head["width"], 3)
                    outcome.frames.append(Frame(*frame, pixels))
                    frame = None
            elif kind == "DONE":
                # a head comes without its picture
                is_head = outcome.head and frame == (0, 0, 0) and rows == 0
                assert (frame is None or is_head) and outcome.head
                has_ended = True
                outcome.done = dict(zip("given decoded damaged last flags".split(), struct.unpack("<QQQqI", content)))
                assert outcome.done["given"] == len(outcome.frames)
            elif kind == "FAIL":
                has_ended = True
                outcome.failure = FAILURES[struct.unpack_from("<H", content)[0]]
                outcome.words = content[4:].decode()
            else:
                raise AssertionError(f"unknown record {kind}")
    except (AssertionError, struct.error):
        if is_whole:
            raise
    if is_whole:
        assert has_ended, f"no end, status {status}, {error}"
        assert status == (1 if outcome.failure else 0), status
    return outcome


def run(kind, path, options=(), program="posevault-decode", **limits):
    """Decodes the file at `path`. Limits are named as the options are, `_` for `-`."""
    all_limits = (CLIP_LIMITS if kind == "clip" else PICTURE_LIMITS) | {
        name.replace("_", "-"): value for name, value in limits.items()}
    with open(path, "rb") as file:
        done = subprocess.run(command(kind, all_limits, options, program), stdin=file, capture_output=True, timeout=120)
    return read(done.returncode, done.stdout, done.stderr, is_whole=done.returncode in (0, 1))


class HelperCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def assert_near(self, one, other, most, words=""):
        """No sample differs by more than `most` levels."""
        self.assertEqual(one.shape, other.shape, words)
        distance = numpy.abs(one.astype(numpy.int16) - other.astype(numpy.int16))
        self.assertLessEqual(int(distance.max()), most, f"{words}: {numpy.unravel_index(distance.argmax(), distance.shape)}")


@functools.cache
def public_programs():
    """The programs where every user may run them, whatever folder this project lies in."""
    folder = Path(tempfile.mkdtemp(prefix="posevault-decode-"))
    folder.chmod(0o755)
    for each in PROGRAMS.iterdir():
        if os.access(each, os.X_OK) and each.is_file():
            shutil.copy(each, folder)
            (folder / each.name).chmod(0o755)
    return folder
