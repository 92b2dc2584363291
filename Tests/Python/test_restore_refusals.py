"""Archives that are broken or hostile, and `posevault backup restore`: it says what is wrong, and writes nothing.

The archives are those of Tests/Fixtures/archives. POSEVAULT names the program, else .build/debug/posevault.
"""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import stores
from database_servers import start_databases, wait_until_ready
from real_server import CASES as PICTURES
from real_server import POSEVAULT, ROOT, wait_until

PICTURE = PICTURES / "astronaut-160.jpg"
ARCHIVES = ROOT / "Tests" / "Fixtures" / "archives"
CASES = [case for case in json.loads((ARCHIVES / "cases.json").read_text()) if case["status"]]
# one of each kind
SOME = [case for case in CASES if case["file"].removesuffix(".zip") in (
    "bomb-in-manifest", "encrypted", "path-traversal", "picture-changed", "row-gone", "sql-after-rows", "symbolic-link")]
SOUND = ARCHIVES / "format-1.zip"
# where the names in the archives lead, if not into the folder of the test
OUTSIDE = [Path("/etc/cron.d/evil"), Path("/etc/passwd"), Path("/tmp/evil"), Path("/evil")]


class Refusal(unittest.TestCase):
    """`folder` is where the program runs, deep below `outer`, which nothing may write to."""

    settings = {}

    def setUp(self):
        self.outer = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder = self.outer / "a" / "b" / "c"
        (self.folder / "tmp").mkdir(parents=True)

    def run_program(self, *arguments):
        return subprocess.run(
            [POSEVAULT, *map(str, arguments)], env=self.environment(), cwd=self.folder, capture_output=True, text=True,
            timeout=120, check=False)

    def environment(self):
        return {
            "PATH": os.environ["PATH"], "DATA_DIR": str(self.folder / "data"), "TMPDIR": str(self.folder / "tmp"),
            "BACKUP_DIR": str(self.folder / "backups"), **self.settings,
        }

    def around(self):
        return stores.tree(self.outer), [path.stat().st_mtime_ns if path.exists() else None for path in OUTSIDE]

    def expect_refusal(self, case, *options):
        """It is told on standard error, and nothing that lies here or there is touched."""
        before, archive = self.around(), ARCHIVES / case["file"]
        done = self.run_program("backup", "restore", archive, *options)
        self.assertEqual(done.returncode, case["status"], done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertIn(case["says"], done.stderr)
        # the MongoDB library's, where an earlier process of this number was killed
        lines = [line for line in done.stderr.splitlines() if "mongoc: Falling back to malloc" not in line]
        self.assertTrue(all(line.isprintable() and len(line) < 1000 for line in lines), done.stderr)
        if case["status"] == 2:
            # what and where: of which file, and of which of its entries
            places = r"the archive|mysql/poses\.sql|mongodb/images\.\w+\.json|entries\.jsonl|manifest\.json|images/\w+\.\w+|tables/\w+\.jsonl|evil\.txt"
            self.assertTrue(all(re.match(f"{re.escape(str(archive))}: ({places}): ", line) for line in lines[1:-1]), lines)
            self.assertGreater(len(lines), 2)
            self.assertEqual(lines[-1], "The archive is damaged; nothing was restored.")
        self.assertEqual(self.around(), before)


class IntoEmbedded(Refusal):
    def test_nothing_is_written_into_a_new_folder(self):
        for case in SOME:
            with self.subTest(case["file"]):
                self.expect_refusal(case)
        self.assertFalse((self.folder / "data").exists())
        self.expect_restore()

    def test_nothing_of_any_is_written_into_an_empty_storage(self):
        self.assertEqual(self.run_program("migrate").returncode, 0)
        for case in CASES:
            with self.subTest(case["file"]):
                self.expect_refusal(case)
        self.expect_restore()

    def test_what_was_to_be_replaced_stays(self):
        self.expect_restore()
        for case in SOME:
            with self.subTest(case["file"]):
                self.expect_refusal(case, "--replace")

    def test_a_dry_run_says_the_same(self):
        for case in SOME:
            with self.subTest(case["file"]):
                self.expect_refusal(case, "--dry-run")

    def expect_restore(self):
        done = self.run_program("backup", "restore", SOUND)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows, pictures = stores.embedded(self.folder / "data")
        self.assertEqual(([row[0] for row in rows], len(pictures)), ([1, 2, 3, 4, 5, 7, 8], 5))
        self.assertEqual(os.listdir(self.folder / "tmp"), [])


class IntoDatabases(Refusal):
    @classmethod
    def setUpClass(cls):
        cls.settings = start_databases(cls, "mariadb")
        wait_until_ready(cls.settings)
        cls.databases = stores.Eyes(cls.settings)
        cls.addClassCleanup(cls.databases.client.close)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.databases.sql, "DROP DATABASE IF EXISTS posevault")
        self.addCleanup(self.databases.client.drop_database, "pose_images_db")

    def around(self):
        return super().around(), self.databases.everything()

    def test_nothing_is_written_into_new_databases(self):
        self.expect_refusals()
        self.assertNotIn("posevault", self.databases.sql("SHOW DATABASES"))
        self.expect_restore()

    def test_nothing_is_written_into_empty_stores(self):
        self.assertEqual(self.run_program("migrate").returncode, 0)
        self.expect_refusals()
        self.expect_restore()

    def test_a_row_that_does_not_fit_is_named_and_can_be_given_up(self):
        """MySQL's times begin a second after those of the fixture's row 7, and that is known only when it is stored."""
        done = self.run_program("backup", "restore", SOUND)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("The table poses can't store row 7 unchanged.", done.stderr)
        self.assertIn("unfinished restore of format-1.zip", self.run_program("backup", "restore", self.sound()[0]).stderr)
        given_up = self.run_program("backup", "restore", "--discard", "--yes")
        self.assertEqual(given_up.returncode, 0, given_up.stderr)
        self.expect_restore()

    def test_a_dry_run_makes_neither_databases_nor_tables(self):
        archive, _ = self.sound()
        self.expect_dry_run(archive, 0, "tables would be created or upgraded first")
        self.databases.sql("CREATE DATABASE posevault")
        self.expect_dry_run(archive, 0, "tables would be created or upgraded first")
        self.expect_dry_run("--discard", 1, "There is no interrupted restore")
        # the table of an earlier installation
        table = re.search(r"```sql\n(CREATE TABLE poses .*?)```", (ROOT / "docs" / "migrating.md").read_text(), re.S)[1]
        self.databases.sql(table, "posevault")
        self.expect_dry_run(archive, 0, "tables would be created or upgraded first")
        self.databases.sql("INSERT INTO poses (image_id, keypoints) VALUES ('a', '[]')", "posevault")
        self.expect_dry_run(archive, 1, "The storage is not empty: it holds 1 pose. ")
        self.databases.sql("DELETE FROM poses", "posevault")
        self.databases.client["pose_images_db"]["images.files"].insert_one({"length": 0})
        self.expect_dry_run(archive, 1, "The storage is not empty: it holds 0 poses, but pictures")
        self.databases.client.drop_database("pose_images_db")
        self.assertEqual(self.run_program("migrate").returncode, 0)
        self.databases.client.drop_database("pose_images_db")
        self.expect_dry_run(archive, 0, "It would be restored into poses in MySQL database posevault on 127.0.0.1")
        self.expect_dry_run("--discard", 1, "There is no interrupted restore")

    def test_nothing_else_is_done_where_one_was_killed(self):
        archive, _ = self.sound()
        self.assertEqual(self.run_program("migrate").returncode, 0)
        self.kill_restore(archive)
        before = self.around()
        for command in (["import", PICTURE], ["migrate"], ["backup", "create"], ["backup", "prune"], ["doctor"]):
            with self.subTest(command):
                done = self.run_program(*command)
                # 69 where the storage can't be used
                self.assertEqual(done.returncode, 1 if command[-1] in ("create", "doctor") else 69, done.stderr)
                told = done.stdout if command == ["doctor"] else done.stderr
                self.assertRegex(told, r"(?m)^(posevault:|✗) A restore is in progress or was interrupted")
        self.assertEqual(self.around(), before)
        self.expect_restore()

    def kill_restore(self, archive):
        """Leaves its mark."""
        process = subprocess.Popen(
            [POSEVAULT, "backup", "restore", archive], cwd=self.folder, env=self.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.is_marked() or process.poll() is not None)
        process.kill()
        process.wait()
        self.assertTrue(self.is_marked())

    def is_marked(self):
        return self.databases.sql("SELECT COUNT(file) FROM posevault_restore", "posevault") == "1\n"

    def expect_dry_run(self, archive, status, says):
        before = self.around()
        done = self.run_program("backup", "restore", archive, "--dry-run")
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertIn(says, done.stderr if status else done.stdout)
        self.assertEqual(self.around(), before)

    def expect_refusals(self):
        for case in SOME:
            with self.subTest(case["file"]):
                self.expect_refusal(case)

    def expect_restore(self):
        archive, expected = self.sound()
        done = self.run_program("backup", "restore", archive)
        self.assertEqual(done.returncode, 0, done.stderr)
        stores.expect_same(self, self.databases.contents("posevault", "pose_images_db"), expected)

    def sound(self):
        """An archive that fits into MySQL, and what is in it."""
        data = self.folder / "sound"
        if data.exists():
            return next((self.folder / "backups").glob("*.zip")), stores.embedded(data)
        settings, self.settings = self.settings, {"DATA_DIR": str(data)}
        self.assertEqual(self.run_program("migrate").returncode, 0)
        stores.fill(data)
        made = self.run_program("backup", "create")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.settings = settings
        return made.stdout.strip(), stores.embedded(data)


if __name__ == "__main__":
    unittest.main()
