"""Backups that are killed, run out of space, are begun twice or find odd things: real processes on embedded storage.

POSEVAULT names the program, else .build/debug/posevault.
"""

import contextlib
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import archive_reader
from backup_place import PATIENCE, SIZES, Place, day_in, post, wait_until
from missing import mount_disk


class Killed(unittest.TestCase):
    """kill -9: no half archive is ever listed, and the next run cleans up and tells of it."""

    def test_in_each_phase(self):
        moments = {
            "rows": lambda place: any(not partial.stat().st_size for partial in place.partials()),
            "pictures": lambda place: place.packed() > 0,
            "dump": lambda place: place.packed() > sum(SIZES),
            "proof": lambda place: any(place.backups.glob("*.scratch")),
            "copy": lambda place: any(place.copies.glob("*.partial")),
        }
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder))
            for phase, has_come in moments.items():
                with self.subTest(phase):
                    self.assertTrue(place.kill(has_come))
                    self.expect_recovery(place)
                    # an archive that has its name is whole, and recorded
                    told = "proven with warnings" if phase == "copy" else "FAILED: The run was killed"
                    self.assertIn(told, place.run("backup", "list").stdout.splitlines()[1])

    def test_at_random_moments(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder))
            begin = time.monotonic()
            self.assertEqual(place.create().returncode, 0)
            length = time.monotonic() - begin
            for _ in range(6):
                end = time.monotonic() + random.uniform(0, length * 1.1)
                if place.kill(lambda _, end=end: time.monotonic() > end):
                    self.expect_recovery(place)

    def expect_recovery(self, place):
        before = place.archives()
        # what has an archive's name is whole, even where its run was not to be told of any more
        for archive in before:
            archive_reader.check(archive)
        listed = place.run("backup", "list").stdout
        for line in listed.splitlines():
            if "proven" in line:
                self.assertIn(Path(line.split("\t")[4]), before, line)
        done = place.create()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(place.run("backup", "list").stdout, r"(?m)^\d+\t\S+\tasked for\tproven")
        self.assertEqual(place.leftovers(), [])
        self.assertNotIn("running:", place.run("backup", "list").stdout)


class NoSpace(unittest.TestCase):
    """A disk that is full, at several moments: a loud failure, nothing left, and the next run works."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.place = Place(self.folder)
        self.place.backups.mkdir()
        mount_disk(self, self.place.backups, "size=200m,mode=0700")
        # so that the folder is known whatever else lies in it
        self.assertEqual(self.place.create().returncode, 0)

    def test_told_before_anything_is_written(self):
        self.fill(leaving=10 << 20)
        self.expect_failure(self.place.create(), "not enough space")

    def test_while_it_is_written(self):
        moments = {
            # in a file without a name, after the space was asked for; it is asked for again once all rows are read
            "rows": lambda _: self.used() > used + 100_000,
            "pictures": lambda place: place.packed() > 0,
            "dump": lambda place: place.packed() > sum(SIZES),
            # within milliseconds of the moment at which the space for it is asked for: either way it is told
            "proof": lambda place: any(place.backups.glob("*.scratch")),
        }
        for phase, has_come in moments.items():
            with self.subTest(phase):
                used = self.used()
                process = self.place.start()
                wait_until(lambda has_come=has_come: has_come(self.place) or process.poll() is not None)
                # lest it writes all that it needs meanwhile
                process.send_signal(signal.SIGSTOP)
                self.fill(leaving=0)
                process.send_signal(signal.SIGCONT)
                output, words = process.communicate(timeout=PATIENCE)
                reason = "full|not enough space" if phase in ("rows", "proof") else "full"
                self.expect_failure(subprocess.CompletedProcess([], process.returncode, output, words), reason)
                self.assertEqual(self.place.leftovers(), [])

    def expect_failure(self, done, reason):
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, reason)
        self.assertEqual(self.place.leftovers(), [])
        (self.place.backups / "filler").unlink()
        self.assertRegex(self.place.run("backup", "list").stdout, f"FAILED: .*({reason})")
        self.assertEqual(self.place.create().returncode, 0)

    def used(self):
        return shutil.disk_usage(self.place.backups).used

    def fill(self, leaving):
        with (self.place.backups / "filler").open("wb", buffering=0) as filler:
            for piece in 1 << 16, 1 << 12:
                free = shutil.disk_usage(self.place.backups).free - leaving
                with contextlib.suppress(OSError):
                    for _ in range(free // piece):
                        filler.write(bytes(piece))


class Twice(unittest.TestCase):
    def test_second_process_is_turned_away(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder))
            first = place.start()
            wait_until(lambda: place.packed() > 0 or first.poll() is not None)
            second = place.create()
            self.assertEqual(second.returncode, 1)
            self.assertIn("Another backup is running", second.stderr)
            self.assertIn(f"process {first.pid}", second.stderr)
            output, words = first.communicate(timeout=PATIENCE)
            self.assertEqual(first.returncode, 0, words)
            self.assertEqual(place.archives(), [Path(output.strip())])


    def test_server_turns_a_second_trigger_away(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder))
            with place.server() as base:
                status, run = post(base, "/api/backup/trigger", {"Prefer": "respond-async"})
                self.assertEqual(status, 202, run)
                status, answer = post(base, "/api/backup/trigger")
                self.assertEqual((status, answer["success"]), (409, False))
                # a command in another process, too
                self.assertIn("Another backup is running", place.create().stderr)
                wait_until(lambda: "running:" not in place.run("backup", "list").stdout)
            self.assertEqual(len(place.archives()), 1)


class Zones(unittest.TestCase):
    def test_archive_is_named_after_the_day_in_its_zone(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder), [1000])
            # 26 hours apart, so that the days are never the same
            for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):
                days = [day_in(zone)]
                place.environment["TZ"] = zone
                archive = Path(place.create().stdout.strip()).name
                days.append(day_in(zone))
                self.assertIn(archive, [f"{day}-backup.zip" for day in days])
            self.assertEqual(len(place.archives()), 2)


class Adopted(unittest.TestCase):
    def test_lost_pictures_and_foreign_tables_are_warned_of(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder), [1000] * 5)
            with contextlib.closing(sqlite3.connect(place.folder / "data" / "posevault.sqlite")) as connection:
                connection.execute("CREATE TABLE customers (name TEXT)")
                connection.execute("ALTER TABLE poses ADD COLUMN mood TEXT")
                [picture] = connection.execute("SELECT image_id FROM poses WHERE id = 3").fetchone()
                connection.execute("DELETE FROM images WHERE id = ?", [picture])
                connection.commit()
            done = place.create()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"The picture {picture} of row 3 is lost.", done.stderr)
            manifest, rows = archive_reader.check(done.stdout.strip())
            self.assertEqual(manifest["lost"], [{"row": 3, "imageId": picture}])
            self.assertEqual(manifest["notIncluded"], ["customers", "poses.mood"])
            for name in manifest["notIncluded"]:
                self.assertRegex(done.stderr, rf"Warning: .*{name}")
            self.assertEqual(len(rows), 5)


if __name__ == "__main__":
    unittest.main()
