"""What storages hold, read without PoseVault: by Python's sqlite3, by MySQL's stock client and by pymongo.

Rows are tuples in the order of `COLUMNS`, with times in seconds and text as bytes. Pictures are their document's fields
and their bytes, by id.
"""

import contextlib
import hashlib
import json
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import gridfs
import pymongo

from real_server import ROOT

sys.path.insert(0, str(ROOT / "Benchmarks"))
import stock  # noqa: E402

TEXTS = {"image_id", "keypoints", "file_name", "world_keypoints", "detected_keypoints"}
TIMES = {"created_at", "updated_at", "corrected_at"}
COLUMNS = [
    "id", "image_id", "keypoints", "created_at", "updated_at", "corrected_at", "score", "picture_width",
    "picture_height", "file_name", "world_keypoints", "detected_keypoints",
]
SCORE = COLUMNS.index("score")
# what of a picture's document the two kinds of storage name differently
FIELDS = {"contentType": "content_type", "sha256": "sha256", "width": "width", "height": "height",
          "fileName": "file_name", "datasetId": "dataset_id"}


def fill(data):
    """Poses of all kinds in the new storage `data`, and their pictures, of no, one and several of GridFS's chunks."""
    stock.fill(data, [0, 1000, 255 * 1024, 600_000, 20_000, 20_000, 20_000, 20_000])
    keypoints = json.dumps([{"x": round(0.0123 * index, 6), "name": "nose"} for index in range(3)])
    with contextlib.closing(sqlite3.connect(data / "posevault.sqlite", isolation_level=None)) as connection:
        def change(assignments, number, *values):
            connection.execute(f"UPDATE poses SET {assignments} WHERE id = {number}", values)

        change("corrected_at = created_at + 9, updated_at = created_at + 9, detected_keypoints = ?", 2, keypoints)
        change("image_id = UPPER(image_id), created_at = NULL, updated_at = NULL, score = NULL", 3)
        change("file_name = ?, world_keypoints = NULL", 4, "Übung 'o\"hara' \\ \r\n\x1a\t🧘.jpg")
        change("created_at = 1, updated_at = 2147483647, score = 1e-05, keypoints = ?", 5, '["a\\"b\\\\c", "\\u0000", 0.1]')
        connection.execute(
            "INSERT INTO poses (image_id, keypoints, created_at, updated_at, file_name) SELECT image_id, ?, 2, 3, ''"
            " FROM poses WHERE id = 1", [keypoints])
        # ids with gaps; the last one was given, too
        [picture] = connection.execute("SELECT image_id FROM poses WHERE id = 6").fetchone()
        connection.execute("DELETE FROM poses WHERE id IN (6, 9)")
        connection.execute("DELETE FROM images WHERE id = ?", [picture])
        (data / "images" / picture[-2:] / f"{picture}.jpg").unlink()


def embedded(data):
    """The rows and the pictures in the embedded storage `data`."""
    with contextlib.closing(sqlite3.connect(f"file:{data}/posevault.sqlite?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM poses ORDER BY id").fetchall()
        columns = ", ".join(["id", "length", "uploaded_at", *FIELDS.values()])
        known = connection.execute(f"SELECT {columns} FROM images").fetchall()
    files = {path.name[:24]: path for path in Path(data, "images").glob("[0-9a-f][0-9a-f]/*")}
    assert len(files) == len(known)
    pictures = {}
    for identity, length, uploaded_at, *values in known:
        content = files[identity.decode()].read_bytes()
        assert len(content) == length
        pictures[identity.decode()] = (uploaded_at, *map(text, values), content)
    return [row[:SCORE] + (single(row[SCORE]),) + row[SCORE + 1 :] for row in found], pictures


class Eyes:
    """What others see in MySQL or MariaDB and in MongoDB, whose administrators need no password.

    `mysql` and `mongodb` are their ports of 127.0.0.1."""

    def __init__(self, settings):
        self.mysql = settings["MYSQL_PORT"]
        self.client = pymongo.MongoClient(settings["MONGODB_URI"], tz_aware=True)
        self.mongodb = self.client.address[1]

    def sql(self, statements, database=""):
        command = [
            "mysql", "--no-defaults", "--protocol=tcp", "--host=127.0.0.1", f"--port={self.mysql}", "--user=root",
            "--batch", "--skip-column-names", "--default-character-set=utf8mb4", *([database] if database else []),
        ]
        done = subprocess.run(command, input=statements, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def everything(self):
        """All names of databases, tables and collections, and how much is in each."""
        tables = self.sql("SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables").split()
        ours = [name for name in tables if name.split(".")[0].lower() not in
                ("information_schema", "performance_schema", "mysql", "sys")]
        sums = [self.sql(f"SHOW CREATE TABLE {name}; CHECKSUM TABLE {name}") for name in sorted(ours)]
        collections = [
            (name, collection, self.client[name][collection].estimated_document_count())
            for name in sorted(self.client.list_database_names()) if name not in ("admin", "config", "local")
            for collection in sorted(self.client[name].list_collection_names())
        ]
        return self.sql("SHOW DATABASES"), sums, collections

    def contents(self, poses, images):
        """The rows and the pictures in the databases of these names."""
        columns = [
            f"HEX({name})" if name in TEXTS else f"UNIX_TIMESTAMP({name})" if name in TIMES else name
            for name in COLUMNS
        ]
        lines = self.sql(f"SELECT {', '.join(columns)} FROM poses ORDER BY id", poses).splitlines()
        rows = [tuple(map(value, COLUMNS, line.split("\t"))) for line in lines]
        database, pictures = self.client[images], {}
        bucket = gridfs.GridFSBucket(database, "images")
        for document in database["images.files"].find():
            metadata = document["metadata"]
            content = bucket.open_download_stream(document["_id"]).read()
            pictures[str(document["_id"])] = (
                int(document["uploadDate"].timestamp()), *(metadata.get(name) for name in FIELDS), content)
        return rows, pictures


def text(found):
    return found.decode() if isinstance(found, bytes) else found


def value(name, found):
    if found == "NULL":
        return None
    if name in TEXTS:
        return bytes.fromhex(found)
    return single(float(found)) if name == "score" else int(found)


def single(number):
    """A score as it is, in single precision; both kinds of storage keep it in double precision."""
    return None if number is None else struct.unpack("f", struct.pack("f", number))[0]


def expect_same(case, found, expected):
    """Row by row and byte by byte."""
    case.assertEqual([row[0] for row in found[0]], [row[0] for row in expected[0]])
    for row, other in zip(found[0], expected[0]):
        case.assertEqual(row, other)
    case.assertEqual(found[1].keys(), expected[1].keys())
    for identity, (*fields, content) in found[1].items():
        *other_fields, other_content = expected[1][identity]
        case.assertEqual(fields, other_fields)
        case.assertTrue(content == other_content, f"the bytes of {identity} differ")


def tree(folder):
    """Every file, folder and link below it, with what is in it."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, content(path)) for path in sorted(Path(folder).rglob("*"))
    }


def content(path):
    if path.is_symlink():
        return str(path.readlink())
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
