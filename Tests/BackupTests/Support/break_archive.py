"""Makes a broken or hostile archive out of a sound one: break_archive.py CASE SOUND BROKEN.

Without a case it lists all of them. What a case's first lines change of the entries is listed as if it were right
where the case says `relist`: then only what lies deeper can give it away.
"""

import collections
import hashlib
import io
import json
import re
import stat
import struct
import sys
import zipfile

DUMP, FILES, ENTRIES, MANIFEST = "mysql/poses.sql", "mongodb/images.files.json", "entries.jsonl", "manifest.json"
CASES = {}
KINDS = {"RESTORE.txt": "text", DUMP: "poses", FILES: "documents", "mongodb/images.chunks.json": "chunks"}


def kind_of(name):
    """What the format's page says of names; others are those of a later version."""
    for folder, kind in (("images/", "picture"), ("tables/", "table")):
        if name.startswith(folder):
            return kind
    return KINDS.get(name, "clip")


class Archive:
    def __init__(self, path):
        with zipfile.ZipFile(path) as sound:
            self.entries = [(info, sound.read(info)) for info in sound.infolist()]
        with open(path, "rb") as file:
            self.raw = bytearray(file.read())

    def names(self):
        return [info.filename for info, _ in self.entries]

    def picture(self, index=0):
        return [name for name in self.names() if name.startswith("images/")][index]

    def get(self, name):
        return next(data for info, data in self.entries if info.filename == name)

    def set(self, name, data):
        self.entries = [(info, data if info.filename == name else old) for info, old in self.entries]

    def edit(self, name, old, new):
        data = self.get(name)
        assert old in data, (name, old)
        self.set(name, data.replace(old, new, 1))

    def remove(self, name):
        self.entries = [entry for entry in self.entries if entry[0].filename != name]

    def add(self, name, data=b"x", mode=stat.S_IFREG | 0o600, deflated=False):
        info = zipfile.ZipInfo(name)
        info.filename = name  # ZipInfo would turn backslashes round
        info.external_attr = mode << 16
        info.compress_type = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
        self.entries.insert(0, (info, data))

    def edit_manifest(self, change):
        manifest = json.loads(self.get(MANIFEST))
        change(manifest)
        self.set(MANIFEST, json.dumps(manifest).encode())

    def relist(self):
        listed = [(info.filename, data) for info, data in self.entries if info.filename not in (ENTRIES, MANIFEST)]
        lines = [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "kind": kind_of(name)}
            for name, data in listed
        ]
        kinds = collections.Counter(line["kind"] for line in lines)
        if json.loads(self.get(MANIFEST))["format"] == 1:
            for line in lines:
                del line["kind"]
        else:
            counts = [{"kind": kind, "count": count} for kind, count in sorted(kinds.items())]
            self.edit_manifest(lambda manifest: manifest["entries"].update(kinds=counts))
        self.set(ENTRIES, "".join(json.dumps(line) + "\n" for line in lines).encode())
        pictures = [len(data) for name, data in listed if name.startswith("images/")]
        self.edit_manifest(lambda manifest: manifest.update(
            pictures=manifest["pictures"] | {"count": len(pictures), "bytes": sum(pictures)}))
        self.trust_list()

    def trust_list(self):
        entries = self.get(ENTRIES)
        self.edit_manifest(lambda manifest: manifest.update(
            entries=manifest["entries"] | {
                "count": len(entries.splitlines()), "sha256": hashlib.sha256(entries).hexdigest()}))

    def packed(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as broken:
            for info, data in self.entries:
                info.file_size = info.compress_size = 0
                broken.writestr(info, data)
        return bytearray(buffer.getvalue())


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


# the file itself


@case
def nothing(archive):
    return b""


@case
def no_zip(archive):
    return b"-- MySQL dump\n" * 100


@case
def cut_in_half(archive):
    return archive.raw[: len(archive.raw) // 2]


@case
def cut_at_the_end(archive):
    return archive.raw[:-30]


@case
def flipped_bit_in_picture(archive):
    start = archive.raw.index(archive.get(archive.picture()))
    archive.raw[start + 500] ^= 1
    return archive.raw


@case
def flipped_bit_in_dump(archive):
    info = next(info for info, _ in archive.entries if info.filename == DUMP)
    archive.raw[info.header_offset + info.compress_size // 2] ^= 1
    return archive.raw


# entries


@case
def picture_missing(archive):
    archive.remove(archive.picture())


@case
def picture_missing_relist(archive):
    archive.remove(archive.picture())
    archive.relist()


@case
def picture_missing_with_document_relist(archive):
    name = archive.picture()
    archive.remove(name)
    lines = [line for line in archive.get(FILES).splitlines(True) if name[7:31].encode() not in line]
    archive.set(FILES, b"".join(lines))
    archive.relist()


@case
def picture_without_document_relist(archive):
    archive.set(FILES, b"".join(archive.get(FILES).splitlines(True)[1:]))
    archive.relist()


@case
def picture_changed(archive):
    name = archive.picture()
    archive.set(name, archive.get(name)[::-1])


@case
def picture_changed_relist(archive):
    name = archive.picture()
    archive.set(name, archive.get(name)[::-1])
    archive.relist()


@case
def picture_longer_relist(archive):
    name = archive.picture()
    archive.set(name, archive.get(name) + b"x")
    archive.relist()


@case
def picture_in_two_formats_relist(archive):
    archive.add(archive.picture()[:31] + ".png", b"x")
    archive.relist()


@case
def picture_twice(archive):
    archive.add(archive.picture(), b"x")


@case
def manifest_twice(archive):
    archive.add(MANIFEST, archive.get(MANIFEST))


for missing in (DUMP, FILES, ENTRIES, MANIFEST):
    CASES["missing-" + missing.replace("/", "-")] = lambda archive, name=missing: archive.remove(name)
    if missing in (DUMP, FILES):
        CASES["missing-relist-" + missing.replace("/", "-")] = lambda archive, name=missing: (
            archive.remove(name), archive.relist()) and None

for index, name in enumerate([
    "../evil", "/etc/cron.d/evil", "images/../../evil", "..\\evil", "C:\\evil", "images/", "evil.txt", "images/a\nb.jpg",
    "images/" + "a" * 60_000, "./manifest.json", "mysql/poses.sql/", "MANIFEST.JSON", "\u202egpj.live",
]):
    CASES[f"name-{index}"] = lambda archive, name=name: archive.add(name)


@case
def traversal_in_the_local_header(archive):
    name = archive.picture().encode()
    start = archive.raw.index(name)
    archive.raw[start : start + len(name)] = b"images/../../../../../etc/passwd".ljust(len(name), b"x")
    return archive.raw


@case
def zero_in_a_name(archive):
    """C's readers take the name for `RESTORE.txt`, others for another one."""
    archive.entries = [
        (rename(info, "RESTORE.txtXevil") if info.filename == "RESTORE.txt" else info, data)
        for info, data in archive.entries]
    return archive.packed().replace(b"RESTORE.txtXevil", b"RESTORE.txt\0evil")


def rename(info, name):
    info.filename = name
    return info


@case
def symbolic_link(archive):
    name = archive.picture()
    archive.remove(name)
    archive.add(name, b"/etc/passwd", stat.S_IFLNK | 0o777)


@case
def symbolic_link_relist(archive):
    symbolic_link(archive)
    archive.relist()


@case
def device(archive):
    name = archive.picture()
    data = archive.get(name)
    archive.remove(name)
    archive.add(name, data, stat.S_IFCHR | 0o666)


@case
def two_entries_in_one_place(archive):
    """The directory's second picture points to where the first one lies."""
    packed = archive.packed()
    offsets = [m.start() for m in re.finditer(b"PK\x01\x02", packed)]
    first, second = [o for o in offsets if packed[o + 46 : o + 53] == b"images/"][:2]
    packed[second + 42 : second + 46] = packed[first + 42 : first + 46]
    return packed


# sizes


@case
def huge_picture_declared(archive):
    name = archive.picture()
    size = len(archive.get(name))
    line = f'"name":"{name}","size":'.encode()
    archive.edit(ENTRIES, line + str(size).encode(), line + str(1 << 62).encode())
    archive.trust_list()


@case
def negative_size_declared(archive):
    name = archive.picture()
    size = len(archive.get(name))
    line = f'"name":"{name}","size":'.encode()
    archive.edit(ENTRIES, line + str(size).encode(), line + b"-1")
    archive.trust_list()


@case
def huge_size_in_the_directory(archive):
    packed = archive.packed()
    start = next(o.start() for o in re.finditer(b"PK\x01\x02", packed)
                 if packed[o.start() + 46 : o.start() + 53] == b"images/")
    packed[start + 24 : start + 28] = struct.pack("<I", 0xFFFFFFF0)
    return packed


@case
def huge_dump_declared(archive):
    archive.set(ENTRIES, re.sub(rb'("name":"mysql/poses.sql","size":)\d+', rb"\g<1>%d" % (1 << 62), archive.get(ENTRIES)))
    archive.trust_list()


@case
def bomb_in_picture(archive):
    name = archive.picture()
    archive.remove(name)
    archive.add(name, bytes(100 << 20), deflated=True)
    archive.relist()


@case
def bomb_in_dump(archive):
    archive.set(DUMP, bytes(100 << 20))
    archive.relist()


@case
def bomb_in_dump_row(archive):
    archive.edit(DUMP, b"VALUES\n", b"VALUES\n(" + b"0" * (100 << 20))
    archive.relist()


@case
def bomb_in_files(archive):
    archive.set(FILES, b" " * (100 << 20))
    archive.relist()


@case
def bomb_in_entries(archive):
    archive.set(ENTRIES, b" " * (100 << 20))


@case
def bomb_of_entries(archive):
    """Lines that take little space, though each is another entry."""
    lines = "".join(
        json.dumps({"name": f"images/{number:024x}.jpg", "size": 1, "sha256": "0" * 64, "kind": "picture"}) + "\n"
        for number in range(100_000))
    archive.remove(ENTRIES)
    archive.add(ENTRIES, lines.encode(), deflated=True)


@case
def bomb_in_manifest(archive):
    archive.set(MANIFEST, b" " * (100 << 20))


# lists and manifest


@case
def entry_listed_twice(archive):
    archive.set(ENTRIES, archive.get(ENTRIES) + archive.get(ENTRIES).splitlines(True)[0])
    archive.trust_list()


@case
def list_names_others(archive):
    archive.set(ENTRIES, archive.get(ENTRIES) + b'{"name":"../evil","size":1,"sha256":""}\n')
    archive.trust_list()


@case
def list_is_no_list(archive):
    archive.set(ENTRIES, b"[" * 100_000 + b"\n")
    archive.trust_list()


@case
def list_is_cut(archive):
    archive.set(ENTRIES, archive.get(ENTRIES)[:-1])
    archive.trust_list()


@case
def manifest_is_no_json(archive):
    archive.set(MANIFEST, b"{" * 100_000)


@case
def manifest_is_empty(archive):
    archive.set(MANIFEST, b"")


@case
def manifest_of_the_future(archive):
    archive.edit_manifest(lambda manifest: manifest.update(format=99))


@case
def manifest_without_times(archive):
    archive.edit_manifest(lambda manifest: manifest.update(startedAt="yesterday"))


def rows(manifest):
    return manifest["rows"] if manifest["format"] == 1 else manifest["tables"][0]["rows"]


@case
def manifest_with_other_rows(archive):
    archive.edit_manifest(lambda manifest: rows(manifest).update(count=rows(manifest)["count"] + 1))


@case
def manifest_with_another_chain(archive):
    archive.edit_manifest(lambda manifest: rows(manifest).update(chain="0" * 64))


@case
def manifest_with_other_kinds(archive):
    archive.edit_manifest(lambda manifest: manifest["entries"].update(kinds=[{"kind": "picture", "count": 99}]))


@case
def manifest_with_a_table_that_is_not_there(archive):
    table = {"name": "posevault_x", "entry": "tables/posevault_x.jsonl", "kind": "table", "rows": {"count": 0}}
    archive.edit_manifest(lambda manifest: manifest["tables"].append(table))


@case
def manifest_with_a_table_elsewhere(archive):
    table = {"name": "posevault_x", "entry": "../evil", "kind": "table", "rows": {"count": 0}}
    archive.edit_manifest(lambda manifest: manifest["tables"].append(table))


@case
def manifest_with_other_columns(archive):
    archive.edit_manifest(lambda manifest: manifest["tables"][0]["columns"].pop())


@case
def manifest_with_a_damaged_picture_that_is_not_there(archive):
    picture = {"imageId": "0" * 24, "what": "x", "bytes": 1}
    archive.edit_manifest(lambda manifest: manifest["damaged"].append(picture))


def add_table(archive, lines, count):
    archive.add("tables/posevault_x.jsonl", lines, deflated=True)
    archive.relist()
    listed = {"name": "posevault_x", "entry": "tables/posevault_x.jsonl", "kind": "table",
              "rows": {"count": count, "lastId": count}}
    archive.edit_manifest(lambda manifest: manifest["tables"].append(listed))


@case
def table_with_another_count(archive):
    add_table(archive, b'{"id":1}\n', 2)


@case
def table_whose_ids_do_not_ascend(archive):
    add_table(archive, b'{"id":2}\n{"id":2}\n', 2)


@case
def table_that_is_no_json(archive):
    add_table(archive, b"id=1\n", 1)


@case
def table_without_ids(archive):
    add_table(archive, b'{"number":1}\n', 1)


@case
def bomb_in_a_table(archive):
    add_table(archive, b" " * (100 << 20), 1)


@case
def bomb_of_a_kind_of_later(archive):
    archive.add("clips/1.mp4", bytes(100 << 20), deflated=True)
    archive.relist()


# what a later version may add: no damage


@case
def later_kind(archive):
    archive.add("clips/1.mp4", b"a clip")
    archive.relist()


@case
def later_picture_format(archive):
    name = archive.picture()
    archive.entries = [(info, data) for info, data in archive.entries]
    for info, _ in archive.entries:
        if info.filename == name:
            info.filename = name[:31] + ".heic"
    archive.relist()


@case
def later_table(archive):
    add_table(archive, b'{"id":1}\n{"id":2,"name":"a"}\n', 2)


@case
def later_kind_of_table(archive):
    archive.add("clips/frames.bin", b"frames")
    archive.relist()
    table = {"name": "posevault_frames", "entry": "clips/frames.bin", "kind": "clip", "rows": "many"}
    archive.edit_manifest(lambda manifest: manifest["tables"].append(table))


@case
def later_column(archive):
    dump = archive.get(DUMP)
    dump = dump.replace(b"\n  INDEX `idx_image_id`", b"\n  `subject_id` BIGINT DEFAULT NULL,\n  INDEX `idx_image_id`")
    dump = dump.replace(b",`detected_keypoints`) VALUES", b",`detected_keypoints`,`subject_id`) VALUES")
    dump = re.sub(rb"(\n\((\d+),.*)\)([,;])", rb"\1,\2\2)\3", dump)
    archive.set(DUMP, dump)
    archive.relist()
    archive.edit_manifest(lambda manifest: manifest["tables"][0]["columns"].append("subject_id"))


@case
def fewer_columns(archive):
    """Those that may be NULL, and are so in all rows."""
    dump = archive.get(DUMP).replace(b"  `detected_keypoints` JSON DEFAULT NULL,\n", b"")
    dump = dump.replace(b",`detected_keypoints`) VALUES", b") VALUES")
    dump = re.sub(rb",NULL\)([,;])\n", rb")\1\n", dump)
    archive.set(DUMP, dump)
    archive.relist()
    archive.edit_manifest(lambda manifest: manifest["tables"][0]["columns"].pop())


@case
def manifest_with_numbers_without_end(archive):
    row = {"id": (1 << 63) - 1, "bytes": (1 << 63) - 1, "checksum": (1 << 63) - 1, "digest": "00"}
    archive.edit_manifest(lambda manifest: manifest.update(leftOut=[row] * 3))


@case
def manifest_with_row_left_out_that_is_there(archive):
    row = {"id": 1, "bytes": 0, "checksum": 0, "digest": "00" * 32}
    archive.edit_manifest(lambda manifest: manifest.update(leftOut=[row]))


# the dump


def dump(name, old, new, count=1):
    def change(archive):
        data, times = re.subn(old, new, archive.get(DUMP), count=count)
        assert times, name
        archive.set(DUMP, data)
        archive.relist()

    CASES["dump-" + name] = change


dump("statement-at-the-end", rb"\Z", b"DROP TABLE poses;\n")
dump("statement-at-the-start", rb"\A", b"DROP DATABASE mysql;\n")
dump("statement-between", rb"START TRANSACTION;\n", b"START TRANSACTION;\nDELETE FROM poses;\n")
dump("statement-after-rows", rb"\);\n", b"); DROP TABLE poses;\n")
dump("comment-that-runs", rb"COMMIT;\n", b"/*!40101 DROP TABLE poses */;\nCOMMIT;\n")
dump("client-command", rb"COMMIT;\n", b"\\\\! touch /tmp/evil\nCOMMIT;\n")
dump("other-table", rb"INSERT INTO `poses`", b"INSERT INTO `mysql`.`user`")
dump("other-columns", rb"`created_at`,`updated_at`,`c", b"`updated_at`,`created_at`,`c")
dump("table-changed", rb"`id` INT NOT NULL", b"`id` SMALLINT NOT NULL")
dump("column-with-a-statement", rb"\n  INDEX", b"\n  `x` INT); DROP TABLE poses; --,\n  INDEX")
dump("column-with-a-comment", rb"\n  INDEX", b"\n  `x` INT /*!40101 DROP TABLE poses */,\n  INDEX")
dump("column-with-a-default", rb"\n  INDEX", b"\n  `x` TEXT DEFAULT 'a',\n  INDEX")
dump("column-twice", rb"\n  INDEX", b"\n  `score` DOUBLE DEFAULT NULL,\n  INDEX")
dump("index-of-no-column", rb"\(`image_id`\)", b"(`image`)")
dump("first-line-of-the-future", rb"format 2", b"format 3")
dump("without-a-needed-column", rb"  `keypoints` JSON NOT NULL,\n", b"")
dump("without-end", rb"-- Dump completed\n", b"")
dump("cut", rb"(?s)\),\n.*", b"),\n")
dump("row-gone", rb"\n\(2,[^\n]*", b"")
dump("row-twice", rb"(\n\(2,[^\n]*)", rb"\1\1")
dump("rows-exchanged", rb"(\n\(2,[^\n]*)(\n\(3,[^\n]*)", rb"\2\1")
dump("digit-changed", rb"(\n\(2,'[^']*','\[\{\"x\":0\.0)(\d)", lambda m: m[1] + (b"7" if m[2] != b"7" else b"3"))
dump("picture-exchanged", rb"\n\(2,'([^']*)'", lambda m: b"\n(2,'" + m[1].upper() + b"'")
dump("time-changed", rb"2025-12-10 10:30:01'", b"2025-12-10 10:30:02'")
dump("time-that-is-none", rb"2025-12-10 10:30:01'", b"2025-02-30 10:30:01'")
dump("time-as-number", rb"'2025-12-10 10:30:01'", b"1765362601")
dump("id-beyond-int", rb"\n\(2,", b"\n(4294967298,")
dump("id-with-zero", rb"\n\(2,", b"\n(02,")
dump("id-as-expression", rb"\n\(2,", b"\n(1+1,")
dump("id-without-end", rb"\n\(2,", b"\n(" + b"9" * 1_000_000 + b",")
dump("null-for-keypoints", rb"(\n\(2,'[^']*',)'[^']*'", rb"\1NULL")
dump("text-as-hexadecimal", rb"(\n\(2,)'[^']*'", rb"\g<1>0x61")
dump("two-texts", rb"(\n\(2,'[^']*')", rb"\1 'x'")
dump("text-with-unknown-escape", rb"\n\(2,'", b"\n(2,'\\\\x")
dump("text-with-raw-zero", rb"\n\(2,'", b"\n(2,'\x00")
dump("text-that-is-no-utf-8", rb"\n\(2,'", b"\n(2,'\xff")
dump("text-without-end", rb"(\n\(2,'[^']*)'", rb"\1\\'")
dump("carriage-returns", rb"\n", b"\r\n", 0)
dump("spaces", rb"\n\(2,", b"\n( 2,")

# the documents


def documents(name, old, new):
    def change(archive):
        archive.edit(FILES, old, new)
        archive.relist()

    CASES["documents-" + name] = change


documents("no-json", b"{", b"")
documents("without-id", b'"_id"', b'"id"')
documents("without-end", b"\n", b"")
documents("other-length", b'"length":{"$numberLong":"', b'"length":{"$numberLong":"1')
documents("other-digest", b'"sha256":"', b'"sha256":"' + b"0" * 64 + b'","x":"')


@case
def documents_twice(archive):
    archive.set(FILES, archive.get(FILES) + archive.get(FILES).splitlines(True)[0])
    archive.relist()


@case
def documents_that_are_deep(archive):
    archive.set(FILES, b'{"a":' * 1_000_000 + b"\n")
    archive.relist()


def main(arguments):
    if not arguments:
        print("\n".join(CASES))
        return
    name, sound, broken = arguments
    archive = Archive(sound)
    data = CASES[name](archive)
    with open(broken, "wb") as file:
        file.write(archive.packed() if data is None else data)


main(sys.argv[1:])
