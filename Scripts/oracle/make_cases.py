"""Makes the cases of the tests from the pictures in .runtime/test-pictures and checks them against the fixtures.

`cases` holds those of Tests/Fixtures/oracle.json, `decoder` those of Tests/Fixtures/decoder.json. With --new the
fixtures are not looked at: they are about to be written.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import decoder_cases
import png_file
import pose_cases

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / ".runtime" / "test-pictures"
FIXTURES = ROOT / "Tests" / "Fixtures"


def load(name: str) -> Image.Image:
    """The picture's RGB pixels; JPEGs were made for the eye, so their decoder is Pillow's."""
    return Image.open(PICTURES / name).convert("RGB")


def write_pose_cases(folder: Path) -> None:
    for case in pose_cases.all_cases(load):
        if case.jpeg:
            case.picture.save(folder / case.name, **case.jpeg)
        else:
            (folder / case.name).write_bytes(png_file.encode(np.asarray(case.picture)))


def write_decoder_cases(folder: Path) -> None:
    for case in decoder_cases.all_cases():
        (folder / case.name).write_bytes(case.content)


def hashes(fixture: Path) -> dict[str, str]:
    """The files that a fixture names, with their SHA-256."""
    return {entry["file"]: entry["sha256"] for entry in json.loads(fixture.read_text())["cases"]}


def faults(folder: Path, fixture: Path) -> list[str]:
    """The files of the fixture that are missing from the folder or differ."""
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*")}
    return sorted(name for name, hash in hashes(fixture).items() if found.get(name) != hash)


def main() -> None:
    for name, fixture, write in [
        ("cases", FIXTURES / "oracle.json", write_pose_cases),
        ("decoder", FIXTURES / "decoder.json", write_decoder_cases),
    ]:
        folder = PICTURES / name
        if "--new" not in sys.argv and not faults(folder, fixture):
            continue
        print(f"Making {folder.relative_to(ROOT)}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write(folder)
        if "--new" not in sys.argv and (wrong := faults(folder, fixture)):
            sys.exit(f"{len(wrong)} files differ from {fixture.relative_to(ROOT)}, the first one {wrong[0]}")


if __name__ == "__main__":
    main()
