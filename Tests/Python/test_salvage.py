"""`posevault backup restore --salvage`: what is whole of a damaged archive comes back, the rest is named, and nothing is
overwritten. POSEVAULT names the program, else .build/debug/posevault.
"""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

import stores
from real_server import POSEVAULT, wait_until


class Salvage(unittest.TestCase):
    passphrase = None

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = {
            "PATH": os.environ["PATH"], "DATA_DIR": "data", "BACKUP_DIR": "backups", "TMPDIR": str(self.folder)}
        if self.passphrase:
            self.environment["BACKUP_PASSPHRASE"] = self.passphrase
        self.program("migrate")
        stores.fill(self.folder / "data")
        self.archive = Path(self.program("backup", "create").stdout.strip())
        self.rows, self.pictures = stores.embedded(self.folder / "data")
        self.sound = self.archive.read_bytes()
        with zipfile.ZipFile(self.archive) as archive:
            self.entries = {info.filename: info for info in archive.infolist()}
            self.directory = archive.start_dir
        self.place = 0

    def program(self, *arguments, status=0, **settings):
        done = subprocess.run(
            [POSEVAULT, *arguments], env=self.environment | settings, cwd=self.folder, capture_output=True, text=True,
            timeout=120, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def salvage(self, content, status):
        """What is told of an archive with that content, and the rows and pictures that came of it."""
        self.place += 1
        (self.folder / "broken.zip").write_bytes(content)
        data = f"salvaged-{self.place}"
        self.program("backup", "verify", "broken.zip", status=2 if status else 0)
        done = self.program("backup", "restore", "--salvage", "broken.zip", status=status, DATA_DIR=data)
        told = [line.removeprefix("broken.zip: ") for line in done.stderr.splitlines() if line.startswith("broken.zip: ")]
        return told, *stores.embedded(self.folder / data)

    def flipped(self, place):
        content = bytearray(self.sound)
        content[place] ^= 4
        return bytes(content)

    def start(self, name):
        """Where the entry's content begins."""
        info = self.entries[name]
        head = self.sound[info.header_offset + 26 : info.header_offset + 30]
        return info.header_offset + 30 + int.from_bytes(head[:2], "little") + int.from_bytes(head[2:], "little")

    def pictures_by_size(self):
        return sorted((name for name in self.entries if name.startswith("images/")),
                      key=lambda name: self.entries[name].file_size)


class Plain(Salvage):
    def test_sound_one_comes_back_whole(self):
        told, rows, pictures = self.salvage(self.sound, 0)
        self.assertEqual((told, rows, pictures), ([], self.rows, self.pictures))

    def test_one_picture_is_left_out_and_named(self):
        name = self.pictures_by_size()[-1]
        told, rows, pictures = self.salvage(self.flipped(self.start(name) + 5000), 3)
        self.assertEqual(told, [f"{name}: is damaged"])
        self.assertEqual(rows, self.rows)
        self.assertEqual(len(pictures), len(self.pictures) - 1)
        self.assertTrue(all(picture in self.pictures for picture in pictures))

    def test_rows_before_the_damage_of_a_dump_come_back(self):
        info = self.entries["mysql/poses.sql"]
        place = self.start("mysql/poses.sql") + info.compress_size * 3 // 4
        told, rows, pictures = self.salvage(self.flipped(place), 3)
        self.assertEqual(pictures, self.pictures)
        self.assertIn("mysql/poses.sql: is damaged", told)
        self.assertTrue(0 < len(rows) < len(self.rows), told)
        # a flipped bit may change a row without making it none: that is told
        self.assertGreater(sum(row in self.rows for row in rows), len(self.rows) // 3)
        self.assertIn("mysql/poses.sql: its rows can't be checked one by one", told)
        self.assertIn(f"mysql/poses.sql: {len(rows)} of {len(self.rows)} rows are restored", told)

    def test_without_its_directory_all_of_it_comes_back(self):
        (self.folder / "broken.zip").write_bytes(self.sound[: self.directory])
        self.program("backup", "restore", "broken.zip", status=2, DATA_DIR="other")
        self.program("backup", "restore", "--salvage", "broken.zip", status=0, DATA_DIR="other")
        self.assertEqual(stores.embedded(self.folder / "other"), (self.rows, self.pictures))

    def test_cut_off_it_gives_the_pictures_before_the_cut(self):
        middle = self.start(self.pictures_by_size()[-1]) + 1000
        told, rows, pictures = self.salvage(self.sound[:middle], 3)
        self.assertEqual(rows, [])
        self.assertTrue(0 < len(pictures) < len(self.pictures))
        self.assertIn("mysql/poses.sql: is missing", told)
        self.assertIn("entries.jsonl: is missing, so it is unknown what else was in the archive", told)

    def test_any_flipped_bit_in_headers_leaves_the_rest(self):
        """Of each entry's header, one bit of each byte of the first entries."""
        for name in list(self.entries)[:3]:
            offset = self.entries[name].header_offset
            for place in (offset, offset + 6, offset + 14, offset + 18, offset + 22, offset + 26, offset + 28, offset + 32):
                with self.subTest(name=name, place=place - offset):
                    self.place += 1
                    (self.folder / "broken.zip").write_bytes(self.flipped(place))
                    done = subprocess.run(
                        [POSEVAULT, "backup", "restore", "--salvage", "broken.zip"], cwd=self.folder,
                        env=self.environment | {"DATA_DIR": f"salvaged-{self.place}"}, capture_output=True, text=True,
                        timeout=120, check=False)
                    self.assertIn(done.returncode, (0, 3), done.stderr)
                    rows, pictures = stores.embedded(self.folder / f"salvaged-{self.place}")
                    self.assertEqual(rows, self.rows)
                    self.assertGreaterEqual(len(pictures), len(self.pictures) - 1)
                    if len(pictures) < len(self.pictures):
                        self.assertRegex(done.stderr, f"{re.escape(name)}: is (damaged|missing)")

    def test_what_is_lacking_is_remembered_until_somebody_accepts_it(self):
        names = self.pictures_by_size()
        for name in names[-2:]:
            self.sound = self.flipped(self.start(name) + 5000)
        self.salvage(self.sound, 3)
        salvaged = {"DATA_DIR": "salvaged-1", "BACKUP_DIR": "backups-of-salvaged"}
        line = r"filled by `restore --salvage` at [0-9: -]+ UTC and lacks 2 pictures and 0 rows of broken\.zip"

        def doctor():
            done = subprocess.run(
                [POSEVAULT, "doctor"], env=self.environment | salvaged, cwd=self.folder, capture_output=True, text=True,
                timeout=120, check=False)
            return done.stdout + done.stderr

        self.assertRegex(doctor(), f'(?s)"inDoubt".*{line}')
        self.program("backup", "create", **salvaged)
        self.assertRegex(doctor(), f'(?s)"inDoubt".*The last backup is in doubt: .*{line}')
        runs = self.program("backup", "list", "--json", **salvaged).stdout
        run = json.loads(runs.splitlines()[0])
        self.assertRegex(" ".join(run["doubts"]), line)
        self.assertRegex(self.program("backup", "accept", str(run["id"]), **salvaged).stdout, line)
        self.assertIn('"accepted"', doctor())
        # the next one is judged by the one that was accepted
        self.program("backup", "create", **salvaged)
        self.assertNotRegex(doctor(), line)
        # and a whole restore lacks nothing
        self.program("backup", "restore", str(self.archive), DATA_DIR="whole")
        with contextlib.closing(sqlite3.connect(self.folder / "whole" / "posevault.sqlite")) as database:
            self.assertEqual(database.execute("SELECT * FROM posevault_meta WHERE name = 'salvage'").fetchall(), [])

    def trash(self, data):
        """The rows of the trash, its ids last."""
        with contextlib.closing(sqlite3.connect(f"file:{data}/posevault.sqlite?mode=ro", uri=True, timeout=5)) as database:
            return database.execute(
                "SELECT image_id, length, reason, trashed_at, id FROM posevault_trash ORDER BY id").fetchall()

    def with_trash(self, count):
        """The rows of a trash, and an archive that holds them."""
        rows = [(f"{number:024x}", number % 1000, "unreferenced", 1_700_000_000 + number, number + 1)
                for number in range(count)]
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "posevault.sqlite")) as database, database:
            database.executemany(
                "INSERT INTO posevault_trash (image_id, length, reason, trashed_at, id) VALUES (?, ?, ?, ?, ?)", rows)
        return rows, Path(self.program("backup", "create", BACKUP_DIR="with-trash").stdout.strip())

    def test_rows_of_a_further_table_that_are_none_cost_no_other(self):
        rows, archive = self.with_trash(9)
        with zipfile.ZipFile(archive) as sound, zipfile.ZipFile(self.folder / "broken.zip", "w") as broken:
            for info in sound.infolist():
                content = sound.read(info)
                if info.filename == "tables/posevault_trash.jsonl":
                    lines = content.splitlines(keepends=True)
                    # a word that is a letter short, an id that is another's, one that jumps ahead, half a row
                    lines[1] = lines[1].replace(b'"length"', b'"lenght"')
                    lines[3] = lines[3].replace(b'"id":4', b'"id":1')
                    lines[5] = lines[5].replace(b'"id":6', b'"id":6000')
                    lines[7] = lines[7][:30] + b"\n"
                    content = b"".join(lines)
                broken.writestr(info, content)
        done = self.program("backup", "restore", "--salvage", "broken.zip", status=3, DATA_DIR="salvaged")
        self.assertIn("tables/posevault_trash.jsonl: is damaged", done.stderr)
        self.assertIn("tables/posevault_trash.jsonl: 3 rows can't be read", done.stderr)
        self.assertEqual([row[4] for row in self.trash(self.folder / "salvaged")], [1, 3, 5, 7, 9, 6000])
        self.assertEqual(stores.embedded(self.folder / "salvaged"), (self.rows, self.pictures))

    def test_killed_within_a_further_table_it_goes_on_there(self):
        rows, archive = self.with_trash(4000)
        command = [POSEVAULT, "backup", "restore", "--salvage", archive]
        environment = self.environment | {"DATA_DIR": "killed"}
        def stored():
            try:
                return self.trash(self.folder / "killed" / "restoring")
            except sqlite3.OperationalError:
                return []

        with subprocess.Popen(
                command, env=environment, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            wait_until(lambda: stored() or process.poll() is not None)
            process.kill()
        self.assertTrue(0 < len(stored()) < len(rows), "it was not killed within the table")
        self.program("backup", "restore", "--salvage", archive, DATA_DIR="killed")
        self.assertEqual(self.trash(self.folder / "killed"), rows)

    def test_nothing_is_overwritten(self):
        self.program("backup", "restore", "--salvage", str(self.archive), status=1)
        self.assertEqual(stores.embedded(self.folder / "data"), (self.rows, self.pictures))
        self.program("backup", "restore", "--salvage", "--replace", str(self.archive), status=64)

    def test_dry_run_writes_nothing(self):
        (self.folder / "broken.zip").write_bytes(self.sound[: self.directory // 2])
        done = self.program("backup", "restore", "--salvage", "--dry-run", "broken.zip", DATA_DIR="new")
        self.assertIn("are intact", done.stdout)
        self.assertFalse((self.folder / "new").exists())

    def test_what_is_no_archive_gives_nothing(self):
        for content in (b"", b"PK\3\4", b"PK\3\4" * 5000, os.urandom(100_000)):
            (self.folder / "broken.zip").write_bytes(content)
            done = self.program("backup", "restore", "--salvage", "broken.zip", status=1, DATA_DIR="new")
            self.assertIn("broken.zip contains nothing from a PoseVault backup.", done.stderr)
        os.mkfifo(self.folder / "pipe")
        for command in (["verify"], ["restore"], ["restore", "--salvage"]):
            done = self.program("backup", *command, "pipe", status=1, DATA_DIR="new")
            self.assertEqual(done.stderr.splitlines()[-1], "posevault: pipe is not a file.")


class Encrypted(Salvage):
    passphrase = "correct horse"

    def test_one_picture_is_left_out_and_named(self):
        name = self.pictures_by_size()[-1]
        told, rows, pictures = self.salvage(self.flipped(self.start(name) + 5000), 3)
        self.assertEqual(told, [f"{name}: is damaged"])
        self.assertEqual((rows, len(pictures)), (self.rows, len(self.pictures) - 1))

    def test_another_passphrase_opens_nothing(self):
        done = self.program(
            "backup", "restore", "--salvage", str(self.archive), status=1, DATA_DIR="new", BACKUP_PASSPHRASE="wrong")
        self.assertIn("BACKUP_PASSPHRASE is not the one", done.stderr)


if __name__ == "__main__":
    unittest.main()
