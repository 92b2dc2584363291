"""Imports a folder beside a running server, is interrupted and killed on the way, and goes on; on embedded storage and on
the databases."""

import contextlib
import os
import pty
import re
import shutil
import signal
import sqlite3
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

    def start(self, folder="pictures", **options):
        return subprocess.Popen(
            [POSEVAULT, "import", folder], cwd=self.folder, env=self.environment, text=True,
            **{"stderr": subprocess.PIPE} | options,
        )

    def stored(self, below="pictures/"):
        """The names of what the server has from one folder."""
        answer = requests.get(
            f"{self.base}/api/poses?limit=1000&include=details", headers={"X-API-Key": API_KEY}, timeout=60
        )
        names = [pose["image"]["fileName"] for pose in answer.json()["data"]["poses"]]
        return [name for name in names if name.startswith(below)]

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
            f"{COUNT - before} pictures stored with {COUNT - before} people, {before} already stored, "
            "1 without a person, 1 failed (import-failures.tsv).",
            words,
        )
        self.assertEqual(sorted(self.stored()), NAMES)
        failures = (self.folder / "import-failures.tsv").read_text().splitlines()
        self.assertEqual([line.split("\t")[0] for line in failures], ["pictures/broken.jpg"])
        self.assertTrue(failures[0].split("\t")[1])

    def test_two_at_once_store_each_picture_once(self):
        names = [f"twice/{number:02}.jpg" for number in range(24)]
        for name in names:
            (self.folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(CASES / "astronaut-64.jpg", self.folder / name)
        runs = [self.start(folder="twice") for _ in range(2)]
        words = [run.communicate(timeout=LIMIT)[1] for run in runs]
        self.assertEqual([run.returncode for run in runs], [0, 0], words)
        self.assertEqual(sorted(self.stored("twice/")), names)
        counts = [int(re.search(r"(\d+) pictures? stored", line)[1]) for line in words]
        self.assertEqual(sum(counts), len(names), words)

    def test_names_that_are_not_utf8_are_stored_escaped_and_failures_have_reasons(self):
        folder = os.fsencode(self.folder) + b"/odd/Mu\xf1oz"
        os.makedirs(folder, exist_ok=True)
        shutil.copy(os.fsencode(CASES / "astronaut-64.jpg"), folder + b"/a\xff.jpg")
        shutil.copy(os.fsencode(CASES / "astronaut-64.jpg"), folder + b"/=b\x1b[2J.jpg")
        (self.folder / "odd" / "broken\n.jpg").write_bytes(b"no picture")
        for known in (False, True):
            run = self.start(folder="odd", stderr=subprocess.PIPE)
            words = run.communicate(timeout=LIMIT)[1]
            self.assertEqual(run.returncode, 1, words)
            self.assertIn("0 pictures stored" if known else "2 pictures stored", words)
            self.assertRegex(words, r"posevault: odd/broken\\x0A\.jpg: \w.+")
            self.assertNotIn("\x1b[2J", words)
        (self.folder / "=cmd|x.jpg").write_bytes(b"no picture")
        run = self.start(folder="=cmd|x.jpg")
        run.communicate(timeout=LIMIT)
        # a spreadsheet takes it for no formula, and it is the same file
        self.assertTrue((self.folder / "import-failures.tsv").read_text().startswith("./=cmd|x.jpg\t"))
        self.assertEqual(sorted(self.stored("odd/")), ["odd/Mu\\xF1oz/=b\x1b[2J.jpg", "odd/Mu\\xF1oz/a\\xFF.jpg"])
        # the same through an argument and a list
        run = subprocess.run(
            [POSEVAULT, "import", b"odd/Mu\xf1oz"], cwd=self.folder, env=self.environment, capture_output=True,
            timeout=LIMIT)
        self.assertIn(b"2 already stored", run.stderr)
        run = subprocess.run(
            [POSEVAULT, "import", "-"], input=b"odd/Mu\xf1oz/a\xff.jpg\nnope\n", cwd=self.folder, env=self.environment,
            capture_output=True, timeout=LIMIT)
        self.assertIn(b"1 already stored", run.stderr)
        self.assertIn(b"posevault: nope: The file cannot be read: it doesn't exist.", run.stderr)

    def test_a_picture_that_the_database_refuses_is_listed_with_what_the_database_said(self):
        if "MYSQL_HOST" in self.environment:
            return  # the trigger is SQLite's
        (self.folder / "refused").mkdir(exist_ok=True)
        shutil.copy(CASES / "astronaut-64.jpg", self.folder / "refused")
        database = sqlite3.connect(Path(self.environment["DATA_DIR"]) / "posevault.sqlite", isolation_level=None)
        self.addCleanup(database.close)
        database.execute(
            "CREATE TRIGGER refusal BEFORE INSERT ON poses BEGIN SELECT RAISE(ABORT, 'the trigger says no'); END")
        self.addCleanup(database.execute, "DROP TRIGGER refusal")
        run = self.start(folder="refused")
        words = run.communicate(timeout=LIMIT)[1]
        self.assertEqual(run.returncode, 1, words)
        for told in (words, (self.folder / "import-failures.tsv").read_text()):
            self.assertRegex(told, "refused a statement[.] Cause: .*the trigger says no")

    def test_the_reserve_of_the_disk_ends_it(self):
        (self.folder / "full").mkdir(exist_ok=True)
        shutil.copy(CASES / "astronaut-64.jpg", self.folder / "full")
        run = subprocess.run(
            [POSEVAULT, "import", "full"], cwd=self.folder, capture_output=True, text=True, timeout=LIMIT,
            env=self.environment | {"DISK_RESERVE_MB": "1000000000"})
        if "MYSQL_HOST" in self.environment:  # nothing is stored on this disk
            self.assertEqual((run.returncode, self.stored("full/")), (0, ["full/astronaut-64.jpg"]), run.stderr)
            return
        self.assertEqual(run.returncode, 69, run.stderr)
        self.assertIn("The disk is nearly full, so no more pictures are stored.", run.stderr)
        self.assertIn("Not finished; run it again to go on.", run.stderr)
        self.assertEqual(self.stored("full/"), [])

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
