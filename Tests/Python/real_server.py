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
CASES = ROOT / ".runtime" / "test-pictures" / "cases"
API_KEY = "a-key-that-tests-alone-use"


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
            **cls.settings(),
        }
        # a file, since a pipe that nobody reads would stop the server once it is full
        log = Path(folder) / "log"
        with log.open("w") as written:
            cls.server = subprocess.Popen([POSEVAULT, "serve"], cwd=folder, env=cls.environment, stderr=written)
        cls.addClassCleanup(cls.stop)
        while cls.server.poll() is None:
            if found := re.search(r"Ready on (http://\S+?);", log.read_text()):
                cls.base = found[1]
                return
            time.sleep(0.1)
        raise AssertionError(f"the server ended before it was ready:\n{log.read_text()}")

    @classmethod
    def stop(cls):
        cls.server.terminate()
        cls.server.wait(timeout=60)
