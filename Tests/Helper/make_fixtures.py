"""Writes Tests/Fixtures/decode, which the Swift tests read: files, and what pillow-heif and PyAV make of them. To be run
again only where the files should change."""

import numpy
from PIL import Image

from clips import decoded_by_pyav, scenes, write_clip
from heif_file import Coded, HeifFile, rotation, size
from helper import ROOT
from scenes import encode, pillow, scene

FOLDER = ROOT / "Tests" / "Fixtures" / "decode"

coded = Coded(encode(scene(96, 64), quality=60))
plain, turned = HeifFile(), HeifFile()
plain.add(coded.kind, coded.data, [size(96, 64), coded.configuration])
turned.add(coded.kind, coded.data, [size(96, 64), coded.configuration, rotation(3)])
(FOLDER / "turned.heic").write_bytes(turned.content())
(FOLDER / "turned.rgb").write_bytes(numpy.rot90(pillow(plain.content()), 3).tobytes())

# as an iPhone held upright writes it: turned by irot, which EXIF repeats; and the same person in AVIF
person = numpy.asarray(Image.open(ROOT / ".runtime" / "test-pictures" / "cases" / "astronaut.jpg").convert("RGB"))
height, width = person.shape[:2]
coded = Coded(encode(numpy.rot90(person), quality=60))
exif = Image.Exif()
exif[0x0112] = 6
file = HeifFile()
picture = file.add(coded.kind, coded.data, [size(height, width), coded.configuration, rotation(3)])
file.add(b"Exif", bytes(4) + exif.tobytes(), references=[picture], reference=b"cdsc")
(FOLDER / "person.heic").write_bytes(file.content())
(FOLDER / "person.avif").write_bytes(encode(person, "AVIF", quality=60))

write_clip(FOLDER / "turned.mov", scenes(7, 96, 64), times=[0, 9, 20, 29, 41, 50, 71], rotation=-90,
           options={"qp": "20", "preset": "veryslow"})
(FOLDER / "turned-mov-4.rgb").write_bytes(numpy.rot90(decoded_by_pyav(FOLDER / "turned.mov")[4][1], 3).tobytes())
