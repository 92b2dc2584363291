"""Backups of stores that are lost or change meanwhile, by real processes: MySQL or MariaDB with MongoDB, and embedded.

POSEVAULT names the program, else .build/debug/posevault.
"""

import copy
import itertools
import signal
import tempfile
import unittest
from pathlib import Path

import archive_reader
from backup_place import PATIENCE, Place, call, get, post, wait_until
from database_servers import Databases, flavors, wait_until_ready
from real_server import CASES
from torture_stores import InDatabases

SIZES = [8000] * 1000


class OnDatabases(unittest.TestCase):
    def prepare(self, flavor=None, sizes=SIZES):
        """A place whose poses and pictures are in new databases."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self.databases = Databases(folder, flavor)
        self.addCleanup(self.databases.end)
        self.place = Place(folder, sizes, InDatabases(folder, self.databases))
        self.place.environment.pop("BACKUP_COPY_DIR")


def spooled(run):
    """How many bytes a run has in files without a name, where rows go first."""
    files = list(Path(f"/proc/{run.pid}/fd").iterdir())
    return sum(file.stat().st_size for file in files if str(file.readlink()).endswith(".spool (deleted)"))


class Lost(OnDatabases):
    """A database that is killed in mid-dump and comes back: what it had not given yet is read again."""

    def test_mysql_while_rows_are_read(self):
        for flavor in flavors():
            with self.subTest(flavor):
                self.prepare(flavor)
                self.expect_proof(self.kill(self.databases.mysql, spooled), self.databases.mysql)

    def test_mysql_while_pictures_are_read_and_back_at_the_end(self):
        self.prepare()
        run = self.kill(self.databases.mysql, lambda _: self.place.packed() > 0)
        self.databases.mysql.start()
        output, words = run.communicate(timeout=PATIENCE)
        # the rows were read before
        self.assertEqual(run.returncode, 0, words)
        archive_reader.check(output.strip())
        self.assertRegex(self.place.run("backup", "list").stdout, r"\tproven")

    def test_mysql_that_does_not_come_back(self):
        self.prepare()
        run = self.kill(self.databases.mysql, lambda _: self.place.packed() > 0)
        wait_until(self.place.archives)
        # its end can't be stored, which would be tried for minutes
        run.send_signal(signal.SIGTERM)
        _, words = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 1)
        self.assertIn("could not be stored", words)
        self.databases.mysql.start()
        wait_until_ready(self.databases.settings)
        self.assertEqual(self.place.create().returncode, 0)
        runs = self.place.run("backup", "list").stdout
        # its archive was whole, and is recorded
        self.assertRegex(runs.splitlines()[1], r"\tproven\t")

    def test_mongodb_while_pictures_are_read(self):
        self.prepare()
        run = self.kill(self.databases.mongodb, lambda _: self.place.packed() > 0)
        self.expect_proof(run, self.databases.mongodb)

    def kill(self, database, has_come):
        run = self.place.start()
        self.addCleanup(run.communicate)
        self.addCleanup(run.kill)
        wait_until(lambda: has_come(run) or run.poll() is not None)
        # lest it reads all that it needs meanwhile
        run.send_signal(signal.SIGSTOP)
        database.kill()
        run.send_signal(signal.SIGCONT)
        self.assertIsNone(run.poll())
        return run

    def expect_proof(self, run, database):
        database.start()
        output, words = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, words)
        _, rows = archive_reader.check(output.strip())
        self.assertEqual(len(rows), len(SIZES))
        self.assertEqual(self.place.leftovers(), [])


class TwoServers(OnDatabases):
    def test_second_trigger_is_turned_away_by_the_other_server(self):
        self.prepare("mariadb", SIZES[:500])
        other = copy.copy(self.place)
        other.folder = self.place.folder / "other"
        other.folder.mkdir()
        other.log = other.folder / "log"
        other.environment = {**self.place.environment, "BACKUP_DIR": str(other.folder / "backups")}
        with self.place.server() as first, other.server() as second:
            status, run = post(first, "/api/backup/trigger", {"Prefer": "respond-async"})
            self.assertEqual(status, 202, run)
            status, answer = post(second, "/api/backup/trigger")
            self.assertEqual((status, answer["error"]["code"]), (409, "BACKUP_RUNNING"), answer)
            wait_until(self.place.archives)
            wait_until(lambda: post(second, "/api/backup/trigger")[0] == 200)


class Changes:
    """Poses added and deleted with their pictures, through a real server, while it makes a backup."""

    def test_meanwhile(self):
        # else deleted pictures would stay
        self.place.environment["TRASH_DAYS"] = "0"
        with self.place.server() as base:
            # all rows are read in the same moment, and the first pictures are packed already
            self.change(base, lambda: self.place.packed() > 0)
            # while the rows are read, too
            self.change(base, lambda: True)

    def change(self, base, has_come):
        before = self.ids(base)
        status, run = post(base, "/api/backup/trigger", {"Prefer": "respond-async"})
        self.assertEqual(status, 202, run)
        wait_until(has_come)
        is_exact = self.place.packed() > 0
        deleted, added = [], []
        # pictures are packed from the oldest on; of two times a quarter more than half is left, which is no doubt
        for number, doomed in enumerate(reversed(before[-(len(before) // 4):])):
            self.assertEqual(call(base, "DELETE", f"/api/poses/{doomed}")[0], 200)
            deleted.append(doomed)
            if number % 20 == 0:
                added.append(self.add(base))
            if number % 20 == 0 and self.run_of(base, run)["state"] != "running":
                break
        wait_until(lambda: self.run_of(base, run)["state"] != "running")
        run = self.run_of(base, run)
        self.assertEqual((run["verdict"], run["warnings"]), ("proven", []), run["message"])
        manifest, rows = archive_reader.check(self.place.backups / run["file"])
        archived, left_out = {int(row[0]) for row in rows}, {row["id"] for row in manifest["leftOut"]}
        self.assertEqual(run["counts"]["leftOut"], manifest["pictures"]["leftOut"])
        self.assertTrue(left_out and added, (len(left_out), len(added)))
        self.assertLessEqual(left_out, set(deleted))
        self.assertLessEqual(archived | left_out, set(before + added))
        self.assertLessEqual(set(before) - set(deleted), archived)
        if is_exact:
            self.assertEqual(archived | left_out, set(before))

    def add(self, base):
        picture = (CASES / "astronaut-160.jpg").read_bytes()
        status, answer = call(base, "POST", "/api/extract-pose", picture, {"Content-Type": "image/jpeg"})
        self.assertEqual(status, 201, answer)
        return answer["data"]["id"]

    def ids(self, base):
        """All of them, ascending."""
        ids = []
        for page in itertools.count(1):
            poses = get(base, f"/api/poses?limit=1000&page={page}")["data"]["poses"]
            if not poses:
                return sorted(ids)
            ids += [pose["id"] for pose in poses]

    def run_of(self, base, run):
        return get(base, f"/api/backups/{run['data']['id']}")["data"]


class ChangesEmbedded(Changes, unittest.TestCase):
    def setUp(self):
        self.place = Place(Path(self.enterContext(tempfile.TemporaryDirectory())), SIZES)


class ChangesInDatabases(Changes, OnDatabases):
    def test_meanwhile(self):
        for flavor in flavors():
            with self.subTest(flavor):
                self.prepare(flavor)
                super().test_meanwhile()


if __name__ == "__main__":
    unittest.main()
