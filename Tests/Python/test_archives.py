"""What the program says of archives that are kept as fixtures, and what another reader says of them.

The reader is archive_reader.py, written from docs/backup-format.md alone. POSEVAULT names the program, else
.build/debug/posevault.
"""

import json
import os
import subprocess
import tempfile
import unittest

import archive_reader
from real_server import CASES, POSEVAULT, ROOT

ARCHIVES = ROOT / "Tests" / "Fixtures" / "archives"
PASSPHRASE = "correct horse"


class Fixtures(unittest.TestCase):
    def test_each_is_there(self):
        cases = json.loads((ARCHIVES / "cases.json").read_text())
        self.assertEqual({case["file"] for case in cases}, {path.name for path in ARCHIVES.glob("*.zip")})

    def test_program_says_what_is_wrong_and_where(self):
        for case in json.loads((ARCHIVES / "cases.json").read_text()):
            with self.subTest(case["file"]), tempfile.TemporaryDirectory() as folder:
                done = verify(ARCHIVES / case["file"], folder)
                self.assertEqual(done.returncode, case["status"], done.stdout + done.stderr)
                self.assertIn(case["says"], done.stderr if case["status"] == 1 else done.stdout)
                # neither the archive's files nor the throwaway database
                self.assertEqual(os.listdir(folder), [])

    def test_passphrase_opens_the_encrypted_one(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(verify(ARCHIVES / "encrypted.zip", folder, BACKUP_PASSPHRASE=PASSPHRASE).returncode, 0)

    def test_another_reader_says_the_same(self):
        for case in json.loads((ARCHIVES / "cases.json").read_text()):
            with self.subTest(case["file"]):
                match case["status"], case["file"]:
                    case 0, name:
                        manifest, rows = archive_reader.check(ARCHIVES / name)
                        self.assertEqual(len(rows) + len(manifest["leftOut"]), archive_reader.poses(manifest)["rows"]["count"])
                    case _, "encrypted.zip":
                        pass
                    case _, name:
                        with self.assertRaises(archive_reader.Damaged):
                            archive_reader.check(ARCHIVES / name)

    def test_first_format_holds_what_was_put_in(self):
        _, rows = archive_reader.check(ARCHIVES / "format-1.zip")
        rows = {int(row[0]): row for row in rows}
        self.assertEqual(list(rows), [1, 2, 3, 4, 5, 7, 8])
        self.assertEqual(rows[3][6], "1e-05")
        self.assertEqual(rows[3][9], "o'hara \\ \r\n\x1a 🧘".encode())
        self.assertEqual(rows[4][1:], (b"69394DE80000000000000002", b"[ ]") + (None,) * 9)
        self.assertEqual(rows[5][2:5], (b'["a\\"b\\\\c"]', 1, 2_147_483_647))
        self.assertEqual(rows[7][1], b"no id at all")


    def test_second_format_holds_what_was_put_in(self):
        _, first = archive_reader.check(ARCHIVES / "format-1.zip")
        manifest, rows = archive_reader.check(ARCHIVES / "format-2.zip")
        self.assertEqual(rows, first)
        self.assertEqual(manifest["lost"], [{"row": 7, "imageId": "no id at all"}, {"row": 8, "imageId": "f" * 24}])

    def test_what_this_version_does_not_know_is_told(self):
        for name, says in (
            ("later-kind", "It holds 1 entry of a kind that this version does not know: clip."),
            ("later-table", "It holds the table posevault_x, which this version does not know."),
            ("later-column", "Its table poses has columns that this version does not know: subject_id."),
        ):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                self.assertIn(f"Warning: {says}", verify(ARCHIVES / f"{name}.zip", folder).stderr)


class RealArchive(unittest.TestCase):
    """Of real pictures, with poses that were found in them."""

    def test_another_reader_proves_it(self):
        for chunks in ("false", "true"):
            with self.subTest(chunks=chunks), tempfile.TemporaryDirectory() as folder:
                settings = environment(folder) | {"BACKUP_INCLUDE_CHUNKS": chunks}
                imported = run(["import", "--max-poses", "2", "two.png", "astronaut-cut-below.jpg"], settings, CASES)
                self.assertEqual(imported.returncode, 0, imported.stderr)
                made = run(["backup", "create"], settings, folder)
                self.assertEqual(made.returncode, 0, made.stderr)
                path = made.stdout.strip()
                manifest, rows = archive_reader.check(path)
                self.assertEqual((len(rows), manifest["pictures"]["count"]), (3, 2))
                names = {"two.png", "astronaut-cut-below.jpg"}
                self.assertEqual({row[9].decode().split("/")[-1] for row in rows}, names)
                self.assertTrue(all(len(json.loads(row[2])) == 33 for row in rows))


def environment(folder):
    return {"PATH": os.environ["PATH"], "DATA_DIR": f"{folder}/data", "BACKUP_DIR": f"{folder}/backups", "TMPDIR": folder}


def run(arguments, settings, folder):
    return subprocess.run(
        [POSEVAULT, *arguments], env=settings, cwd=folder, capture_output=True, text=True, timeout=300)


def verify(archive, folder, **settings):
    return run(["backup", "verify", str(archive)], environment(folder) | settings, folder)


if __name__ == "__main__":
    unittest.main()
