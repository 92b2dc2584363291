"""What the adversary of torture.py, and the tests of docs/keeping.md, read and do in the stores behind PoseVault's back.

Both kinds have the same methods: `fill` gives pictures and poses to new stores; `pictures` gives the SHA-256 of each
picture that can be read, by id; `poses` the first keypoint's x of each pose, by picture; the rest breaks things as disks
and people do.
"""

import contextlib
import datetime
import hashlib
import json
import os
import random
import shutil
import sqlite3
import tempfile
from pathlib import Path

import bson
import gridfs

from database_servers import Databases, wait_until_ready
from stores import Eyes, stock


# as GridFS has it unless told otherwise
CHUNK = 255 * 1024
COLLECTIONS = ("images.files", "images.chunks", "posevault_meta")


def first(keypoints):
    return round(json.loads(keypoints)[0]["x"], 6)


class Embedded:
    def __init__(self, folder):
        self.data = folder / "data"
        self.settings = {"DATA_DIR": str(self.data)}
        self.aside = folder / "aside"

    def end(self):
        pass

    def fill(self, sizes):
        stock.fill(self.data, sizes)

    def connect(self, mode="ro", database=None):
        database = database or self.data / "posevault.sqlite"
        return contextlib.closing(
            sqlite3.connect(f"file:{database}?mode={mode}", uri=True, timeout=30, isolation_level=None))

    def pictures(self):
        found = {}
        # a folder put aside is a disk in a drawer: nothing in it is lost
        for folder in (self.data / "images", self.aside / "images"):
            for path in folder.glob("[0-9a-f][0-9a-f]/*"):
                found.setdefault(path.name[:24], set()).add(digest(path.read_bytes()))
        return found

    def present(self):
        """As `pictures`, of the place alone where the program looks."""
        return {path.name[:24]: {digest(path.read_bytes())}
                for path in (self.data / "images").glob("[0-9a-f][0-9a-f]/*")}

    def poses(self):
        """The first x of each pose, by picture."""
        with self.connect() as connection:
            rows = connection.execute("SELECT lower(image_id), keypoints FROM poses").fetchall()
        return {picture: first(keypoints) for picture, keypoints in rows}

    def pair(self, copy=None):
        """The number that the picture store holds, too, or had held when `copy` was made; none before the first start."""
        with self.connect(database=copy) as connection:
            return connection.execute("SELECT value FROM posevault_meta WHERE name = 'pair'").fetchone()

    def trash(self, copy=None):
        """How much lies in it."""
        with self.connect(database=copy) as connection:
            return connection.execute("SELECT COUNT(*) FROM posevault_trash").fetchone()[0]

    def path(self, picture):
        [path] = (self.data / "images" / picture[-2:]).glob(f"{picture}*")
        return path

    def damage(self, source, picture):
        hurt(source, self.path(picture))

    def flip(self, picture):
        """A bit rots."""
        content = bytearray(self.path(picture).read_bytes())
        content[1000] ^= 1
        self.path(picture).write_bytes(content)

    def cut(self, picture):
        self.path(picture).write_bytes(self.path(picture).read_bytes()[:700])

    def lose(self, *pictures):
        for picture in pictures:
            self.path(picture).unlink()

    def unlist(self, picture):
        """Takes the picture out of the list alone, days after its upload."""
        os.utime(self.path(picture), (1, 1))
        with self.connect("rw") as connection:
            connection.execute("DELETE FROM images WHERE id = ?", [picture])

    def has_bytes(self, picture):
        return self.path(picture).stat().st_size > 0

    def drop_poses(self, pictures, copy=None):
        with self.connect("rw", copy) as connection:
            connection.executemany("DELETE FROM poses WHERE image_id = ?", [[picture] for picture in pictures])

    def copy_database(self):
        """A copy of the pose database for `use_database`, which the adversary keeps."""
        copy = Path(tempfile.mkdtemp(dir=self.data.parent)) / "posevault.sqlite"
        with self.connect("rw") as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self.data / "posevault.sqlite", copy)
        return copy

    def use_database(self, copy):
        for path in self.data.glob("posevault.sqlite*"):
            path.unlink()
        shutil.copyfile(copy, self.data / "posevault.sqlite")

    def hide_pictures(self):
        """Another, empty disk is where the pictures were."""
        self.aside.mkdir()
        (self.data / "images").rename(self.aside / "images")
        shutil.copytree(self.aside / "images", self.data / "images", ignore=lambda folder, names: [
            name for name in names if Path(folder, name).is_file()])

    def show_pictures(self):
        shutil.rmtree(self.data / "images")
        (self.aside / "images").rename(self.data / "images")
        self.aside.rmdir()

    def copied_settings(self, folder, copy):
        """Settings of a server that was given a copy of the pose database, and production's pictures."""
        other = folder / "copied"
        other.mkdir()
        shutil.copyfile(copy, other / "posevault.sqlite")
        (other / "images").symlink_to(self.data / "images")
        return {"DATA_DIR": str(other)}

    def forget_copy(self, folder):
        shutil.rmtree(folder / "copied", ignore_errors=True)

    def wrong_settings(self, folder):
        """A name with a letter too many: an empty storage, and this one's archives."""
        return {"DATA_DIR": f"{folder}/dataa"}

    @contextlib.contextmanager
    def misled(self, environment):
        """Meanwhile another, empty place is where the pictures should be."""
        self.hide_pictures()
        yield
        self.show_pictures()

    def clear(self):
        shutil.rmtree(self.data)


class InDatabases:
    """MySQL or MariaDB, and MongoDB."""

    def __init__(self, folder, servers=None, name="posevault"):
        """In the databases `name` of `servers`, which others may use, too; without them, in servers of its own."""
        self.name, self.servers, self.own = name, servers or Databases(str(folder)), not servers
        self.settings = {**self.servers.named(name), "DATA_DIR": f"{folder}/data"}
        wait_until_ready(self.settings)
        self.eyes = Eyes(self.settings)
        self.eyes.sql(f"CREATE DATABASE {name}")
        self.images, self.hidden, self.copies = self.eyes.client[name], self.eyes.client[f"{name}_drawer"], 0

    def end(self):
        self.eyes.client.close()
        if self.own:
            self.servers.end()

    def fill(self, sizes):
        [dataset] = self.eyes.sql("SELECT value FROM posevault_meta WHERE name = 'dataset_id'", self.name).split()
        rows, files, chunks = [], [], []
        for picture, name, content, keypoints, world in stock.make(sizes):
            time = f"FROM_UNIXTIME({stock.UPLOADED_AT})"
            rows.append(f"('{picture}', '{keypoints}', {time}, {time}, 0.97, 640, 480, '{name}', '{world}')")
            files.append({
                "_id": bson.ObjectId(picture), "filename": picture, "length": len(content), "chunkSize": CHUNK,
                "uploadDate": datetime.datetime.fromtimestamp(stock.UPLOADED_AT, datetime.UTC),
                "metadata": {"contentType": "image/jpeg", "sha256": digest(content), "width": 640, "height": 480,
                             "fileName": name, "datasetId": dataset}})
            chunks += ({"files_id": bson.ObjectId(picture), "n": number, "data": content[start : start + CHUNK]}
                       for number, start in enumerate(range(0, len(content), CHUNK)))
        for begin in range(0, len(rows), 200):
            self.eyes.sql(
                "INSERT INTO poses (image_id, keypoints, created_at, updated_at, score, picture_width, picture_height,"
                f" file_name, world_keypoints) VALUES {', '.join(rows[begin : begin + 200])}", self.name)
        self.images["images.files"].insert_many(files)
        self.images["images.chunks"].insert_many(chunks)

    def pictures(self):
        found = self.present()
        for picture, digests in read(self.hidden).items():
            found.setdefault(picture, set()).update(digests)
        return found

    def present(self):
        return read(self.images)

    def poses(self):
        lines = self.eyes.sql("SELECT LOWER(image_id), HEX(keypoints) FROM poses", self.name).splitlines()
        rows = (line.split("\t") for line in lines)
        return {picture: first(bytes.fromhex(text)) for picture, text in rows}

    def pair(self, copy=None):
        """The number that the picture store holds, too, or had held when `copy` was made; none before the first start."""
        return self.eyes.sql("SELECT value FROM posevault_meta WHERE name = 'pair'", copy or self.name)

    def trash(self, copy=None):
        """How much lies in it."""
        return int(self.eyes.sql("SELECT COUNT(*) FROM posevault_trash", copy or self.name))

    def damage(self, source, picture):
        chunks = self.images["images.chunks"]
        # adopted pictures may have other ids; those of the adversary never do
        chunk = chunks.find_one({"files_id": bson.ObjectId(picture)})
        match source.randrange(4) if chunk else 3:
            case 0:
                data = bytearray(chunk["data"])
                data[source.randrange(len(data))] ^= 1 << source.randrange(8)
                chunks.update_one({"_id": chunk["_id"]}, {"$set": {"data": bytes(data)}})
            case 1:
                cut = chunk["data"][: source.randrange(len(chunk["data"]))]
                chunks.update_one({"_id": chunk["_id"]}, {"$set": {"data": cut}})
            case 2:
                chunks.delete_many({"files_id": bson.ObjectId(picture)})
            case 3:
                chunks.delete_many({"files_id": bson.ObjectId(picture)})
                self.images["images.files"].delete_one({"_id": bson.ObjectId(picture)})

    def flip(self, picture):
        """A bit rots."""
        chunk = self.images["images.chunks"].find_one({"files_id": bson.ObjectId(picture)})
        data = bytearray(chunk["data"])
        data[1000] ^= 1
        self.images["images.chunks"].update_one({"_id": chunk["_id"]}, {"$set": {"data": bytes(data)}})

    def cut(self, picture):
        chunk = self.images["images.chunks"].find_one({"files_id": bson.ObjectId(picture)})
        self.images["images.chunks"].update_one({"_id": chunk["_id"]}, {"$set": {"data": chunk["data"][:700]}})

    def unlist(self, picture):
        self.images["images.files"].delete_one({"_id": bson.ObjectId(picture)})

    def has_bytes(self, picture):
        return self.images["images.chunks"].count_documents({"files_id": bson.ObjectId(picture)}) > 0

    def lose(self, *pictures):
        names = [bson.ObjectId(picture) for picture in pictures]
        self.images["images.files"].delete_many({"_id": {"$in": names}})
        self.images["images.chunks"].delete_many({"files_id": {"$in": names}})

    def drop_poses(self, pictures, copy=None):
        names = ", ".join(f"'{picture}'" for picture in pictures)
        self.eyes.sql(f"DELETE FROM poses WHERE image_id IN ({names})", copy or self.name)

    def copy_database(self):
        self.copies += 1
        name = f"{self.name}_copy{self.copies}"
        self.copy(self.name, name)
        return name

    def use_database(self, copy):
        self.copy(copy, self.name)

    def copy(self, name, other):
        tables = self.eyes.sql(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{name}'").split()
        lines = [f"DROP DATABASE IF EXISTS {other}; CREATE DATABASE {other};"]
        for table in tables:
            lines.append(f"CREATE TABLE {other}.{table} LIKE {name}.{table};")
            lines.append(f"INSERT INTO {other}.{table} SELECT * FROM {name}.{table};")
        self.eyes.sql("\n".join(lines))

    def hide_pictures(self):
        """Another, empty database is where the pictures were."""
        for name in COLLECTIONS:
            self.eyes.client.admin.command(
                "renameCollection", f"{self.images.name}.{name}", to=f"{self.hidden.name}.{name}", dropTarget=True)

    def show_pictures(self):
        for name in COLLECTIONS:
            self.eyes.client.admin.command(
                "renameCollection", f"{self.hidden.name}.{name}", to=f"{self.images.name}.{name}", dropTarget=True)

    def copied_settings(self, folder, copy):
        return {**self.settings, "MYSQL_DATABASE": copy}

    def forget_copy(self, folder):
        pass

    def wrong_settings(self, folder):
        return {**self.settings, "MONGODB_URI": self.settings["MONGODB_URI"] + "s"}

    @contextlib.contextmanager
    def misled(self, environment):
        """Meanwhile the pictures' database is another, empty one."""
        environment.update(self.wrong_settings(None))
        yield
        environment.update(self.settings)

    def clear(self):
        self.eyes.sql(f"DROP DATABASE {self.name}; CREATE DATABASE {self.name}")
        self.eyes.client.drop_database(self.name)


def read(database):
    found, bucket = {}, gridfs.GridFSBucket(database, "images")
    for document in database["images.files"].find():
        with contextlib.suppress(gridfs.errors.CorruptGridFile):
            found[str(document["_id"])] = {digest(bucket.open_download_stream(document["_id"]).read())}
    return found


def digest(content):
    return hashlib.sha256(content).hexdigest()


def hurt(source: random.Random, path):
    """A bit that rots, a file that was cut, one that is gone."""
    content = bytearray(path.read_bytes())
    match source.randrange(3) if content else 2:
        case 0:
            content[source.randrange(len(content))] ^= 1 << source.randrange(8)
            path.write_bytes(content)
        case 1:
            path.write_bytes(content[: source.randrange(len(content))])
        case 2:
            path.unlink()
