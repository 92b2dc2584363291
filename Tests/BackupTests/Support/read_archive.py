"""Reads an archive as others would: read_archive.py FILE prints what it holds as JSON, after checking what can be
checked with zipfile, json and pymongo's bson.json_util alone."""

import hashlib
import json
import sys
import zipfile

from bson import ObjectId, json_util

CANONICAL = json_util.CANONICAL_JSON_OPTIONS


def documents(data):
    for line in data.decode().splitlines():
        document = json_util.loads(line, json_options=CANONICAL)
        # canonical means that pymongo would write the very same values
        assert json.loads(json_util.dumps(document, json_options=CANONICAL)) == json.loads(line), line
        yield document


def main(path):
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    names = archive.namelist()
    assert len(names) == len(set(names))
    assert names[-1] == "manifest.json"
    for info in archive.infolist():
        stored = info.filename.startswith("images/")
        assert info.compress_type == (zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED), info
    manifest = json.loads(archive.read("manifest.json"))
    entries = archive.read("entries.jsonl")
    assert hashlib.sha256(entries).hexdigest() == manifest["entries"]["sha256"]
    records = [json.loads(line) for line in entries.splitlines()]
    assert [record["name"] for record in records] == names[:-2]
    for record in records:
        data = archive.read(record["name"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (record["size"], record["sha256"]), record
    files = list(documents(archive.read("mongodb/images.files.json")))
    pictures = {ObjectId(name[7:31]): name for name in names if name.startswith("images/")}
    assert pictures.keys() == {file["_id"] for file in files}
    damaged = {ObjectId(picture["imageId"]) for picture in manifest["damaged"]}
    for file in files:
        data = archive.read(pictures[file["_id"]])
        assert file["length"] == len(data)
        digest = hashlib.sha256(data).hexdigest()
        assert file["_id"] in damaged or file.get("metadata", {}).get("sha256", digest) == digest
    if "mongodb/images.chunks.json" in names:
        rebuild(archive, files, pictures)
    print(json.dumps({
        "manifest": manifest,
        "names": names,
        "files": [json.loads(json_util.dumps(file, json_options=json_util.RELAXED_JSON_OPTIONS)) for file in files],
        "sql": archive.read("mysql/poses.sql").decode(),
    }))


def rebuild(archive, files, pictures):
    """Chunks and documents alone give each picture back, as a driver would read it."""
    chunks = list(documents(archive.read("mongodb/images.chunks.json")))
    assert len({chunk["_id"] for chunk in chunks}) == len(chunks)
    for file in files:
        own = sorted((chunk for chunk in chunks if chunk["files_id"] == file["_id"]), key=lambda chunk: chunk["n"])
        assert [chunk["n"] for chunk in own] == list(range(len(own)))
        assert all(len(chunk["data"]) == file["chunkSize"] for chunk in own[:-1])
        assert b"".join(chunk["data"] for chunk in own) == archive.read(pictures[file["_id"]])
    assert sum(len(chunk["data"]) for chunk in chunks) == sum(file["length"] for file in files)


main(sys.argv[1])
