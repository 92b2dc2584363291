"""Another reader of archives, written from docs/backup-format.md and docs/repository-format.md alone: archive_reader.py
FILE tells what is wrong.

It reads formats 1 and 2. It uses Python's zipfile and pymongo's bson.json_util, and nothing of PoseVault's.
"""

import calendar
import collections
import hashlib
import json
import re
import sys
import time
import zipfile
import zlib
from pathlib import Path

from bson import ObjectId, json_util

PICTURE = re.compile(r"images/([0-9a-f]{24})\.([a-z0-9]{1,8})")
FIRST_PICTURE = re.compile(r"images/[0-9a-f]{24}\.(jpg|png|webp|bin)")
TABLE = re.compile(r"tables/([a-z0-9_]{1,64})\.jsonl")
OTHER = re.compile(r"(?!images/|tables/)(?=.{1,200}$)(?:(?!\.)[A-Za-z0-9._-]+(?<!\.)(?:/|$)){1,8}(?<!/)")
DUMP, FILES, CHUNKS = "mysql/poses.sql", "mongodb/images.files.json", "mongodb/images.chunks.json"
PLACES, PACKS = "pictures.jsonl", "packs.jsonl"
ENTRIES, MANIFEST, GUIDE = "entries.jsonl", "manifest.json", "RESTORE.txt"
KINDS = {DUMP: "poses", FILES: "documents", CHUNKS: "chunks", GUIDE: "text"}

# the columns, and how each is written
COLUMNS = {
    "id": "number", "image_id": "text", "keypoints": "text", "created_at": "time", "updated_at": "time",
    "corrected_at": "time", "score": "number", "picture_width": "number", "picture_height": "number",
    "file_name": "text", "world_keypoints": "text", "detected_keypoints": "text"}
VALUE = re.compile(rb"NULL|-?[0-9][0-9.e+-]*|'(?:[^'\\\0\n\r\x1a]|\\[0nrZ\\'])*'")
ESCAPES = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"Z": b"\x1a", b"\\": b"\\", b"'": b"'"}
# the page itself has every line that is not a row: before the first, above each statement, an example, at the end
PAGE = Path(__file__).resolve().parents[2] / "docs" / "backup-format.md"
HEADER, INSERT, _, FOOTER = re.findall(rb"```sql\n(.*?)```", PAGE.read_bytes(), re.DOTALL)
BEFORE, DEFINITION, END, AFTER = re.fullmatch(
    rb"(.*CREATE TABLE `poses` \(\n)(.*\n)(\) ENGINE[^\n]*\n)(.*)", HEADER, re.DOTALL).groups()
END = re.compile(re.sub(rb"=\d+ ", rb"=(\\d+) ", re.escape(END).replace(rb"\ ", b" ").replace(rb"\=", b"=")))
KNOWN = {line.split(b"`")[1]: line.rstrip(b",") for line in DEFINITION.splitlines() if line.startswith(b"  `")}
INDEXES = [line.rstrip(b",") for line in DEFINITION.splitlines() if line.startswith(b"  INDEX")]
INDEX = re.compile(rb"  INDEX `\w+` \(`(\w+)`\)")
COLUMN = re.compile(rb"  `(\w{1,64})` ([A-Za-z][A-Za-z0-9_ ]*(?:\([A-Za-z0-9_ ,]*\)[A-Za-z0-9_ ]*)*)")


class Damaged(Exception):
    """The archive is not what it says it is."""


def require(condition, what):
    if not condition:
        raise Damaged(what)


def check(path):
    """The manifest and the rows of an archive in which all is as it must be."""
    try:
        with zipfile.ZipFile(path) as archive:
            return Archive(archive, Path(path).parent.parent).check()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise Damaged(f"not a ZIP file that can be read: {error}") from error
    except ValueError as error:
        raise Damaged(f"neither JSON nor a number where one has to be: {error}") from error


def poses(manifest):
    """What the manifest tells of the rows."""
    return manifest if manifest["format"] == 1 else next(table for table in manifest["tables"] if table["name"] == "poses")


def seal(entry, previous):
    content = {"previous": previous, "number": entry["number"]}
    content |= {key: value for key, value in entry.items() if key not in ("number", "hash")}
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Archive:
    def __init__(self, archive, repository=None):
        """`repository` is where the packs are of an archive that is a run."""
        self.archive, self.repository = archive, repository
        self.names = archive.namelist()

    def check(self):
        require(len(self.names) == len(set(self.names)), "a name is there twice")
        require(len(self.names) == len({name.lower() for name in self.names}), "two names differ in their case alone")
        require({DUMP, FILES, ENTRIES, MANIFEST} <= set(self.names), "an entry is missing")
        manifest = json.loads(self.archive.read(MANIFEST))
        self.format, self.heads = manifest["format"], manifest.get("audit", [])
        require(self.format in (1, 2), f"format {self.format} is not known")
        for info in self.archive.infolist():
            require(self.is_name(info.filename), f"{info.filename!r} is no entry's name")
            require((info.external_attr >> 28) in (0, 8), f"{info.filename} is not a file")
        self.check_list(manifest)
        tables = {table["name"]: table for table in manifest["tables"]} if self.format > 1 else {"poses": manifest}
        self.columns = tables["poses"]["columns"] if self.format > 1 else list(COLUMNS)
        rows = list(self.rows())
        self.check_documents(manifest)
        self.check_rows(manifest, tables.pop("poses")["rows"], rows)
        if self.format > 1:
            self.check_tables(tables)
        return manifest, rows

    def is_name(self, name):
        if name in (DUMP, FILES, CHUNKS, ENTRIES, MANIFEST):
            return True
        if self.format == 1:
            return FIRST_PICTURE.fullmatch(name)
        return PICTURE.fullmatch(name) or TABLE.fullmatch(name) or OTHER.fullmatch(name)

    def check_tables(self, tables):
        known = {name: table for name, table in tables.items() if table["kind"] == "table"}
        require({f"tables/{name}.jsonl" for name in known} == {name for name in self.names if TABLE.fullmatch(name)},
                "the manifest tells of other tables")
        for name, table in known.items():
            lines = self.archive.read(table["entry"]).splitlines(keepends=True)
            ids = [json.loads(line)["id"] for line in lines]
            require(all(line.endswith(b"\n") for line in lines), f"{name} is cut off")
            require(all(type(own) is int for own in ids) and ids == sorted(set(ids)), f"{name}'s ids do not ascend")
            expected = {"count": len(ids)} | ({"lastId": ids[-1]} if ids else {})
            require(table["rows"] == expected, f"{name} has other rows")
        if "posevault_audit" in known:
            trail = self.trail()
            for head in self.heads:
                require(any(entry["hash"] == head["hash"] for entry in trail.get(head["server"], [])),
                        "the trail lacks the entry that the manifest names")

    def trail(self):
        """The entries of each server's audit trail, by number, after checking the chains; and the newest hashes."""
        tables = [[json.loads(line) for line in self.archive.read(f"tables/posevault_audit{end}.jsonl").splitlines()]
                  for end in ("", "_chains")]
        trail = {}
        for chain in tables[1]:
            last, sealed = chain.get("base", {"number": 0, "hash": ""}), []
            for entry in sorted((it for it in tables[0] if it["server"] == chain["server"] and it["number"]),
                                key=lambda it: it["number"]):
                require(entry["number"] == last["number"] + 1, f"an entry before {entry['number']} is missing")
                require(entry["hash"] == seal(entry, last["hash"]), f"entry {entry['number']} was changed")
                sealed.append(entry)
                last = {"number": entry["number"], "hash": entry["hash"]}
            require(last == chain["head"], "a chain has another head")
            trail[chain["server"]] = sealed
        return trail

    def check_list(self, manifest):
        content = self.archive.read(ENTRIES)
        require(hashlib.sha256(content).hexdigest() == manifest["entries"]["sha256"], "another list of entries")
        records = [json.loads(line) for line in content.splitlines()]
        self.records = {record["name"]: record for record in records}
        require(len(records) == len(self.records) == manifest["entries"]["count"], "another number of entries")
        require(self.records.keys() == set(self.names) - {ENTRIES, MANIFEST}, "the list names other entries")
        if self.format > 1:
            counts = {kind["kind"]: kind["count"] for kind in manifest["entries"]["kinds"]}
            require(collections.Counter(record["kind"] for record in records) == counts, "other kinds of entries")
            for name, record in self.records.items():
                kind = KINDS.get(name) or PICTURE.fullmatch(name) and "picture" or TABLE.fullmatch(name) and "table"
                known = {*KINDS.values(), "picture", "table"} - {"text"}
                require(record["kind"] == kind or not kind and record["kind"] not in known, f"{name} is of another kind")
        self.pictures = {PICTURE.fullmatch(name)[1]: record for name, record in self.records.items() if PICTURE.match(name)}
        named = sum(name.startswith("images/") for name in self.records)
        if "packs" in manifest:
            require(named == 0, "pictures are there beside those in packs")
            named = self.read_places(manifest)
        sizes = [record["size"] for record in self.pictures.values()]
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

    def read_places(self, manifest):
        """How many pictures lie in packs."""
        places, packs = ([json.loads(line) for line in self.archive.read(name).splitlines()] for name in (PLACES, PACKS))
        self.pictures = {place["id"]: place for place in places}
        for pack in packs:
            if not pack["members"]:
                continue
            path = self.repository / "packs" / pack["sha256"][:2] / f"{pack['sha256']}.tar"
            require(path.is_file() and path.stat().st_size == pack["size"], f"{path.name} is missing or has another size")
            require(hashlib.sha256(path.read_bytes()).hexdigest() == pack["sha256"], f"{path.name} is damaged")
            members = {place["offset"]: place for place in places if place["pack"] == pack["sha256"]}
            require(len(members) == pack["members"], f"{path.name} has other pictures")
            require(sum(place["size"] for place in members.values()) == pack["bytes"], f"{path.name} has other pictures")
        listed = {pack["sha256"] for pack in packs if pack["members"]}
        require({place["pack"] for place in places} == listed, "other packs are listed than named")
        sizes = [pack["size"] for pack in packs if pack["members"]]
        require(manifest["packs"] == {"count": len(sizes), "bytes": sum(sizes)}, "the manifest tells of other packs")
        for place in places:
            content = self.packed(place)
            require(len(content) == place["size"] and hashlib.sha256(content).hexdigest() == place["sha256"],
                    f"{place['id']} is not what is listed")
        return len(places)

    def packed(self, place):
        with (self.repository / "packs" / place["pack"][:2] / f"{place['pack']}.tar").open("rb") as pack:
            pack.seek(place["offset"])
            return pack.read(place["size"])

    def contents(self):
        """The bytes of each picture, by id; `check` comes before."""
        return {picture: self.packed(record) if "pack" in record else self.archive.read(record["name"])
                for picture, record in self.pictures.items()}

    def rows(self):
        """Tuples of twelve values: None, text as bytes, times in seconds, other numbers as they are written."""
        content = self.archive.read(DUMP)
        rest = self.read_header(content)
        require(rest.endswith(FOOTER), "the dump is cut off")
        names = ",".join(f"`{column}`" for column in self.columns)
        insert = INSERT.replace(INSERT[INSERT.index(b"(") + 1 : INSERT.index(b")")], names.encode())
        last, inside = None, False
        for line in rest[: len(rest) - len(FOOTER)].splitlines(keepends=True):
            if inside:
                require(line.startswith(b"(") and line.endswith((b"),\n", b");\n")), "not a row as rows are written")
                row = row_of(line[1:-3], self.columns)
                require(last is None or int(row[0]) > last, "ids do not ascend")
                require(self.bits == 64 or -(2**31) <= int(row[0]) < 2**31, "an id is too long")
                last, inside = int(row[0]), line.endswith(b",\n")
                yield row
            else:
                require(line == insert, "the dump holds what is no row")
                inside = True
        require(not inside, "a statement does not end")

    def read_header(self, content):
        """What follows it."""
        before = BEFORE if self.format == 2 else BEFORE.replace(b"format 2", b"format 1")
        require(content.startswith(before), "the dump is not PoseVault's")
        end = END.search(content)
        require(end and content[end.end() :].startswith(AFTER), "the dump's table does not end")
        self.next, self.bits, columns, indexes = int(end[1]), 32, [], []
        lines = content[len(before) : end.start()].splitlines()
        for number, line in enumerate(lines):
            require(line.endswith(b",") == (number + 1 < len(lines)), "the table's definition is cut off")
            line = line.removesuffix(b",")
            if index := INDEX.fullmatch(line):
                indexes.append(line)
                require(index[1].decode() in columns, "an index of no column")
                continue
            column = COLUMN.fullmatch(line) if line.split(b"`")[1:2] != [b"file_name"] else re.match(rb"  `(\w+)`", line)
            require(column and not indexes, "neither a column nor an index")
            if (known := KNOWN.get(column[1])) and line != known:
                require(self.format > 1 and line == known.replace(b" INT ", b" BIGINT ") and column[1] == b"id",
                        "a column that we know, but not so")
                self.bits = 64
            columns.append(column[1].decode())
        require(columns == self.columns and len(set(columns)) == len(columns), "the dump has other columns than listed")
        require({"id", "image_id", "keypoints"} <= set(columns), "a column is missing")
        require(self.format > 1 or indexes == INDEXES, "the dump has other indexes")
        return content[end.end() + len(AFTER) :]

    def check_documents(self, manifest):
        lines = self.archive.read(FILES).splitlines()
        documents = [json_util.loads(line, json_options=json_util.CANONICAL_JSON_OPTIONS) for line in lines]
        found = {str(document["_id"]): document for document in documents}
        require(len(found) == len(documents) and found.keys() == self.pictures.keys(), "documents of other pictures")
        damaged = {picture["imageId"]: picture for picture in manifest.get("damaged", [])}
        require(damaged.keys() <= found.keys(), "a damaged picture is missing")
        for picture, document in found.items():
            record = self.pictures[picture]
            require(document["length"] == record["size"], f"{picture} has another length")
            if picture in damaged:
                require(damaged[picture]["bytes"] == record["size"], f"{picture} is damaged in another way")
                continue
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

    def check_rows(self, manifest, expected, rows):
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
        sum_of_ids = (sum(ids) + 2**63) % 2**64 - 2**63
        totals = {"count": len(ids), "sumOfIds": sum_of_ids, "keypointBytes": sum(lengths), "sumOfCRC32": sum(checksums)}
        require(all(own < self.next or self.next == 2**63 - 1 for own in ids), "an id is there that the table has yet to give")
        totals |= {"nextId": self.next, "chain": chain.hex()} | ({"lastId": ids[-1]} if ids else {})
        require(expected == totals, f"the rows are others: {totals}")


def row_of(text, columns):
    """The values of the columns that we know, in their order; those that are missing are None."""
    values, position = [], 0
    while position < len(text) or not values:
        found = VALUE.match(text, position)
        require(found, f"a value is not written as values are: {text[position : position + 40]!r}")
        values.append(found[0])
        position = found.end() + 1
        require(text[found.end() : position] in (b",", b""), "values are not separated by commas")
    require(len(values) == len(columns), "a row has another number of columns")
    named = dict(zip(columns, values))
    return tuple(value_of(named.get(column, b"NULL"), kind) for column, kind in COLUMNS.items())


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
        known, found = check(sys.argv[1])
        print(f"{len(found)} poses and {known['pictures']['count']} pictures, as they were written")
    except Damaged as damage:
        sys.exit(f"damaged: {damage}")
