"""Reads a run of a repository as others would: read_repository.py REPOSITORY RUN prints what it holds as JSON.

Written from docs/repository-format.md and docs/backup-format.md alone, with Python's zipfile, tarfile and hashlib.
"""

import hashlib
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path

DIGEST = re.compile(r"[0-9a-f]{64}")


def lines(archive, name):
    return [json.loads(line) for line in archive.read(name).splitlines()]


def check_pack(path):
    """The members of a pack by name, each with its size and place."""
    assert DIGEST.fullmatch(path.stem) and path.parent.name == path.name[:2], path
    assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem, path
    members = {}
    with tarfile.open(path, "r:") as pack:
        for member in pack:
            assert member.isreg() and DIGEST.fullmatch(member.name) and member.name not in members, member
            assert (member.mode, member.mtime, member.pax_headers) == (0o600, 0, {}), member
            assert hashlib.sha256(pack.extractfile(member).read()).hexdigest() == member.name, member
            assert member.offset_data == member.offset + 512
            members[member.name] = (member.size, member.offset_data)
    return members


def main(repository, run):
    repository, run = Path(repository), Path(run)
    assert re.fullmatch(r"\d{8}T\d{6}Z\.zip", run.name) and run.parent == repository / "runs", run
    archive = zipfile.ZipFile(run)
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == 2
    entries = archive.read("entries.jsonl")
    assert hashlib.sha256(entries).hexdigest() == manifest["entries"]["sha256"]
    records = [json.loads(line) for line in entries.splitlines()]
    assert [record["name"] for record in records] == archive.namelist()[:-2]
    for record in records:
        data = archive.read(record["name"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (record["size"], record["sha256"]), record
    kinds = {record["name"]: record["kind"] for record in records}
    assert (kinds["packs.jsonl"], kinds["pictures.jsonl"]) == ("packs", "places")
    assert not any(name.startswith("images/") for name in kinds)

    files = list((repository / "packs").glob("*/*.tar"))
    packs = {path.stem: check_pack(path) for path in files}
    listed = {pack["sha256"]: pack for pack in lines(archive, "packs.jsonl")}
    assert listed.keys() <= packs.keys()
    for path in files:
        assert path.stem not in listed or listed[path.stem]["size"] == path.stat().st_size
    pictures = lines(archive, "pictures.jsonl")
    assert len({picture["id"] for picture in pictures}) == len(pictures) == manifest["pictures"]["count"]
    assert sum(picture["size"] for picture in pictures) == manifest["pictures"]["bytes"]
    for picture in pictures:
        assert packs[picture["pack"]][picture["sha256"]] == (picture["size"], picture["offset"]), picture
    for digest, pack in listed.items():
        members = {picture["sha256"]: picture["size"] for picture in pictures if picture["pack"] == digest}
        assert (pack["members"], pack["bytes"]) == (len(members), sum(members.values())), pack
    named = [pack for pack in listed.values() if pack["members"]]
    assert manifest["packs"] == {"count": len(named), "bytes": sum(pack["size"] for pack in named)}
    documents = {line["_id"]["$oid"]: line for line in lines(archive, "mongodb/images.files.json")}
    assert documents.keys() == {picture["id"] for picture in pictures}
    for picture in pictures:
        assert int(documents[picture["id"]]["length"]["$numberLong"]) == picture["size"]
    print(json.dumps({
        "pictures": {picture["id"]: picture["sha256"] for picture in pictures},
        "packs": {digest: list(members) for digest, members in packs.items()},
        "named": sorted(pack["sha256"] for pack in named),
        "sql": archive.read("mysql/poses.sql").decode(),
    }))


main(sys.argv[1], sys.argv[2])
