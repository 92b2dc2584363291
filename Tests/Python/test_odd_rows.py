"""Rows with values that PoseVault never writes, one of each kind: they cost no other row anything, in lists, exports, a
backup and its restore.

POSEVAULT names the program, else .build/debug/posevault.
"""

import contextlib
import csv
import io
import json
import re
import sqlite3
import tempfile
import unittest
import urllib.request
from pathlib import Path

from backup_place import Place, get
from real_server import ROOT

ODD_POSES = [
    "created_at = 'yesterday'", "created_at = 9000000000000000000", "created_at = -9000000000000000000",
    "updated_at = 1e300", "corrected_at = X'00'", "keypoints = '{'", "keypoints = 17", "keypoints = X'ff00'",
    "world_keypoints = 5", "detected_keypoints = '[]'", "score = 'high'", "score = 9e999", "score = -1",
    "picture_width = 'wide'", "picture_height = -5", "file_name = X'ff00fe'", "image_id = CAST(X'ff41' AS TEXT)",
    "image_id = 12", "image_id = ''",
]
ODD_PICTURES = [
    "uploaded_at = 9000000000000000000", "uploaded_at = -9000000000000000000", "uploaded_at = 'noon'", "length = 'long'",
    "length = -1", "sha256 = 'xyz'", "content_type = X'ff'", "file_name = X'fe'", "width = 'a'", "dataset_id = X'ff'",
    "id = 'nonsense'", "id = ''",
]
OPENAPI = ROOT / "Sources" / "WebFiles" / "page" / "api" / "openapi.json"
COUNT = len(ODD_POSES) + len(ODD_PICTURES) + 3


class OddRows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.place = Place(folder, [2000] * COUNT)
        with contextlib.closing(sqlite3.connect(folder / "data" / "posevault.sqlite")) as database, database:
            names = re.findall(r'"(nose|(?:left|right)_[a-z_]+|mouth_(?:left|right))"', OPENAPI.read_text())
            pose = [{"name": name, "x": 0.5, "y": 0.5, "z": 0, "visibility": 1} for name in dict.fromkeys(names)]
            assert len(pose) == 33, len(pose)
            database.execute("UPDATE poses SET keypoints = ?", [json.dumps(pose)])
            rows = [row for (row,) in database.execute("SELECT id FROM poses ORDER BY id")]
            for change, row in zip(ODD_POSES, rows):
                database.execute(f"UPDATE poses SET {change} WHERE id = ?", [row])
            for change, row in zip(ODD_PICTURES, rows[len(ODD_POSES):]):
                database.execute(
                    f"UPDATE images SET {change} WHERE id = (SELECT image_id FROM poses WHERE id = ?)", [row])
        cls.rows = rows

    def test_lists_and_single_poses(self):
        with self.place.server() as base:
            listed = get(base, "/api/poses?limit=100")["data"]["poses"]
            self.assertEqual(sorted(pose["id"] for pose in listed), self.rows)
            for row in self.rows:
                self.assertEqual(get(base, f"/api/poses/{row}")["data"]["id"], row)

    def test_exports(self):
        with self.place.server() as base:
            # those whose keypoints are not the 33 are left out, as docs/api.md says
            whole = COUNT - sum(change.startswith("keypoints") for change in ODD_POSES)
            with urllib.request.urlopen(f"{base}/api/poses/export?format=jsonl") as answer:
                self.assertEqual(sum(len(json.loads(line)["poses"]) for line in answer), whole)
            with urllib.request.urlopen(f"{base}/api/poses/export?format=csv") as answer:
                self.assertEqual(len(list(csv.reader(io.StringIO(answer.read().decode())))), whole + 1)
            with urllib.request.urlopen(f"{base}/api/poses/export?format=coco") as answer:
                self.assertGreaterEqual(len(json.load(answer)["annotations"]), len(ODD_PICTURES))

    def test_a_backup_and_its_restore(self):
        done = self.place.create()
        self.assertEqual(done.returncode, 0, done.stderr)
        [archive] = self.place.archives()
        restored = self.place.folder / "restored"
        self.place.environment["DATA_DIR"] = str(restored)
        try:
            done = self.place.run("backup", "restore", str(archive))
            self.assertEqual(done.returncode, 0, done.stderr)
        finally:
            self.place.environment["DATA_DIR"] = str(self.place.folder / "data")
        with contextlib.closing(sqlite3.connect(restored / "posevault.sqlite")) as database:
            self.assertEqual([row for (row,) in database.execute("SELECT id FROM poses ORDER BY id")], self.rows)

    def test_doctor_names_what_is_lost(self):
        told = self.place.run("doctor", "--pictures").stdout
        for row in self.rows[len(ODD_POSES) - 3:len(ODD_POSES)] + self.rows[-5:-3]:
            self.assertRegex(told, rf"pose {row}\b")
