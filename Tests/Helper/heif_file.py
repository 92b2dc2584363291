"""Writes HEIF files box by box (ISO 14496-12, 23008-12), as phones do and as only an attacker would.

Encoders write what is right. Grids, turns that no encoder makes, and everything that is wrong are put together here, from
pictures that an encoder has made."""

import struct


def box(kind, content):
    return struct.pack(">I", 8 + len(content)) + kind + content


def full_box(kind, content, version=0, flags=0):
    return box(kind, struct.pack(">I", version << 24 | flags) + content)


def boxes(data, begin=0, end=None):
    """(type, where its content begins, where it ends) of each box in `data`."""
    end = len(data) if end is None else end
    while begin + 8 <= end:
        (length,) = struct.unpack_from(">I", data, begin)
        yield data[begin + 4:begin + 8], begin + 8, begin + length
        begin += length


def find(data, *path):
    """The content of the first box at `path`; meta is a full box."""
    begin, end = 0, len(data)
    for kind in path:
        begin, end = next((first, last) for name, first, last in boxes(data, begin, end) if name == kind)
        if kind == b"meta":
            begin += 4
    return data[begin:end]


class Coded:
    """What an encoder made of one picture: the stream and its configuration."""

    def __init__(self, file):
        iloc = find(file, b"meta", b"iloc")
        # as pillow-heif writes it: version 0 or 1, one item, four bytes for each place, one extent
        assert iloc[0] < 2 and iloc[4:6] == b"\x44\x40", iloc[:6]
        base, extents, offset, length = struct.unpack_from(">IHII", iloc, 12 + 2 * iloc[0])
        assert extents == 1
        self.data = file[base + offset:base + offset + length]
        properties = find(file, b"meta", b"iprp", b"ipco")
        self.kind, self.configuration = next(
            (b"hvc1" if kind == b"hvcC" else b"av01", box(kind, properties[begin:end]))
            for kind, begin, end in boxes(properties) if kind in (b"hvcC", b"av1C"))


def size(width, height):
    return full_box(b"ispe", struct.pack(">II", width, height))


def rotation(quarters):
    """Counter-clockwise by `quarters` right angles."""
    return box(b"irot", bytes([quarters]))


def mirror(axis):
    """0 exchanges top and bottom, 1 left and right."""
    return box(b"imir", bytes([axis]))


def crop(width, height, right=0, down=0):
    """Of this size, its centre moved by halves of a pixel."""
    return box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, right, 2, down, 2))


def grid(rows, columns, width, height):
    return struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)


class HeifFile:
    def __init__(self, brands=b"heicmif1heic"):
        self.brands, self.items, self.properties = brands, [], []
        self.primary = 1

    def add(self, kind, data, properties=(), references=(), reference=b"dimg", share=None):
        """Adds an item and returns its number. `share` is an item whose bytes it has."""
        indices = []
        for each in properties:
            if each not in self.properties:
                self.properties.append(each)
            indices.append(self.properties.index(each) + 1)
        self.items.append((kind, data, indices, list(references), reference, share))
        return len(self.items)

    def content(self):
        entries = b"".join(
            full_box(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", version=2)
            for number, (kind, *_) in enumerate(self.items, 1))
        references = b"".join(
            box(name, struct.pack(f">HH{len(to)}H", number, len(to), *to))
            for number, (_, _, _, to, name, _) in enumerate(self.items, 1) if to)
        associations = struct.pack(">I", len(self.items)) + b"".join(
            struct.pack(">HB", number, len(indices)) + struct.pack(f">{len(indices)}H", *(0x8000 | i for i in indices))
            for number, (_, _, indices, _, _, _) in enumerate(self.items, 1))
        parts = [
            full_box(b"hdlr", bytes(4) + b"pict" + bytes(13)),
            full_box(b"pitm", struct.pack(">H", self.primary)),
            full_box(b"iinf", struct.pack(">H", len(self.items)) + entries),
            full_box(b"iref", references) if references else b"",
            box(b"iprp", box(b"ipco", b"".join(self.properties)) + full_box(b"ipma", associations, flags=1)),
        ]
        head = box(b"ftyp", self.brands[:4] + bytes(4) + self.brands[4:])
        # the file's own length decides where the data lie, and where they lie doesn't change its length
        offset = len(head) + len(self._meta(parts, {number: (0, 0) for number in range(1, len(self.items) + 1)})) + 8
        places = {}
        for number, (_, data, _, _, _, share) in enumerate(self.items, 1):
            places[number] = places[share] if share else (offset, len(data))
            offset += 0 if share else len(data)
        data = b"".join(data for _, data, _, _, _, share in self.items if not share)
        return head + self._meta(parts, places) + box(b"mdat", data)

    @staticmethod
    def _meta(parts, places):
        # 4 bytes for offsets and lengths; an item, in this file, has one extent
        location = b"\x44\0" + struct.pack(">H", len(places)) + b"".join(
            struct.pack(">HHHII", number, 0, 1, *place) for number, place in places.items())
        return full_box(b"meta", b"".join(parts) + full_box(b"iloc", location))


def tiled(tile, side, rows, columns, width, height, transformations=()):
    """A grid of `rows` × `columns` pictures, cut to `width` × `height`. `tile` is one, or a list of them."""
    tiles = tile if isinstance(tile, list) else [tile]
    file = HeifFile(b"avifmif1avif" if tiles[0].kind == b"av01" else b"heicmif1heic")
    numbers = []
    for i in range(rows * columns):
        coded = tiles[i % len(tiles)]
        share = i % len(tiles) + 1 if i >= len(tiles) else None
        numbers.append(file.add(coded.kind, coded.data, [size(side, side), coded.configuration], share=share))
    file.primary = file.add(b"grid", grid(rows, columns, width, height), [size(width, height), *transformations], numbers)
    return file
