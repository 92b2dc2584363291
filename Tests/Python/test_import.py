"""Imports a folder beside a running server, is interrupted and killed on the way, and goes on; on embedded storage and on
the databases."""

import contextlib
import os
import pty
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import requests

from database_servers import start_databases
from real_server import API_KEY, CASES, POSEVAULT, ServerCase

COUNT = 90
NAMES = sorted(f"pictures/{number % 3}/{number:02}.jpg" for number in range(COUNT))
LIMIT = 120


class Import(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        for name in NAMES:
            (cls.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CASES / "astronaut-64.jpg", cls.folder / name)
        shutil.copy(CASES / "nobody-cat.png", cls.folder / "pictures" / "nobody.png")
        (cls.folder / "pictures" / "broken.jpg").write_bytes((CASES / "astronaut-64.jpg").read_bytes()[:200])

    def start(self, **options):
        return subprocess.Popen(
            [POSEVAULT, "import", "pictures"], cwd=self.folder, env=self.environment, text=True,
            **{"stderr": subprocess.PIPE} | options,
        )

    def stored(self):
        """The names of what the server has."""
        answer = requests.get(
            f"{self.base}/api/poses?limit=1000&include=details", headers={"X-API-Key": API_KEY}, timeout=60
        )
        return [pose["image"]["fileName"] for pose in answer.json()["data"]["poses"]]

    def stop_after(self, count, with_signal):
        """Stops an import as soon as the server shows `count` more pictures; its words."""
        limit, end = len(self.stored()) + count, time.monotonic() + LIMIT
        run = self.start()
        while len(self.stored()) < limit and time.monotonic() < end:
            time.sleep(0.02)
        run.send_signal(with_signal)
        words = run.communicate(timeout=LIMIT)[1]
        self.assertNotEqual(run.returncode, 0)
        self.assertIn(len(self.stored()), range(limit, COUNT), "it was not stopped on the way")
        return words

    def test_what_was_interrupted_goes_on_and_stores_nothing_twice(self):
        self.assertIn("Not finished; run it again to go on.", self.stop_after(3, signal.SIGINT))
        self.stop_after(3, signal.SIGKILL)
        before = len(self.stored())
        status, words = self.run_in_terminal()
        self.assertEqual(status, 1, words)
        self.assertRegex(words, rf"\d+/{COUNT + 2} · ")
        self.assertIn(
            f"{COUNT - before} pictures stored with {COUNT - before} people, {before} stored already, "
            "1 without a person, 1 failed (import-failures.tsv).",
            words,
        )
        self.assertEqual(sorted(self.stored()), NAMES)
        failures = (self.folder / "import-failures.tsv").read_text().splitlines()
        self.assertEqual([line.split("\t")[0] for line in failures], ["pictures/broken.jpg"])
        self.assertTrue(failures[0].split("\t")[1])

    def run_in_terminal(self):
        """The status of an import to its end, and its words, which have a progress bar there."""
        here, there = pty.openpty()
        run = self.start(stderr=there)
        os.close(there)
        words = b""
        with contextlib.suppress(OSError):  # a terminal's end, when its last writer has gone
            while piece := os.read(here, 1 << 16):
                words += piece
        os.close(here)
        return run.wait(LIMIT), words.decode()


class ImportIntoDatabases(Import):
    @classmethod
    def settings(cls):
        return start_databases(cls)


if __name__ == "__main__":
    unittest.main()
