"""Makes the broken archives beside this file anew, out of format-1.zip or what a case names: regenerate.py

format-1.zip and format-2.zip are kept for ever, since every later version must read them, and so is encrypted.zip. They
were made by the program of their time from what `fill` puts into a storage; where one is missing, POSEVAULT makes it
(else .build/release/posevault).
"""

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
POSEVAULT = os.environ.get("POSEVAULT", str(ROOT / ".build" / "release" / "posevault"))
BREAKER = ROOT / "Tests" / "BackupTests" / "Support" / "break_archive.py"
GOOD, ENCRYPTED, SECOND = HERE / "format-1.zip", HERE / "encrypted.zip", HERE / "format-2.zip"

sys.path.insert(0, str(ROOT / "Tests" / "Python"))
import archive_reader  # noqa: E402

UPLOADED_AT = 1_765_362_600


def main():
    if not GOOD.exists():
        make(GOOD)
    if not SECOND.exists():
        make(SECOND)
    if not ENCRYPTED.exists():
        make(ENCRYPTED, {"BACKUP_PASSPHRASE": "correct horse"})
    for case in json.loads((HERE / "cases.json").read_text()):
        if how := case.get("made"):
            command = [sys.executable, str(BREAKER), how, str(HERE / case.get("of", GOOD.name)), str(HERE / case["file"])]
            subprocess.run(command, check=True)
    leave_out(GOOD, HERE / "row-left-out.zip")


def make(place, settings=None):
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "DATA_DIR": f"{folder}/data", "BACKUP_DIR": f"{folder}/backups"}
        environment |= {"BACKUP_INCLUDE_CHUNKS": "true"} | (settings or {})
        for command in (["migrate"], ["backup", "create"]):
            output = subprocess.run([POSEVAULT, *command], env=environment, check=True, cwd=folder, stdout=subprocess.PIPE)
            if command == ["migrate"]:
                fill(Path(folder) / "data")
        shutil.move(output.stdout.decode().strip(), place)
        place.chmod(0o644)


def fill(data):
    """Pictures of each kind, and rows of all that may be in a row."""
    contents = [
        ("image/jpeg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4),
        ("image/jpeg", b"\xff\xd8\xff\xe1" + bytes(range(255, -1, -1)) * 5),
        ("image/png", b"\x89PNG\r\n\x1a\n" + b"png" * 100),
        ("image/webp", (ROOT / "Tests" / "Fixtures" / "webp" / "lossy-1x1.webp").read_bytes()),
        (None, b"neither of these"),
    ]
    extensions = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", None: "bin"}
    with contextlib.closing(sqlite3.connect(data / "posevault.sqlite", isolation_level=None)) as connection:
        [dataset] = connection.execute("SELECT value FROM posevault_meta WHERE name = 'dataset_id'").fetchone()
        ids = [f"69394de8{number:016x}" for number in range(len(contents))]
        for picture, (kind, content) in zip(ids, contents):
            (data / "images" / picture[-2:] / f"{picture}.{extensions[kind]}").write_bytes(content)
            connection.execute(
                "INSERT INTO images (id, length, uploaded_at, content_type, sha256, width, height, file_name, dataset_id)"
                " VALUES (?, ?, ?, ?, ?, 640, 480, ?, ?)",
                (picture, len(content), UPLOADED_AT, kind, hashlib.sha256(content).hexdigest(), "Übung '1'.jpg", dataset),
            )
        rows = [
            (ids[0], keypoints(1), UPLOADED_AT, UPLOADED_AT, None, 0.97, "run/a.jpg", keypoints(2), None),
            (ids[0], keypoints(3), UPLOADED_AT + 1, UPLOADED_AT + 5, UPLOADED_AT + 5, 1.0, None, None, keypoints(4)),
            (ids[1], keypoints(5), UPLOADED_AT + 2, UPLOADED_AT + 2, None, 1e-5, "o'hara \\ \r\n\x1a 🧘", None, None),
            (ids[2].upper(), "[ ]", None, None, None, None, None, None, None),
            (ids[3], '["a\\"b\\\\c"]', 1, 2_147_483_647, None, None, "", None, None),
            (ids[4], keypoints(6), UPLOADED_AT + 5, UPLOADED_AT + 5, None, 0.5, None, None, None),
            ("no id at all", "[]", 0, 0, None, None, None, None, None),
            ("f" * 24, "[]", 0, 0, None, None, None, None, None),
        ]
        for row in rows:
            connection.execute(
                "INSERT INTO poses (image_id, keypoints, created_at, updated_at, corrected_at, score, file_name,"
                " world_keypoints, detected_keypoints) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        connection.execute("DELETE FROM poses WHERE id = 6")


def keypoints(number):
    return json.dumps([{"x": round(0.0123 * number + index / 7, 6), "name": "nose"} for index in range(3)])


def leave_out(sound, place):
    """A sound archive as one that lost a row and its picture meanwhile would be: the last row that has a picture."""
    manifest, rows = archive_reader.check(sound)
    row = next(row for row in reversed(rows) if archive_reader.PICTURE.match(f"images/{row[1].decode()}.jpg")
               and row[1] != b"f" * 24)
    picture = row[1].decode()
    with zipfile.ZipFile(sound) as archive:
        entries = [(info, archive.read(info)) for info in archive.infolist() if picture not in info.filename]
    contents = {info.filename: data for info, data in entries}
    for name in (archive_reader.FILES, archive_reader.CHUNKS):
        lines = contents[name].splitlines(keepends=True)
        contents[name] = b"".join(line for line in lines if picture.encode() not in line)
    lines = contents[archive_reader.DUMP].splitlines(keepends=True)
    contents[archive_reader.DUMP] = b"".join(line for line in lines if not line.startswith(b"(%s," % row[0].encode()))
    texts = [text for text in (row[2], row[10], row[11]) if text is not None]
    manifest["leftOut"] = [{
        "id": int(row[0]), "bytes": sum(map(len, texts)), "checksum": sum(map(archive_reader.zlib.crc32, texts)),
        "digest": archive_reader.row_digest(row).hex(),
    }]
    listed = [name for name in contents if name not in (archive_reader.ENTRIES, archive_reader.MANIFEST)]
    contents[archive_reader.ENTRIES] = b"".join(
        json.dumps({"name": name, "size": len(contents[name]), "sha256": hashlib.sha256(contents[name]).hexdigest()})
        .encode() + b"\n" for name in listed
    )
    pictures = [len(contents[name]) for name in listed if name.startswith("images/")]
    manifest["pictures"] = {"count": len(pictures), "bytes": sum(pictures), "leftOut": 1}
    entries_sha256 = hashlib.sha256(contents[archive_reader.ENTRIES]).hexdigest()
    manifest["entries"] = {"count": len(listed), "sha256": entries_sha256}
    contents[archive_reader.MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(place, "w") as archive:
        for info, _ in entries:
            archive.writestr(zipfile.ZipInfo(info.filename, info.date_time), contents[info.filename], info.compress_type)


main()
