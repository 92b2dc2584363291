"""Fills an embedded storage with many poses and pictures, without a server and without finding anybody in them.

A backup does not look into pictures, so these are any bytes, each picture's own.
"""

import contextlib
import hashlib
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

UPLOADED_AT = 1_765_000_000
LANDMARKS = 33


def make(sizes: list[int], begin: int = 0) -> Iterator[tuple[str, str, bytes, str, str]]:
    """A picture of each of these sizes in bytes, as id, file name and content, and the keypoints of a pose of each."""
    source = random.Random(1)
    poses = [(keypoints(source, 0), keypoints(source, 1)) for _ in range(200)]
    block = source.randbytes(1 << 20)
    for number, size in enumerate(sizes, begin):
        # as spread as ObjectIds of many seconds are; the last two digits are the picture's folder
        picture = f"{UPLOADED_AT + number // 100:08x}{0:08x}{number:08x}"
        content = (b"\xff\xd8\xff\xe0%016d" % number + block * (size // len(block) + 1))[:size]
        yield picture, f"run/{number}.jpg", content, *poses[number % len(poses)]


def fill(data: Path, sizes: list[int], begin: int = 0) -> None:
    """The same in the embedded storage `data`; `posevault migrate` has made the tables. The first has the number `begin`."""
    with contextlib.closing(sqlite3.connect(data / "posevault.sqlite", isolation_level=None)) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.execute("BEGIN")
        [dataset] = cursor.execute("SELECT value FROM posevault_meta WHERE name = 'dataset_id'").fetchone()
        for picture, name, content, pose, world in make(sizes, begin):
            (data / "images" / picture[-2:] / f"{picture}.jpg").write_bytes(content)
            cursor.execute(
                "INSERT INTO images (id, length, uploaded_at, content_type, sha256, width, height, file_name, dataset_id)"
                " VALUES (?, ?, ?, 'image/jpeg', ?, 640, 480, ?, ?)",
                (picture, len(content), UPLOADED_AT, hashlib.sha256(content).hexdigest(), name, dataset),
            )
            cursor.execute(
                "INSERT INTO poses (image_id, keypoints, created_at, updated_at, score, picture_width, picture_height,"
                " file_name, world_keypoints) VALUES (?, ?, ?, ?, 0.97, 640, 480, ?, ?)",
                (picture, pose, UPLOADED_AT, UPLOADED_AT, name, world),
            )
        cursor.execute("COMMIT")


def keypoints(source: random.Random, middle: float) -> str:
    """33 keypoints as PoseVault stores them: nine digits, about 4 KB."""
    items = (
        f'{{"x":{source.random():.9f},"y":{source.random():.9f},"z":{source.random() - middle:.9f},'
        f'"visibility":{source.random():.9f},"presence":{source.random():.9f},"name":"right_foot_index"}}'
        for _ in range(LANDMARKS)
    )
    return f"[{','.join(items)}]"
