"""The benchmark's input, made of the test pictures: 60 JPEGs of 640 pixels with a person, and one of 12 megapixels."""

import os
import shutil
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
TEST_PICTURES = ROOT / ".runtime" / "test-pictures"
FOLDER = ROOT / ".runtime" / "bench"

sys.path.insert(0, str(ROOT / "Scripts" / "oracle"))
from scenes import Scene, mirrored  # noqa: E402

OPTIONS = {"quality": 90, "subsampling": "4:2:0"}


def load(name: str) -> Scene:
    return Scene(Image.open(TEST_PICTURES / name).convert("RGB"))


def make() -> tuple[list[Path], Path]:
    """The 60 files and the large one; made once."""
    small, large = FOLDER / "640", FOLDER / "12-megapixels.jpg"
    if not large.exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
        small.mkdir(parents=True)
        for index, scene in enumerate(sixty()):
            scene.scale(640).image.save(small / f"{index:02}.jpg", **OPTIONS)
        # noise, as an enlarged picture alone would be easier to decode than one from a camera
        load("bus.jpg").resize(3000, 4000).noise(6).image.save(large, **OPTIONS)
    return sorted(small.iterdir()), large


def sixty():
    """Five pictures of people, each in twelve versions: mirrored or not, and cropped more and more."""
    bus = load("bus.jpg")
    people = [
        bus,
        bus.crop(0, 380, 290, 930),
        bus.crop(190, 370, 380, 900),
        load("astronaut.png"),
        load("grace_hopper.jpg"),
    ]
    for scene in people:
        width, height = scene.image.size
        for step in range(6):
            inset = step * min(width, height) // 100
            cropped = scene.crop(inset, inset, width - inset, height - inset)
            yield cropped
            yield mirrored(cropped)


def folder_of(files: list[Path], count: int, name: str) -> Path:
    """A folder with `count` hard links to the files in turn."""
    folder = FOLDER / name
    if not folder.exists() or len(list(folder.iterdir())) != count:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for index in range(count):
            os.link(files[index % len(files)], folder / f"{index:05}.jpg")
    return folder
