"""A clock that a test holds in its hands, for real processes: it sets the wall clock, and lets time pass.

libfaketime would not do: it changes the environment before Swift looks for a program's arguments beside it, and wakes
nobody who waits for a timer.
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

from real_server import wait_until

# How many seconds pass at once. As often does a run of the backup tell of itself: it must not seem silent.
STEP = 2
# How many seconds a process then has for what is due. Where it takes longer, it is only late.
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
        """Lets time pass by every clock: who waits for less than that is woken."""
        end = self.passed + seconds
        while self.passed < end:
            self.passed = min(self.passed + STEP, end)
            self.tell()
            time.sleep(BREATH)

    def until(self, has_come):
        """Waits for that, while half a minute passes: by then, all have looked that look every some seconds."""
        for _ in range(3):
            # what is under way is not to be late
            end = time.monotonic() + 1
            while time.monotonic() < end:
                if has_come():
                    return
                time.sleep(0.02)
            self.passed += 10
            self.tell()
        wait_until(has_come)

    def tell(self):
        with self.file.open("r+b", buffering=0) as file:
            file.write(struct.pack("qq", self.ahead, self.passed))
