"""Another reader of archives, written from docs/backup-format.md alone: archive_reader.py FILE tells what is wrong.

It uses Python's zipfile and pymongo's bson.json_util, and nothing of PoseVault's.
"""

import calendar
import hashlib
import json
import re
import sys
import time
import zipfile
import zlib
from pathlib import Path

from bson import ObjectId, json_util

PICTURE = re.compile(r"images/([0-9a-f]{24})\.(jpg|png|webp|bin)")
DUMP, FILES, CHUNKS = "mysql/poses.sql", "mongodb/images.files.json", "mongodb/images.chunks.json"
ENTRIES, MANIFEST = "entries.jsonl", "manifest.json"

# the columns, and how each is written
COLUMNS = ["number", "text", "text", "time", "time", "time", "number", "number", "number", "text", "text", "text"]
VALUE = re.compile(rb"NULL|-?[0-9][0-9.e+-]*|'(?:[^'\\\0\n\r\x1a]|\\[0nrZ\\'])*'")
ESCAPES = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"Z": b"\x1a", b"\\": b"\\", b"'": b"'"}
# the page itself has every line that is not a row: before the first, above each statement, an example, at the end
PAGE = Path(__file__).resolve().parents[2] / "docs" / "backup-format.md"
HEADER, INSERT, _, FOOTER = re.findall(rb"```sql\n(.*?)```", PAGE.read_bytes(), re.DOTALL)
HEADER = re.compile(re.sub(rb"AUTO_INCREMENT=\d+ ", rb"AUTO_INCREMENT=(?P<next>\\d+) ", re.escape(HEADER).replace(rb"\ ", b" ")))


class Damaged(Exception):
    """The archive is not what it says it is."""


def require(condition, what):
    if not condition:
        raise Damaged(what)


def check(path):
    """The manifest and the rows of an archive in which all is as it must be."""
    try:
        with zipfile.ZipFile(path) as archive:
            return Archive(archive).check()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise Damaged(f"not a ZIP file that can be read: {error}") from error
    except ValueError as error:
        raise Damaged(f"neither JSON nor a number where one has to be: {error}") from error


class Archive:
    def __init__(self, archive):
        self.archive = archive
        self.names = archive.namelist()

    def check(self):
        require(len(self.names) == len(set(self.names)), "a name is there twice")
        fixed = {DUMP, FILES, CHUNKS, ENTRIES, MANIFEST}
        for info in self.archive.infolist():
            require(info.filename in fixed or PICTURE.fullmatch(info.filename), f"{info.filename!r} is no entry's name")
            require((info.external_attr >> 28) in (0, 8), f"{info.filename} is not a file")
        require({DUMP, FILES, ENTRIES, MANIFEST} <= set(self.names), "an entry is missing")
        manifest = json.loads(self.archive.read(MANIFEST))
        require(manifest["format"] == 1, f"format {manifest['format']} is not known")
        self.check_list(manifest)
        rows = list(self.rows())
        self.check_documents()
        self.check_rows(manifest, rows)
        return manifest, rows

    def check_list(self, manifest):
        content = self.archive.read(ENTRIES)
        require(hashlib.sha256(content).hexdigest() == manifest["entries"]["sha256"], "another list of entries")
        records = [json.loads(line) for line in content.splitlines()]
        self.records = {record["name"]: record for record in records}
        require(len(records) == len(self.records) == manifest["entries"]["count"], "another number of entries")
        require(self.records.keys() == set(self.names) - {ENTRIES, MANIFEST}, "the list names other entries")
        self.pictures = {PICTURE.fullmatch(name)[1]: record for name, record in self.records.items() if PICTURE.match(name)}
        sizes = [record["size"] for record in self.pictures.values()]
        named = sum(name.startswith("images/") for name in self.records)
        require(named == len(sizes) == manifest["pictures"]["count"], "another number of pictures")
        require(sum(sizes) == manifest["pictures"]["bytes"], "another size of all pictures")
        for name, record in self.records.items():
            require(self.archive.getinfo(name).file_size == record["size"], f"{name} is said to have another size")
            digest, size = hashlib.sha256(), 0
            with self.archive.open(name) as entry:
                while piece := entry.read(1 << 20):
                    digest.update(piece)
                    size += len(piece)
            require((size, digest.hexdigest()) == (record["size"], record["sha256"]), f"{name} is not what is listed")

    def rows(self):
        """Tuples of twelve values: None, text as bytes, times in seconds, other numbers as they are written."""
        content = self.archive.read(DUMP)
        header = HEADER.match(content)
        require(header and content.endswith(FOOTER), "the dump is cut off, or not PoseVault's")
        self.next = int(header["next"])
        last, inside = 0, False
        for line in content[header.end() : len(content) - len(FOOTER)].splitlines(keepends=True):
            if inside:
                require(line.startswith(b"(") and line.endswith((b"),\n", b");\n")), "not a row as rows are written")
                row = row_of(line[1:-3])
                require(int(row[0]) > last, "ids do not ascend")
                last, inside = int(row[0]), line.endswith(b",\n")
                yield row
            else:
                require(line == INSERT, "the dump holds what is no row")
                inside = True
        require(not inside, "a statement does not end")

    def check_documents(self):
        lines = self.archive.read(FILES).splitlines()
        documents = [json_util.loads(line, json_options=json_util.CANONICAL_JSON_OPTIONS) for line in lines]
        found = {str(document["_id"]): document for document in documents}
        require(len(found) == len(documents) and found.keys() == self.pictures.keys(), "documents of other pictures")
        for picture, document in found.items():
            record = self.pictures[picture]
            require(document["length"] == record["size"], f"{picture} has another length")
            digest = (document.get("metadata") or {}).get("sha256", record["sha256"])
            require(digest == record["sha256"], f"{picture} is not what was uploaded")
        if CHUNKS in self.records:
            self.check_chunks(found)

    def check_chunks(self, documents):
        numbers = dict.fromkeys(documents, 0)
        digests = {picture: hashlib.sha256() for picture in documents}
        with self.archive.open(CHUNKS) as lines:
            for line in lines:
                chunk = json_util.loads(line, json_options=json_util.CANONICAL_JSON_OPTIONS)
                picture = str(chunk["files_id"])
                require(isinstance(chunk["_id"], ObjectId) and chunk["n"] == numbers[picture], "chunks out of order")
                numbers[picture] += 1
                digests[picture].update(chunk["data"])
        for picture, digest in digests.items():
            require(digest.hexdigest() == self.pictures[picture]["sha256"], f"the chunks of {picture} are others")

    def check_rows(self, manifest, rows):
        lost = {loss["row"] for loss in manifest["lost"]}
        for row in rows:
            require(row[1].decode().lower() in self.pictures or int(row[0]) in lost, f"row {row[0]} has no picture")
        texts = [[text for text in (row[2], row[10], row[11]) if text is not None] for row in rows]
        parts = [
            (int(row[0]), sum(map(len, own)), sum(map(zlib.crc32, own)), row_digest(row))
            for row, own in zip(rows, texts)
        ]
        left_out = manifest["leftOut"]
        parts += [(row["id"], row["bytes"], row["checksum"], bytes.fromhex(row["digest"])) for row in left_out]
        parts.sort()
        chain = bytes(32)
        for *_, digest in parts:
            chain = hashlib.sha256(chain + digest).digest()
        ids, lengths, checksums = ([part[index] for part in parts] for index in range(3))
        totals = {"count": len(ids), "sumOfIds": sum(ids), "keypointBytes": sum(lengths), "sumOfCRC32": sum(checksums)}
        require(all(own < self.next for own in ids), "an id is there that the table has yet to give")
        totals |= {"nextId": self.next, "chain": chain.hex()} | ({"lastId": ids[-1]} if ids else {})
        require(manifest["rows"] == totals, f"the rows are others: {totals}")


def row_of(text):
    values, position = [], 0
    while position < len(text) or not values:
        found = VALUE.match(text, position)
        require(found, f"a value is not written as values are: {text[position : position + 40]!r}")
        values.append(found[0])
        position = found.end() + 1
        require(text[found.end() : position] in (b",", b""), "values are not separated by commas")
    require(len(values) == len(COLUMNS), "a row has another number of columns")
    return tuple(value_of(value, kind) for value, kind in zip(values, COLUMNS))


def value_of(value, kind):
    if value == b"NULL":
        return None
    if kind == "number":
        return value.decode()
    text = re.sub(rb"\\(.)", lambda escape: ESCAPES[escape[1]], value[1:-1])
    return text if kind == "text" else calendar.timegm(time.strptime(text.decode(), "%Y-%m-%d %H:%M:%S"))


def row_digest(values):
    digest = hashlib.sha256()
    for value in values:
        if value is None:
            digest.update(b"-,")
        elif isinstance(value, bytes):
            digest.update(b"%d:%s," % (len(value), value))
        else:
            digest.update(f"{value},".encode())
    return digest.digest()


if __name__ == "__main__":
    try:
        known, poses = check(sys.argv[1])
        print(f"{len(poses)} poses and {known['pictures']['count']} pictures, as they were written")
    except Damaged as damage:
        sys.exit(f"damaged: {damage}")
