"""A wall clock that a test sets for real processes; what waits for some seconds goes on waiting for as many.

libfaketime would not do: it changes the environment before Swift looks for a program's arguments beside it, and moves
timers that go by other clocks, too.
"""

import atexit
import datetime
import functools
import shutil
import struct
import subprocess
import tempfile
import time
from pathlib import Path


@functools.cache
def build():
    """The library, until this process ends."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    library = folder / "fake_clock.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run(["clang", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source], check=True)
    return library


class FakeClock:
    def __init__(self, folder, moment=None):
        """`moment` is UTC, such as 2025-12-10 12:00; without it, the clock is right at first."""
        library = build()
        self.file, self.offset = folder / "clock", 0
        self.environment = {"LD_PRELOAD": str(library), "FAKE_CLOCK": str(self.file)}
        self.file.write_bytes(bytes(8))
        if moment:
            self.set(moment)

    def jump(self, seconds):
        self.offset += seconds
        with self.file.open("r+b", buffering=0) as file:
            file.write(struct.pack("q", self.offset))

    def set(self, moment):
        self.jump(round(datetime.datetime.fromisoformat(moment + "+00:00").timestamp() - time.time()) - self.offset)
