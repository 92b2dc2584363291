"""Backups in a repository, made, verified and restored by the program, and read by others.

POSEVAULT names the program, else .build/debug/posevault.
"""

import hashlib
import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

import stores
from real_server import POSEVAULT, ROOT, wait_until


class Repository(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.repository = self.folder / "repository"
        self.environment = {
            "PATH": os.environ["PATH"], "DATA_DIR": "data", "BACKUP_REPOSITORY": "repository",
            "BACKUP_DIR": "backups", "TMPDIR": str(self.folder)}
        self.program("migrate")
        stores.fill(self.folder / "data")
        self.rows, self.pictures = stores.embedded(self.folder / "data")

    def program(self, *arguments, status=0, **settings):
        done = subprocess.run(
            [POSEVAULT, *arguments], env=self.environment | settings, cwd=self.folder, capture_output=True, text=True,
            timeout=120, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def create(self):
        return Path(self.program("backup", "create").stdout.strip())

    def packs(self):
        """What is in each pack's file, by its path."""
        return {path: path.read_bytes() for path in self.repository.glob("packs/*/*.tar")}

    def test_a_run_is_listed_verified_and_comes_back_whole(self):
        run = self.create()
        self.assertEqual(run.parent, self.repository / "runs")
        self.assertFalse((self.folder / "backups").exists())
        self.assertIn(str(run), self.program("backup", "list").stdout)
        self.assertIn("proven, ", self.program("backup", "verify", run).stdout)
        self.program("backup", "restore", run, DATA_DIR="restored")
        self.assertEqual(stores.embedded(self.folder / "restored"), (self.rows, self.pictures))
        self.assertEqual([path.name for path in self.repository.iterdir() if path.suffix == ".partial"], [])

    def test_pictures_come_back_by_hand_as_the_document_says(self):
        run = self.create()
        for path, content in self.packs().items():
            self.assertEqual(hashlib.sha256(content).hexdigest(), path.stem)
        text = (ROOT / "docs" / "restore.md").read_text()
        [commands] = re.findall(r"^## Without PoseVault, from a repository\n.*?^```sh\n(.*?)^```$", text, re.M | re.S)
        commands = commands.replace("REPOSITORY", str(self.repository)).replace("20251210T235900Z.zip", run.name)
        subprocess.run(["bash", "-euc", commands], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        found = {path.name[:24]: path.read_bytes() for path in (self.folder / "backup" / "images").iterdir()}
        self.assertEqual(found, {identity: picture[-1] for identity, picture in self.pictures.items()})

    def test_the_next_one_stores_no_picture_again(self):
        self.create()
        before = self.packs()
        second = self.create()
        self.assertEqual(self.packs(), before)
        self.assertLess(second.stat().st_size, sum(map(len, before.values())))

    def test_one_that_is_killed_is_finished_by_the_next(self):
        process = subprocess.Popen(
            [POSEVAULT, "backup", "create"], env=self.environment, cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        wait_until(lambda: list(self.repository.glob("*backup-run-*.partial")) or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        run = self.create()
        self.program("backup", "verify", run)
        self.assertEqual(list(self.repository.glob("*.partial")), [])

    def test_of_a_damaged_pack_everything_else_comes_back(self):
        run = self.create()
        [(path, content)] = self.packs().items()
        with zipfile.ZipFile(run) as archive:
            places = [json.loads(line) for line in archive.read("pictures.jsonl").splitlines()]
        victim = max(places, key=lambda place: place["size"])
        broken = bytearray(content)
        broken[victim["offset"] + victim["size"] // 2] ^= 4
        path.write_bytes(broken)
        told = self.program("backup", "verify", run, status=2).stdout
        self.assertIn(f"packs/{path.stem[:2]}/{path.name}", told)
        self.program("backup", "restore", run, status=2, DATA_DIR="restored")
        told = self.program("backup", "restore", "--salvage", run, status=3, DATA_DIR="restored").stderr
        self.assertIn(f"images/{victim['id']}.{victim['ending']}: is damaged in packs/", told)
        rows, pictures = stores.embedded(self.folder / "restored")
        self.assertEqual(rows, self.rows)
        self.assertEqual(pictures, {key: value for key, value in self.pictures.items() if key != victim["id"]})

    def test_single_pictures_come_out_of_a_run_and_of_a_whole_archive(self):
        run = self.create()
        self.program("backup", "create", "--zip", "whole.zip")
        first, second, *_ = sorted(self.pictures)
        for number, archive in enumerate([run, self.folder / "whole.zip"]):
            with self.subTest(archive.name):
                told = self.program(
                    "backup", "restore", archive, "--picture", first, "--picture", second, "--output", f"out{number}")
                paths = [self.folder / line for line in told.stdout.splitlines()]
                self.assertEqual(sorted((self.folder / f"out{number}").iterdir()), paths)
                self.assertEqual(
                    {path.stem: path.read_bytes() for path in paths},
                    {identity: self.pictures[identity][-1] for identity in (first, second)})
                absent = "0123456789abcdef01234567"
                told = self.program(
                    "backup", "restore", archive, "--picture", absent, "--output", f"out{number}", status=3).stderr
                self.assertIn(f"The picture {absent} is not in the archive.", told)
                told = self.program(
                    "backup", "restore", archive, "--picture", first, "--output", f"out{number}", status=1).stderr
                self.assertIn("is there already, and is not replaced", told)
                self.assertEqual(sorted((self.folder / f"out{number}").iterdir()), paths)

    def test_the_poses_alone_come_back_without_the_packs_and_the_storage_knows_what_it_lacks(self):
        run = self.create()
        self.program("backup", "create", "--zip", "whole.zip")
        (self.repository / "packs").rename(self.folder / "elsewhere")
        for number, archive in enumerate([run, self.folder / "whole.zip"]):
            with self.subTest(archive.name):
                target = {"DATA_DIR": f"poses{number}", "BACKUP_REPOSITORY": "", "BACKUP_DIR": f"backups{number}"}
                told = self.program("backup", "restore", "--only-poses", archive, **target).stdout
                self.assertIn(f"without their {len(self.pictures)} pictures", told)
                self.assertEqual(stores.embedded(self.folder / f"poses{number}"), (self.rows, {}))
                self.program("backup", "create", **target)
                listed = self.program("backup", "list", **target)
                self.assertIn("IN DOUBT", listed.stdout)

    def test_a_whole_archive_of_before_is_still_restored_and_listed(self):
        unset = {"BACKUP_REPOSITORY": ""}
        archive = Path(self.program("backup", "create", **unset).stdout.strip())
        run = self.create()
        listed = self.program("backup", "list").stdout
        self.assertIn(str(archive), listed)
        self.assertIn(str(run), listed)
        self.program("backup", "restore", archive, DATA_DIR="restored")
        self.assertEqual(stores.embedded(self.folder / "restored"), (self.rows, self.pictures))

    def test_a_whole_archive_is_made_where_it_is_asked_for(self):
        self.create()
        listed = self.program("backup", "list").stdout
        self.assertEqual(self.program("backup", "create", "--zip", "whole.zip").stdout, "whole.zip\n")
        self.assertEqual(self.program("backup", "list").stdout, listed)
        self.program("backup", "restore", "whole.zip", DATA_DIR="restored")
        self.assertEqual(stores.embedded(self.folder / "restored"), (self.rows, self.pictures))
        told = self.program("backup", "create", "--zip", "whole.zip", status=1).stderr
        self.assertIn("whole.zip is there already", told)
        self.assertEqual(list(self.folder.glob("*.partial")), [])

    def test_runs_are_taken_on_again_by_a_new_database(self):
        run = self.create()
        self.program("backup", "restore", run, DATA_DIR="restored")
        self.assertIn(str(run), self.program("backup", "adopt", DATA_DIR="restored").stdout)
        self.assertIn(str(run), self.program("backup", "list", DATA_DIR="restored").stdout)

    def test_what_does_not_go_with_it_is_refused_in_words(self):
        for name, value in [("BACKUP_PASSPHRASE", "secret words"), ("BACKUP_COPY_DIR", "copies"),
                            ("BACKUP_INCLUDE_CHUNKS", "true")]:
            with self.subTest(name):
                done = subprocess.run(
                    [POSEVAULT, "backup", "create"], env=self.environment | {name: value}, cwd=self.folder,
                    capture_output=True, text=True, timeout=120, check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(f"{name} can't be combined with BACKUP_REPOSITORY", done.stderr)
                self.assertNotIn("secret words", done.stderr)


if __name__ == "__main__":
    unittest.main()
