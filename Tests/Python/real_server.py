"""Starts the program as a server in a new folder, for a whole test case.

POSEVAULT names the program, else .build/debug/posevault.
"""

import os
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POSEVAULT = os.environ.get("POSEVAULT", str(ROOT / ".build" / "debug" / "posevault"))
# compiled models, which every start would make anew where a test hides the user's own folder
CACHE = {"XDG_CACHE_HOME": str(ROOT / ".runtime" / "cache")}
CASES = ROOT / ".runtime" / "test-pictures" / "cases"
PATIENCE = 300
NEVER = "0 0 31 2 *"
API_KEY = "a-key-that-tests-alone-use"


def wait_until(has_come):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if has_come():
                return
        except FileNotFoundError:
            # removed since it was listed
            pass
        if time.monotonic() > end:
            raise AssertionError("the moment did not come")
        time.sleep(0.002)


def address(server, log, words="Ready on"):
    """Where the process of a server that writes to that file answers, once it has written those words."""
    wait_until(lambda: words in log.read_text() or server.poll() is not None)
    if found := re.search(words + r" (http://\S+?)[;,]", log.read_text()):
        return found[1]
    raise AssertionError(f"the server ended before it was ready:\n{log.read_text()}")


class ServerCase(unittest.TestCase):
    """`base` is the server's address, which wants `API_KEY`; `environment` leads other commands to its storage."""

    @classmethod
    def settings(cls):
        """More for the server's environment."""
        return {}

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.environment = {
            **os.environ, "DATA_DIR": f"{folder}/data", "PORT": "0", "HOST": "127.0.0.1", "API_KEY": API_KEY,
            "CRON_SCHEDULE": NEVER, "BACKUP_PAUSE_SECONDS": "0", **cls.settings(),
        }
        # a file, since a pipe that nobody reads would stop the server once it is full
        log = Path(folder) / "log"
        with log.open("w") as written:
            cls.server = subprocess.Popen([POSEVAULT, "serve"], cwd=folder, env=cls.environment, stderr=written)
        cls.addClassCleanup(cls.stop)
        cls.base = address(cls.server, log)

    @classmethod
    def stop(cls):
        cls.server.terminate()
        cls.server.wait(timeout=60)
