"""Rows and documents with values that PoseVault never writes, one of each kind: they cost no other anything, in lists,
exports, a backup and its restore.

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

import bson

from backup_place import Place, call, get
from database_servers import Databases
from real_server import ROOT
from torture_stores import Embedded, InDatabases

OPENAPI = ROOT / "Sources" / "WebFiles" / "page" / "api" / "openapi.json"
INT64 = (-(2**63), 2**63 - 1)


class OddRows:
    """`odd_poses` and `odd_pictures` are how many of each there are; the poses come first."""

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.count = cls.odd_poses + cls.odd_pictures + 3
        cls.place = Place(folder, [2000] * cls.count, cls.store(folder))
        names = re.findall(r'"(nose|(?:left|right)_[a-z_]+|mouth_(?:left|right))"', OPENAPI.read_text())
        pose = [{"name": name, "x": 0.5, "y": 0.5, "z": 0, "visibility": 1} for name in dict.fromkeys(names)]
        assert len(pose) == 33, len(pose)
        cls.rows = cls.spoil(json.dumps(pose))

    def test_lists_and_single_poses(self):
        with self.place.server() as base:
            listed = get(base, "/api/poses?limit=100")["data"]["poses"]
            self.assertEqual(sorted(pose["id"] for pose in listed), self.rows)
            for pose in listed:
                self.assertEqual(get(base, f"/api/poses/{pose['id']}")["data"]["id"], pose["id"])
                if re.fullmatch("[0-9a-f]{24}", pose["imageId"]):
                    # some are there, some are not; the server is, after each
                    picture, drawing = f"/api/images/{pose['imageId']}", f"/api/poses/{pose['id']}/overlay"
                    for path in (picture, f"{picture}/rendition?size=320", f"{picture}/thumbnail", drawing):
                        for accept in ("*/*", "image/svg+xml"):
                            with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError):
                                status, _ = call(base, "GET", path, headers={"Accept": accept})
                                self.assertIn(status, (404, 413, 415, 422, 503), path)
            get(base, "/api/health")

    def test_exports(self):
        with self.place.server() as base:
            # those whose keypoints are not the 33 are left out, as docs/api.md says
            with urllib.request.urlopen(f"{base}/api/poses/export?format=jsonl") as answer:
                self.assertEqual(sum(len(json.loads(line)["poses"]) for line in answer), self.count - self.odd_keypoints)
            with urllib.request.urlopen(f"{base}/api/poses/export?format=csv") as answer:
                lines = list(csv.reader(io.StringIO(answer.read().decode())))
                self.assertEqual(len(lines), self.count - self.odd_keypoints + 1)
            with urllib.request.urlopen(f"{base}/api/poses/export?format=coco") as answer:
                self.assertGreaterEqual(len(json.load(answer)["annotations"]), self.odd_pictures)

    def test_a_backup_and_its_restore(self):
        done = self.place.create()
        self.assertEqual(done.returncode, 0, done.stderr)
        [archive] = self.place.archives()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        # into an embedded storage, whatever it was made of
        before = self.place.environment
        names = [name for name in before if not name.startswith(("MYSQL_", "MONGODB_"))]
        self.place.environment = {**{name: before[name] for name in names}, "DATA_DIR": str(folder / "data")}
        try:
            done = self.place.run("backup", "restore", str(archive))
            self.assertEqual(done.returncode, 0, done.stderr)
        finally:
            self.place.environment = before
        with contextlib.closing(sqlite3.connect(folder / "data" / "posevault.sqlite")) as database:
            self.assertEqual([row for (row,) in database.execute("SELECT id FROM poses ORDER BY id")], self.rows)

    def test_doctor_names_what_is_lost(self):
        told = self.place.run("doctor", "--pictures")
        self.assertEqual(told.returncode, 1, told.stderr)
        for row in self.lost():
            self.assertRegex(told.stdout, rf"pose {row}\b")


class OddRowsEmbedded(OddRows, unittest.TestCase):
    POSES = [
        "created_at = 'yesterday'", "created_at = 9000000000000000000", "created_at = -9000000000000000000",
        "updated_at = 1e300", "corrected_at = X'00'", "keypoints = '{'", "keypoints = 17", "keypoints = X'ff00'",
        "world_keypoints = 5", "detected_keypoints = '[]'", "score = 'high'", "score = 9e999", "score = -1",
        "picture_width = 'wide'", "picture_height = -5", "file_name = X'ff00fe'", "image_id = CAST(X'ff41' AS TEXT)",
        "image_id = 12", "image_id = ''",
    ]
    PICTURES = [
        "uploaded_at = 9000000000000000000", "uploaded_at = -9000000000000000000", "uploaded_at = 'noon'",
        "length = 'long'", "length = -1", "sha256 = 'xyz'", "content_type = X'ff'", "file_name = X'fe'", "width = 'a'",
        "dataset_id = X'ff'", "id = 'nonsense'", "id = ''",
    ]
    odd_poses, odd_pictures, odd_keypoints = len(POSES), len(PICTURES), 3

    @classmethod
    def store(cls, folder):
        return Embedded(folder)

    def test_what_is_not_utf8_is_shown_escaped(self):
        """As Python does it, with its digits in capitals."""
        with self.place.server() as base:
            row = self.rows[self.POSES.index("file_name = X'ff00fe'")]
            name = get(base, f"/api/poses/{row}?include=details")["data"]["image"]["fileName"]
            self.assertEqual(name, b"\xff\0\xfe".decode("utf-8", "backslashreplace").replace("ff", "FF").replace("fe", "FE"))
            row = self.rows[self.POSES.index("image_id = CAST(X'ff41' AS TEXT)")]
            self.assertEqual(get(base, f"/api/poses/{row}")["data"]["imageId"], "\\xFFA")

    @classmethod
    def spoil(cls, keypoints):
        with contextlib.closing(sqlite3.connect(cls.place.folder / "data" / "posevault.sqlite")) as database, database:
            database.execute("UPDATE poses SET keypoints = ?", [keypoints])
            rows = [row for (row,) in database.execute("SELECT id FROM poses ORDER BY id")]
            for change, row in zip(cls.POSES, rows):
                database.execute(f"UPDATE poses SET {change} WHERE id = ?", [row])
            for change, row in zip(cls.PICTURES, rows[len(cls.POSES):]):
                database.execute(
                    f"UPDATE images SET {change} WHERE id = (SELECT image_id FROM poses WHERE id = ?)", [row])
        return rows

    def lost(self):
        return self.rows[len(self.POSES) - 3:len(self.POSES)] + self.rows[-5:-3]


class OddRowsInDatabases(OddRows, unittest.TestCase):
    # keypoints may be any text where a table was made by hand
    POSES = [
        "created_at = '0000-00-00'", "created_at = '1000-01-01'", "created_at = '9999-12-31 23:59:59'",
        "updated_at = '2025-00-10'", "corrected_at = '0001-01-01'", "keypoints = '{'", "keypoints = ''",
        "keypoints = '[1e999]'", "world_keypoints = '5'", "detected_keypoints = '[]'", "score = 3e38", "score = -1",
        "picture_width = -5", "file_name = '\\0\\n'", "image_id = 'A'", "image_id = ''",
    ]
    PICTURES = [
        {"uploadDate": bson.Int64(INT64[1])}, {"uploadDate": "noon"}, {"length": "long"}, {"length": -1},
        {"length": bson.Int64(INT64[1])}, {"length": 2.5}, {"length": float("nan")}, {"chunkSize": 0},
        {"chunkSize": -7}, {"chunkSize": bson.Int64(INT64[1])}, {"chunkSize": "big"}, {"metadata": "none"},
        {"metadata": None}, {"metadata.width": bson.Int64(INT64[0])}, {"metadata.sha256": "xyz"},
        {"metadata.contentType": 5}, {"metadata.fileName": ["a"]}, {"filename": 7}, {"metadata.datasetId": "other"},
        {"uploadDate": bson.DatetimeMS(INT64[1])}, {"uploadDate": bson.DatetimeMS(INT64[0])},
    ]
    CHUNKS = [{"n": "first"}, {"n": -1}, {"n": bson.Int64(INT64[1])}, {"data": "text"}, {"data": None}, {"data": b""}]
    odd_poses, odd_pictures, odd_keypoints = len(POSES), len(PICTURES) + len(CHUNKS), 3

    @classmethod
    def store(cls, folder):
        servers = Databases(str(folder))
        store = InDatabases(folder, servers)
        cls.addClassCleanup(servers.end)
        cls.addClassCleanup(store.end)
        return store

    @classmethod
    def spoil(cls, keypoints):
        store = cls.place.store
        sql = ["SET sql_mode = '';", "ALTER TABLE poses MODIFY keypoints LONGTEXT, MODIFY world_keypoints LONGTEXT,",
               "MODIFY detected_keypoints LONGTEXT;", f"UPDATE poses SET keypoints = '{keypoints}';"]
        rows = [int(row) for row in store.eyes.sql("SELECT id FROM poses ORDER BY id", store.name).split()]
        sql += [f"UPDATE poses SET {change} WHERE id = {row};" for change, row in zip(cls.POSES, rows)]
        store.eyes.sql("\n".join(sql), store.name)
        names = store.eyes.sql("SELECT id, image_id FROM poses", store.name).splitlines()
        pictures = dict(line.split("\t") for line in names if len(line.split("\t")) == 2)
        odd = [bson.ObjectId(pictures[str(row)]) for row in rows[len(cls.POSES):-3]]
        for change, picture in zip(cls.PICTURES, odd):
            store.images["images.files"].update_one({"_id": picture}, {"$set": change})
        for change, picture in zip(cls.CHUNKS, odd[len(cls.PICTURES):]):
            store.images["images.chunks"].update_one({"files_id": picture}, {"$set": change})
        # of another driver
        store.images["images.files"].insert_many([{"_id": "a name"}, {"_id": 7, "length": 3}, {"_id": bson.ObjectId()}])
        store.images["images.chunks"].insert_one({"_id": "a chunk of nothing"})
        return rows

    def lost(self):
        return self.rows[len(self.POSES) - 2:len(self.POSES)]


if __name__ == "__main__":
    unittest.main()
