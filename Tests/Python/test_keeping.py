"""The rows of docs/keeping.md on real processes: what is done, what is told, what never happens; on embedded storage, and
on MySQL or MariaDB with MongoDB.

POSEVAULT names the program, else .build/debug/posevault.
"""

import json
import os
import shutil
import subprocess
import threading
import time
import unittest
import urllib.request
import zipfile
from pathlib import Path

import backup_place
from backup_place import call, get, post, wait_until
from keeping_case import Keeping, OnDatabases, servers, state, until
from missing import missing, mount_disk
from real_server import CACHE, CASES, PATIENCE, POSEVAULT


# so that only the newest three days and what must never go stay
KEEP_LITTLE = {"BACKUP_KEEP_DAYS": "1", "BACKUP_KEEP_WEEKLY": "0", "BACKUP_KEEP_MONTHLY": "0"}


class Stores:
    """A store is empty or has lost much, is another one, or an old copy; a picture is rotten or lost."""

    def test_pictures_that_are_gone_are_no_success_however_often(self):
        place = self.place(**KEEP_LITTLE)
        self.backup(place)
        good = place.archives()
        place.store.lose(*place.store.pictures())
        for _ in range(5):
            self.clock.jump(86_400)
            done = self.backup(place)
            self.assertIn("IN DOUBT", done.stderr.upper() + place.run("backup", "list").stdout)
        self.assertEqual(place.archives()[:1], good)
        self.assertEqual(len(place.archives()), 6)
        with place.server() as base:
            self.expect(base, place, "inDoubt", "12 pictures are lost")
            self.clock.until(lambda: len(self.subjects()) == 6)
            prune = place.run("backup", "prune")
            self.assertEqual((prune.stdout, prune.returncode), ("", 1))
            for other, status in ("1", 64), ("99", 64), ("6", 0):
                accepted = place.run("backup", "accept", other)
                self.assertEqual(accepted.returncode, status, accepted.stderr)
            self.assertEqual(state(base), "accepted")
            # from now on by age again
            self.assertEqual(place.run("backup", "prune").returncode, 0)
            # the newest three days, and the only other good one
            self.assertEqual(len(place.archives()), 4)
            self.assertEqual(place.archives()[:1], good)
        self.assertEqual(sorted(subject.split(" - ")[0] for subject in self.subjects()),
                         ["Daily DB Backup"] + ["Daily DB Backup IN DOUBT"] * 5)
        for request in self.requests():
            if "IN DOUBT" in request["body"]["subject"]:
                text = json.dumps(request["body"]["content"])
                self.assertNotIn("All stored images", text)
                self.assertNotIn("successfully", text)
                self.assertNotIn("run/", text, "a file name")

    def test_poses_that_are_deleted_bit_by_bit_are_no_success_either(self):
        place = self.place()
        self.backup(place)
        [whole] = place.archives()
        with place.server() as base:
            for number in range(1, 8):
                self.assertEqual(call(base, "DELETE", f"/api/poses/{number}")[0], 200)
                if number in (4, 6):
                    self.backup(place)
                    self.assertEqual(state(base), "good")
            self.backup(place)
            self.assertIn(whole, place.archives())
            self.expect(base, place, "inDoubt", "It holds 5 poses, less than half of the 12")

    def test_another_place_for_the_pictures_takes_none_of_the_archives(self):
        place = self.place()
        with place.server():
            until(place.store.pair)
        self.backup(place)
        with place.store.misled(place.environment):
            with place.server() as base:
                self.clock.until(lambda: any("IN DOUBT" in subject for subject in self.subjects()))
                for _ in range(2):
                    self.backup(place)
                self.assertEqual(len(place.archives()), 3)
                self.expect(base, place, "inDoubt", "doctor --fix")
                prune = place.run("backup", "prune")
                self.assertEqual((prune.stdout, prune.returncode), ("", 1))
        self.backup(place)
        self.diagnose(place, "good")

    def test_a_rotten_picture_is_named_and_nothing_else_suffers(self):
        place = self.place()
        self.backup(place)
        pictures = sorted(place.store.pictures())
        rotten, short = pictures[3], pictures[5]
        place.store.flip(rotten)
        # an honest second one, cut short
        place.store.cut(short)
        for _ in range(2):
            self.backup(place)
        runs = self.list(place)
        self.assertEqual([run["counts"]["damagedPictures"] for run in runs], [2, 2, 0])
        self.assertEqual(runs[0]["verdict"], "proven with warnings")
        for picture in (rotten, short):
            self.assertIn(picture, "\n".join(runs[0]["warnings"]))
        doctor = place.run("doctor", "--pictures")
        self.assertEqual(doctor.returncode, 1)
        self.assertIn(rotten, doctor.stdout)
        self.assertEqual(place.run("backup", "verify", str(place.archives()[-1])).returncode, 0)

    def test_a_lost_picture_is_named_and_its_last_archive_stays(self):
        place = self.place(**KEEP_LITTLE)
        self.backup(place)
        [picture, *_] = place.store.pictures()
        place.store.lose(picture)
        for _ in range(5):
            self.clock.jump(86_400)
            self.backup(place)
        # two nights have gone already, but not the one before them
        kept = [run["id"] for run in self.list(place) if (place.backups / run["file"]).exists()]
        self.assertEqual(kept, [6, 5, 4, 1])
        [run, *_] = self.list(place)
        self.assertEqual((run["verdict"], run["counts"]["lostPictures"]), ("proven with warnings", 1))
        self.assertIn(picture, "\n".join(run["warnings"]))
        with place.server() as base:
            self.assertIn(picture, get(base, "/api/health")["backup"]["troubles"][0])
            self.clock.until(lambda: len(self.subjects()) == 6)
        self.assertIn(picture, json.dumps(self.requests()[-1]["body"]["content"]))

    def test_bytes_that_a_pose_names_are_no_leftovers(self):
        place = self.place([1000])
        content = (CASES / "astronaut-160.jpg").read_bytes()
        with place.server() as base:
            status, answer = call(base, "POST", "/api/extract-pose", content, {"Content-Type": "image/jpeg"})
        self.assertEqual(status, 201)
        picture = answer["data"]["imageId"]
        place.store.unlist(picture)
        self.clock.jump(2 * 86_400)
        told = place.run("doctor", "--fix", "--yes")
        self.assertEqual(told.returncode, 1)
        self.assertIn("their bytes are there: 1.", told.stdout)
        self.assertIn(picture, told.stdout)
        self.assertNotIn("Removed leftovers of interrupted uploads", told.stdout)
        self.assertTrue(place.store.has_bytes(picture))

    def test_an_older_copy_of_the_database_takes_no_picture(self):
        place, copy = self.copied()
        place.store.use_database(copy)
        with place.server() as base:
            self.clock.until(lambda: state(base) == "inDoubt" and self.subjects())
            self.assertIn("doctor --fix", get(base, "/api/health")["backup"]["troubles"][0])
        self.assertEqual((len(place.store.pictures()), place.store.trash()), (4, 0))
        told = place.run("doctor", "--fix", "--yes").stdout
        self.assertIn("are not a pair: nothing is removed", told)
        self.assertIn("are a pair from now on", told)
        self.assertEqual((len(place.store.pictures()), place.store.trash()), (4, 0))
        # asked once more, it lets go of what no pose names, and still removes nothing
        self.assertIn("Pictures without a pose moved to the trash: 3.", place.run("doctor", "--fix", "--yes").stdout)
        self.assertEqual((len(place.store.pictures()), place.store.trash()), (4, 3))
        again = place.run("doctor", "--fix", "--yes").stdout
        self.assertIn("Every picture has a pose.", again)
        self.assertIn("In the trash: 3 pictures", again)
        self.backup(place)
        self.diagnose(place, "good")

    def test_a_copied_database_that_is_started_beside_takes_no_picture(self):
        place, copy = self.copied()
        right = dict(place.environment)
        place.environment.update(place.store.copied_settings(place.folder, copy))
        with place.server() as base:
            self.clock.until(lambda: state(base) == "inDoubt" and self.subjects())
        place.environment.update(right)
        self.assertEqual((len(place.store.pictures()), place.store.trash(), place.store.trash(copy)), (4, 0, 0))
        # production is told of it, too
        self.diagnose(place, "inDoubt", "doctor --fix")

    def test_a_copied_database_empties_no_trash(self):
        place = self.place([1000] * 2)
        with place.server() as base:
            self.assertEqual(call(base, "DELETE", "/api/poses/1")[0], 200)
        copy = place.store.copy_database()
        with place.server() as base:
            self.assertEqual(call(base, "POST", "/api/trash/1/restore")[0], 200)
        place.environment.update(place.store.copied_settings(place.folder, copy))
        self.clock.jump(31 * 86_400)
        with place.server() as base:
            self.clock.until(lambda: state(base) == "inDoubt" and self.subjects())
            # nor by hand
            call(base, "DELETE", "/api/trash")
        self.assertEqual(len(place.store.pictures()), 2)

    def copied(self):
        """A place, and a copy of its database that lacks some poses, whose pictures are old enough to be swept."""
        place = self.place([1000] * 4)
        with place.server():
            until(place.store.pair)
        copy = place.store.copy_database()
        place.store.drop_poses(sorted(place.store.poses())[:3], copy)
        with place.server():
            until(lambda: place.store.pair() != place.store.pair(copy))
        return place, copy


class Away(OnDatabases):
    """A database is away at the start of a server, and later, or can't be used. As long as it can't say which keys
    there are, only API_KEY shows more than health's bare state."""

    KEY = {"X-API-Key": "key-of-the-owner-of-these-tests"}

    def place(self, *arguments, **settings):
        return super().place(*arguments, API_KEY=self.KEY["X-API-Key"], **settings)

    def test_it_is_waited_for(self):
        place = self.place([1000])
        for name in ("mysql", "mongodb"):
            database = getattr(servers(), name)
            database.kill()
            try:
                with place.server("Answering on") as base:
                    self.expect_refusals(base, name)
                    database.start()
                    until(lambda: "Ready on" in place.log.read_text())
                    self.assertEqual((state(base), call(base, "GET", "/api/poses", headers=self.KEY)[0]), ("good", 200))
                    database.kill()
                    until(lambda: call(base, "GET", "/api/health")[0] == 503)
                    self.expect_refusals(base, name)
                    database.start()
                    until(lambda: call(base, "GET", "/api/health")[0] == 200)
                    self.assertEqual(state(base), "good")
            finally:
                if database.process.poll() is not None:
                    database.start()
        self.backup(place)

    def expect_refusals(self, base, name):
        """The server goes on, and says what is wrong wherever somebody looks."""
        status, health = call(base, "GET", "/api/health", headers=self.KEY)
        self.assertEqual((status, health["error"]["code"], health[name]), (503, "STORAGE_UNAVAILABLE", "disconnected"))
        self.assertEqual((health["backup"]["state"], health["backup"]["inTrouble"]), ("failing", True))
        self.assertIn("no backup can be made", health["backup"]["troubles"][0].lower())
        self.assertEqual(get(base, "/api/health/live")["success"], True)
        with urllib.request.urlopen(base) as page, urllib.request.urlopen(base + "/metrics") as metrics:
            self.assertIn("<html", page.read().decode())
            self.assertIn('posevault_backup_state{state="failing"} 1', metrics.read().decode())
        picture = (CASES / "astronaut-160.jpg").read_bytes()
        status, answer = call(base, "POST", "/api/extract-pose", picture, {"Content-Type": "image/jpeg", **self.KEY})
        self.assertEqual((status, answer["error"]["code"]), (503, "STORAGE_UNAVAILABLE"))

    def test_one_that_can_not_be_used_does_not_stop_the_server(self):
        place = self.place([1000])
        right = dict(place.environment)
        for name, settings in (("mysql", {"MYSQL_PASSWORD": "wrong"}), ("mysql", {"MYSQL_USER": "nobody"})):
            place.environment.update(settings)
            with place.server("Answering on") as base:
                self.expect_refusals(base, name)
                self.assertIn("Trying again", place.log.read_text())
            self.assertEqual(self.serving_status(place), 0)
            place.environment.clear()
            place.environment.update(right)

    def test_a_table_that_is_gone_does_not_stop_the_server(self):
        place = self.place([1000])
        self.backup(place)
        place.store.eyes.sql("DROP TABLE poses", place.store.name)
        with place.server("Answering on") as base:
            status, health = call(base, "GET", "/api/health")
            self.assertEqual((status, health["success"], health["backup"]["state"]), (503, False, "failing"))
        self.assertEqual(self.serving_status(place), 0)

    def serving_status(self, place):
        return place.serving.wait()


class Folders:
    """The disk of the archives or of their copies is gone, full, or was never there."""

    def test_a_folder_that_is_gone_is_told_at_once_and_never_made_again(self):
        place = self.place()
        self.backup(place)
        shutil.rmtree(place.backups)
        with place.server() as base:
            self.clock.until(lambda: len(self.subjects()) == 2)
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
            self.clock.until(self.subjects)
            self.assertEqual(state(base), "failing")
        self.assertIn("/proc/nope", place.run("doctor").stdout)

    def test_a_link_to_what_is_not_mounted_is_told_before_the_night(self):
        for setting in ("BACKUP_DIR", "BACKUP_COPY_DIR"):
            with self.subTest(setting):
                place = self.place()
                link = place.folder / "link"
                link.symlink_to(place.folder / "unmounted" / "archives")
                place.environment[setting] = str(link)
                with place.server() as base:
                    self.assertEqual(state(base), "failing")
                doctor = place.run("doctor")
                self.assertEqual(doctor.returncode, 1)
                self.assertNotIn(f"{link} does not exist yet", doctor.stdout)

    def test_a_full_disk_loses_the_oldest_archive_and_then_fails_the_run(self):
        place = self.place([500_000] * 4)
        place.backups.mkdir()
        mount_disk(self, place.backups, "size=160m,mode=0700")
        for _ in range(5):
            self.backup(place)
            self.clock.jump(86_400)
        oldest, *others = place.archives()
        # a run asks for 64 MB more than its pictures, and leaves 2 %: one archive more than there is
        self.fill(place, 68 * (1 << 20) + 700_000)
        done = self.backup(place)
        self.assertIn(oldest.name, done.stderr)
        self.assertEqual(place.archives()[:-1], others)
        self.fill(place, 1 << 20)
        self.clock.jump(86_400)
        self.assertIn("not enough space", self.backup(place, 1).stderr)
        # what could be removed would not do: nothing is
        self.assertEqual(len(place.archives()), 5)
        with place.server() as base:
            self.expect(base, place, "failing", "not enough space")
            (place.backups / "filler").unlink()
            self.backup(place)
            self.assertEqual(state(base), "good")

    def fill(self, place, leaving):
        path = place.backups / "filler"
        path.unlink(missing_ok=True)
        with path.open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, shutil.disk_usage(place.backups).free - leaving)

    def test_a_folder_of_copies_that_is_gone_costs_no_archive(self):
        place = self.place()
        self.backup(place)
        shutil.rmtree(place.copies)
        done = self.backup(place)
        self.assertIn("There is no copy in BACKUP_COPY_DIR", done.stderr)
        self.assertEqual(len(place.archives()), 2)
        self.assertFalse(place.copies.exists())
        with place.server() as base:
            self.expect(base, place, "failing", "BACKUP_COPY_DIR")


class Clocks:
    """The machine is off, or its clock is wrong."""

    def test_a_machine_that_is_off_at_night_makes_its_first_backup_when_it_is_on(self):
        place = self.place([1000] * 2)
        place.environment["CRON_SCHEDULE"] = "59 23 * * *"
        self.clock.set("2025-12-10 12:00")
        with place.server():
            time.sleep(1)
        self.clock.set("2025-12-11 09:00")
        with place.server():
            wait_until(place.archives)
        self.assertEqual([path.name for path in place.archives()], ["2025-12-10-backup.zip"])

    def test_a_run_under_a_clock_that_was_ahead_hides_nothing(self):
        place = self.place([1000] * 2)
        place.environment["CRON_SCHEDULE"] = "59 23 * * *"
        self.clock.set("2026-12-10 12:00")
        with place.server():
            time.sleep(1)
        self.clock.set("2026-12-11 00:30")
        with place.server():
            wait_until(place.archives)
        self.clock.set("2025-12-10 12:00")
        with place.server():
            time.sleep(1)
        self.clock.set("2025-12-11 09:00")
        with place.server():
            wait_until(lambda: len(place.archives()) == 2)
        names = [path.name for path in place.archives()]
        self.assertEqual(names, ["2025-12-10-backup.zip", "2026-12-10-backup.zip"])


class Runs:
    """A run is killed, its mail can't be sent, or somebody asks for too many."""

    def test_killed_while_it_is_copied_the_archive_is_recorded(self):
        place = self.place(backup_place.SIZES)
        self.assertTrue(place.kill(lambda place: any(place.copies.glob("*.partial"))))
        self.assertEqual(len(place.archives()), 1)
        with place.server() as base:
            until(lambda: get(base, "/api/backups/1")["data"]["state"] == "proven")
            self.assertIn("killed", get(base, "/api/backups/1")["data"]["warnings"][-1])

    def test_killed_while_it_is_written_the_run_has_failed_and_leaves_nothing(self):
        place = self.place(backup_place.SIZES)
        self.assertTrue(place.kill(lambda place: place.packed() > 0))
        with place.server() as base:
            until(lambda: get(base, "/api/backups/1")["data"]["state"] == "failed")
            self.clock.until(self.subjects)
            self.expect(base, place, "failing", "killed")
            self.assertIn("FAILED", self.subjects()[0])
            self.assertEqual((place.archives(), place.leftovers()), ([], []))
            self.backup(place)
            self.assertEqual(state(base), "good")

    def test_mail_is_sent_with_its_archive_by_a_server_of_another_name(self):
        place = self.place([1000])
        script = 'hostname renamed && exec "$0" backup create'
        done = subprocess.run(
            ["unshare", "--uts", "sh", "-c", script, POSEVAULT], env=place.environment, cwd=place.folder,
            capture_output=True, text=True, check=False)
        if "unshare" in done.stderr:
            missing(self, f"no machine can be renamed: {done.stderr.strip()}")
        self.assertEqual(done.returncode, 0, done.stderr)
        with place.server():
            self.clock.until(self.subjects)
        [attachment] = self.requests()[0]["body"]["attachments"]
        self.assertEqual(attachment["filename"], Path(done.stdout.strip()).name)

    def test_mail_that_cannot_be_sent_is_tried_again_and_fails_no_backup(self):
        place = self.place([1000], answers=["503", "202"])
        self.backup(place)
        with place.server() as base:
            self.clock.until(lambda: "could not be sent" in place.log.read_text())
            backup = get(base, "/api/health")["backup"]
            self.assertEqual((backup["state"], backup["unsentMail"], backup["inTrouble"]), ("good", 1, True))
            self.assertIn("(503)", backup["troubles"][0])
            self.clock.jump(3600)
            self.clock.until(lambda: "was sent." in place.log.read_text())
            self.assertEqual(get(base, "/api/health")["backup"]["troubles"], [])

    def test_backups_are_asked_for_three_at_once_and_then_one_in_a_while(self):
        place = self.place([100])
        with place.server() as base:
            answers = [call(base, "POST", "/api/backup/trigger")[0] for _ in range(4)]
            self.assertEqual(answers, [200, 200, 200, 429])
        self.backup(place)


class Restored:
    """The stores are lost; an archive is what is left, and perhaps a damaged one."""

    def test_archives_are_taken_on_again_after_the_database_is_lost(self):
        place = self.place()
        for _ in range(2):
            self.backup(place)
        archives, pictures = place.archives(), place.store.pictures()
        (place.backups / "2025-01-01-backup.zip").write_bytes(b"no archive")
        place.store.clear()
        restored = place.run("backup", "restore", str(archives[-1]))
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.assertEqual((place.store.pictures(), len(place.store.poses())), (pictures, 12))
        self.assertEqual(place.run("backup", "list").stdout, "")
        adopted = place.run("backup", "adopt")
        self.assertEqual(adopted.returncode, 1)
        self.assertEqual(sorted(adopted.stdout.split()), [str(path) for path in archives])
        self.assertIn("2025-01-01-backup.zip", adopted.stderr)
        self.assertEqual(len(place.run("backup", "list").stdout.splitlines()), 2)
        self.backup(place)

    def test_archives_of_another_installation_are_left_alone(self):
        place = self.place()
        self.backup(place)
        place.store.clear()
        adopted = place.run("backup", "adopt")
        self.assertEqual((adopted.stdout, adopted.returncode), ("", 1))
        self.assertIn("is of another pose database", adopted.stderr)
        self.assertEqual(place.run("backup", "list").stdout, "")

    def test_what_a_damaged_archive_lacks_is_told_until_somebody_accepts_it(self):
        place = self.place()
        self.backup(place)
        [archive] = place.archives()
        with zipfile.ZipFile(archive) as entries:
            picture = next(info for info in entries.infolist() if info.filename.startswith("images/"))
        content = bytearray(archive.read_bytes())
        content[picture.header_offset + 1000] ^= 1
        archive.write_bytes(content)
        verified = place.run("backup", "verify", str(archive))
        self.assertEqual(verified.returncode, 2)
        self.assertIn(picture.filename, verified.stdout + verified.stderr)
        pictures = place.store.pictures()
        pictures.pop(Path(picture.filename).stem)
        place.store.clear()
        salvaged = place.run("backup", "restore", "--salvage", str(archive))
        self.assertEqual(salvaged.returncode, 3, salvaged.stderr)
        self.assertEqual((place.store.pictures(), len(place.store.poses())), (pictures, 12))
        lacks = f"lacks 1 picture and 0 rows of {archive.name}"
        with place.server() as base:
            self.clock.until(self.subjects)
            self.assertIn("IN DOUBT", self.subjects()[0])
            self.assertIn(lacks, json.dumps(self.requests()[0]["body"]["content"]))
            self.expect(base, place, "inDoubt", lacks)
            self.backup(place)
            self.assertEqual(state(base), "inDoubt")
            self.assertEqual(place.run("backup", "accept", str(self.list(place)[0]["id"])).returncode, 0)
            self.assertEqual(state(base), "accepted")
            self.backup(place)
            # the picture is still lost, but nobody needs to be told any more
            backup = get(base, "/api/health")["backup"]
            self.assertEqual((backup["state"], backup["troubles"]), ("accepted", []))
        # no run has recorded it, and it may be the last that holds the picture
        self.assertTrue(archive.exists())


class StoresEmbedded(Stores, Keeping):
    pass


class StoresOnDatabases(Stores, OnDatabases):
    pass


class FoldersEmbedded(Folders, Keeping):
    def test_doctor_says_what_led_to_an_error(self):
        place = self.place()
        database = Path(place.environment["DATA_DIR"]) / "posevault.sqlite"
        database.write_bytes(os.urandom(8192))
        doctor = place.run("doctor")
        self.assertEqual(doctor.returncode, 1)
        # in SQLite's own words
        self.assertRegex(doctor.stdout, r"✗ The database file is damaged\.\n +Cause: .*file is not a database")

    def test_doctor_tries_folders_that_are_yet_to_be_made(self):
        place = self.place()
        for setting in ("DATA_DIR", "BACKUP_DIR", "BACKUP_COPY_DIR", "BACKUP_REPOSITORY"):
            with self.subTest(setting):
                settings = {"DATA_DIR": str(place.folder / "new"), setting: "/proc/nope"}
                doctor = subprocess.run(
                    [POSEVAULT, "doctor"], capture_output=True, text=True, cwd=place.folder, timeout=PATIENCE,
                    env={**CACHE, "PATH": os.environ["PATH"], **settings})
                self.assertEqual(doctor.returncode, 1, doctor.stdout)
                self.assertRegex(doctor.stdout, r"✗ The [a-z ]+: Could not create the folder /proc/nope")
                self.assertFalse((place.folder / "new").exists())


class FoldersOnDatabases(Folders, OnDatabases):
    pass


class ClocksEmbedded(Clocks, Keeping):
    pass


class ClocksOnDatabases(Clocks, OnDatabases):
    pass


class RunsEmbedded(Runs, Keeping):
    pass


class RunsOnDatabases(Runs, OnDatabases):
    pass


class RestoredEmbedded(Restored, Keeping):
    pass


class RestoredOnDatabases(Restored, OnDatabases):
    pass


if __name__ == "__main__":
    unittest.main()
