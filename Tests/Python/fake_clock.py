"""A clock that a test holds in its hands, for real processes: it sets the wall clock, and lets time pass.

libfaketime would not do: it changes the environment before Swift looks for a program's arguments beside it, and does not
wake who waits for a timer.
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

# In seconds. As often as a run of the backup tells of itself: it seems silent to nobody while time passes.
STEP = 2
# How long a process has for what is due after each step, in seconds. Where it takes longer, it is only late.
BREATH = 0.02


@functools.cache
def build():
    """The library, until this process ends."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    library = folder / "fake_clock.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run(["clang", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", library, source], check=True)
    return library


class FakeClock:
    def __init__(self, folder, moment=None):
        """`moment` is UTC, such as 2025-12-10 12:00; without it, the clock is right at first."""
        library = build()
        self.file, self.ahead, self.passed = folder / "clock", 0, 0
        self.environment = {"LD_PRELOAD": str(library), "FAKE_CLOCK": str(self.file)}
        self.file.write_bytes(bytes(16))
        if moment:
            self.set(moment)

    def jump(self, seconds):
        """Sets the wall clock forward; who waits for some seconds goes on waiting for as many."""
        self.ahead += seconds
        self.tell()

    def set(self, moment):
        self.jump(round(datetime.datetime.fromisoformat(moment + "+00:00").timestamp() - time.time())
                  - self.ahead - self.passed)

    def go_on(self, seconds):
        """Lets time pass, by every clock; who waits for less than that has waited."""
        end = self.passed + seconds
        while self.passed < end:
            self.passed = min(self.passed + STEP, end)
            self.tell()
            time.sleep(BREATH)

    def tell(self):
        with self.file.open("r+b", buffering=0) as file:
            file.write(struct.pack("qq", self.ahead, self.passed))
