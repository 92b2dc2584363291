"""The rows of docs/keeping.md on real processes: what is done, what is told, what never happens.

POSEVAULT names the program, else .build/debug/posevault.
"""

import contextlib
import json
import shutil
import sqlite3
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

from backup_place import Place, call, get, post, wait_until
from fake_clock import FakeClock
from test_backup_notices import Case

SIZES = [2000] * 12
MARKER = ".posevault-backups"


def state(base):
    return get(base, "/api/health")["backup"]["state"]


class Told(Case):
    """By mail, health, the list, metrics, doctor and the exit status alike."""

    def place(self, sizes=SIZES, **settings):
        self.requests, mail = self.sendgrid()
        return super().place(sizes, **mail, **settings)

    def subjects(self):
        return [request["body"]["subject"] for request in self.requests()]

    def backup(self, place, status=0):
        done = place.create()
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def expect(self, place, name):
        """One state in every place that tells of it."""
        with place.server() as base:
            health = get(base, "/api/health")
            self.assertEqual(health["backup"]["state"], name)
            self.assertEqual(get(base, "/api/backups")["data"]["state"], name)
            self.assertEqual(health["backup"]["inTrouble"], name not in ("good", "accepted"))
            with urllib.request.urlopen(base + "/metrics") as answer:
                self.assertIn(f'posevault_backup_state{{state="{name}"}} 1', answer.read().decode())
        doctor = place.run("doctor")
        self.assertIn(f'The state of the backups is "{name}"', doctor.stdout)
        if name not in ("good", "accepted"):
            self.assertEqual(doctor.returncode, 1)

    def test_pictures_that_are_gone_are_no_success_however_often(self):
        place = self.place(BACKUP_KEEP="1")
        self.backup(place)
        good = place.archives()
        # as a name in the settings that has a letter too many: the poses are there, the pictures are not
        for picture in (place.folder / "data" / "images").glob("??/*"):
            picture.unlink()
        for _ in range(3):
            done = self.backup(place)
            self.assertIn("IN DOUBT", done.stderr.upper() + place.run("backup", "list").stdout)
        self.assertIn(good[0], place.archives())
        self.assertEqual(len(place.archives()), 4)
        self.expect(place, "inDoubt")
        with place.server():
            wait_until(lambda: len(self.subjects()) == 4)
        self.assertEqual(sorted(subject.split(" - ")[0] for subject in self.subjects()),
                         ["Daily DB Backup"] + ["Daily DB Backup IN DOUBT"] * 3)
        for request in self.requests():
            if "IN DOUBT" in request["body"]["subject"]:
                text = json.dumps(request["body"]["content"])
                self.assertNotIn("All stored images", text)
                self.assertNotIn("successfully", text)
                self.assertNotIn("run/", text, "a file name")
        prune = place.run("backup", "prune")
        self.assertEqual((prune.stdout, prune.returncode), ("", 1))
        accepted = place.run("backup", "accept", "4")
        self.assertEqual(accepted.returncode, 0, accepted.stderr)
        self.expect(place, "accepted")
        for other in ("1", "99"):
            refused = place.run("backup", "accept", other)
            self.assertEqual(refused.returncode, 64, refused.stderr)

    def test_a_rotten_picture_is_named_and_nothing_else_suffers(self):
        place = self.place()
        self.backup(place)
        pictures = sorted((place.folder / "data" / "images").glob("??/*"))
        rotten = pictures[3]
        content = bytearray(rotten.read_bytes())
        content[1000] ^= 1
        rotten.write_bytes(content)
        # an honest second one, cut short
        pictures[5].write_bytes(pictures[5].read_bytes()[:700])
        for _ in range(2):
            self.backup(place)
        runs = [json.loads(line) for line in place.run("backup", "list", "--json").stdout.splitlines()]
        self.assertEqual([run["counts"]["damagedPictures"] for run in runs], [2, 2, 0])
        self.assertEqual(runs[0]["verdict"], "proven with warnings")
        text = "\n".join(runs[0]["warnings"])
        for picture in (rotten, pictures[5]):
            self.assertIn(picture.stem, text)
        doctor = place.run("doctor", "--pictures")
        self.assertEqual(doctor.returncode, 1)
        self.assertIn(rotten.stem, doctor.stdout)
        self.assertEqual(place.run("backup", "verify", str(place.archives()[-1])).returncode, 0)

    def test_a_folder_that_is_gone_is_told_at_once_and_never_made_again(self):
        place = self.place()
        self.backup(place)
        shutil.rmtree(place.backups)
        with place.server() as base:
            wait_until(lambda: len(self.subjects()) == 2)
            self.assertEqual(state(base), "failing")
            self.assertTrue(self.subjects()[1].startswith("Daily DB Backup IN DOUBT - "))
            status, answer = post(base, "/api/backup/trigger")
            self.assertEqual((status, answer["error"]["code"]), (500, "BACKUP_FAILED"))
            self.assertIn("marker", answer["message"])
        self.assertFalse(place.backups.exists())
        # an empty mount point is no better
        place.backups.mkdir()
        self.backup(place, 1)
        self.assertEqual(list(place.backups.iterdir()), [])
        self.assertIn("has lost its marker", place.run("doctor").stdout)
        self.assertEqual(place.run("doctor", "--fix", "--yes").stdout.count("Archives go to"), 1)
        self.backup(place)

    def test_a_folder_that_can_never_be_one_does_not_stop_the_server(self):
        place = self.place()
        place.environment["BACKUP_DIR"] = "/proc/nope"
        with place.server() as base:
            wait_until(lambda: self.subjects())
            self.assertEqual(state(base), "failing")
        self.assertIn("/proc/nope", place.run("doctor").stdout)

    def test_backups_are_asked_for_three_at_once_and_then_one_in_a_while(self):
        place = self.place([100])
        with place.server() as base:
            answers = [call(base, "POST", "/api/backup/trigger")[0] for _ in range(4)]
            self.assertEqual(answers, [200, 200, 200, 429])
        self.backup(place)

    def test_archives_are_taken_on_again_after_the_database_is_lost(self):
        place = self.place()
        for _ in range(2):
            self.backup(place)
        archives = place.archives()
        (place.backups / "2025-01-01-backup.zip").write_bytes(b"no archive")
        shutil.rmtree(place.folder / "data")
        restored = place.run("backup", "restore", str(archives[-1]))
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.assertEqual(place.run("backup", "list").stdout, "")
        adopted = place.run("backup", "adopt")
        self.assertEqual(adopted.returncode, 1)
        self.assertEqual(sorted(adopted.stdout.split()), [str(path) for path in archives])
        self.assertIn("2025-01-01-backup.zip", adopted.stderr)
        self.assertEqual(len(place.run("backup", "list").stdout.splitlines()), 2)
        self.backup(place)


class Clock(Case):
    def test_a_machine_that_is_off_at_night_makes_its_first_backup_when_it_is_on(self):
        place = self.place([1000] * 2)
        clock = FakeClock(place.folder, "2025-12-10 12:00")
        place.environment.update(clock.environment, CRON_SCHEDULE="59 23 * * *")
        with place.server():
            time.sleep(1)
        clock.set("2025-12-11 09:00")
        with place.server():
            wait_until(place.archives)
        self.assertEqual([path.name for path in place.archives()], ["2025-12-10-backup.zip"])

    def test_a_run_under_a_clock_that_was_ahead_hides_nothing(self):
        place = self.place([1000] * 2)
        clock = FakeClock(place.folder, "2026-12-10 12:00")
        place.environment.update(clock.environment, CRON_SCHEDULE="59 23 * * *")
        with place.server():
            time.sleep(1)
            clock.set("2026-12-11 00:30")
            wait_until(place.archives)
        clock.set("2025-12-10 12:00")
        with place.server():
            time.sleep(1)
        clock.set("2025-12-11 09:00")
        with place.server():
            wait_until(lambda: len(place.archives()) == 2)
        names = [path.name for path in place.archives()]
        self.assertEqual(names, ["2025-12-10-backup.zip", "2026-12-10-backup.zip"])


class Killed(unittest.TestCase):
    def test_while_it_is_copied_the_archive_is_recorded(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder))
            self.assertTrue(place.kill(lambda place: any(place.copies.glob("*.partial"))))
            self.assertEqual(len(place.archives()), 1)
            with place.server() as base:
                wait_until(lambda: get(base, "/api/backups/1")["data"]["state"] == "proven")
                self.assertIn("killed", get(base, "/api/backups/1")["data"]["warnings"][-1])


class Copied(unittest.TestCase):
    def test_an_older_copy_of_the_database_takes_no_picture(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder), [1000] * 4)
            with place.server() as base:
                wait_until((place.folder / "data" / "images" / "pair").exists)
            database = place.folder / "data" / "posevault.sqlite"
            copy = database.read_bytes()
            with place.server():
                time.sleep(1)
            with contextlib.closing(sqlite3.connect(database)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for rest in place.folder.glob("data/posevault.sqlite-*"):
                rest.unlink()
            database.write_bytes(copy)
            with place.server() as base:
                wait_until(lambda: state(base) == "inDoubt")
                self.assertIn("doctor --fix", get(base, "/api/health")["backup"]["troubles"][0])
            pictures = list((place.folder / "data" / "images").glob("??/*"))
            self.assertEqual(len(pictures), 4)
            self.assertIn("are a pair from now on", place.run("doctor", "--fix", "--yes").stdout)
            with place.server() as base:
                self.assertEqual(state(base), "good")


if __name__ == "__main__":
    unittest.main()
