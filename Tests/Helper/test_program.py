"""HEIC and AVIF through the whole program: found, stored, shown, exported, backed up and restored as other pictures are.

POSEVAULT names the program, else .build/debug/posevault. It finds posevault-decode in .build/decode."""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import numpy
from PIL import Image

from helper import ROOT
from scenes import encode, encode_ten_bits, pillow

sys.path.append(str(ROOT / "Tests" / "Browser"))
from real_server import POSEVAULT, RealServer, program_without_decoder  # noqa: E402

FIXTURES = ROOT / "Tests" / "Fixtures" / "decode"
CASES = ROOT / ".runtime" / "test-pictures" / "cases"
NEVER = "0 0 31 2 *"
SENTENCE = "isn't supported here. `make decode`, or the package posevault-decode, adds it."
# of the picture's size, for joints that are seen; a level more or less of its samples moves them by a tenth of this
TOLERANCE = 0.005


def seen(pose):
    return numpy.array([joint["visibility"] > 0.9 for joint in pose["keypoints"]])


def joints(pose):
    return numpy.array([[joint["x"], joint["y"]] for joint in pose["keypoints"]])


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def extract(self, *paths, program=POSEVAULT, options=()):
        done = subprocess.run(
            [program, "extract", *options, *paths], cwd=self.folder, capture_output=True, text=True, timeout=120)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def test_people_are_found_where_they_are_found_in_the_same_pixels_of_a_png(self):
        person = numpy.asarray(Image.open(CASES / "astronaut-wide.png").convert("RGB"))
        contents = {
            "turned.heic": (FIXTURES / "person.heic").read_bytes(), "plain.avif": (FIXTURES / "person.avif").read_bytes(),
            "wide.heic": encode(person), "ten bits.heic": encode_ten_bits(person, "HEIF"),
        }
        for name, content in contents.items():
            (self.folder / name).write_bytes(content)
            Image.fromarray(pillow(content)).save(self.folder / f"{name}.png")
        done, lines = self.extract(*(each for name in contents for each in (name, f"{name}.png")))
        self.assertEqual(done.returncode, 0, done.stderr)
        for coded, plain in zip(lines[::2], lines[1::2]):
            with self.subTest(coded["file"]):
                self.assertEqual((coded["width"], coded["height"]), (plain["width"], plain["height"]))
                (one,), (other,) = coded["poses"], plain["poses"]
                self.assertGreater(seen(other).sum(), 10)
                self.assertLess(float(numpy.abs(joints(one) - joints(other))[seen(other)].max()), TOLERANCE)

    def test_overlays_are_upright(self):
        shutil.copy(FIXTURES / "person.heic", self.folder)
        done, _ = self.extract("person.heic", options=["--overlay", "drawn"])
        self.assertEqual(done.returncode, 0, done.stderr)
        drawn = numpy.asarray(Image.open(self.folder / "drawn" / "person.heic.overlay.jpg"), numpy.int16)
        whole = pillow((FIXTURES / "person.heic").read_bytes()).astype(numpy.int16)
        self.assertEqual(drawn.shape, whole.shape)
        # all but the skeleton
        self.assertLess(float(numpy.median(numpy.abs(drawn - whole))), 4)

    def test_one_that_is_damaged_or_too_large_fails_alone(self):
        whole = (FIXTURES / "person.heic").read_bytes()
        (self.folder / "cut.heic").write_bytes(whole[: len(whole) // 2])
        (self.folder / "large.heic").write_bytes(encode(numpy.zeros((1100, 1000, 3), numpy.uint8)))
        shutil.copy(FIXTURES / "person.heic", self.folder / "whole.heic")
        os.environ["MAX_MEGAPIXELS"] = "1"
        self.addCleanup(os.environ.pop, "MAX_MEGAPIXELS")
        done, lines = self.extract("cut.heic", "large.heic", "whole.heic")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([line.get("error", {}).get("code") for line in lines], ["CORRUPT_IMAGE", "IMAGE_TOO_LARGE", None])
        self.assertIn("1000 × 1100 pixels; the limit is 1 mega", lines[1]["error"]["message"])
        self.assertEqual(len(lines[2]["poses"]), 1)

    def test_without_the_helper_the_way_to_get_it_is_told(self):
        program = self.enterContext(program_without_decoder())
        shutil.copy(FIXTURES / "person.heic", self.folder / "helpless.heic")
        shutil.copy(FIXTURES / "person.avif", self.folder / "helpless.avif")
        done, lines = self.extract("helpless.heic", "helpless.avif", program=program)
        self.assertEqual(done.returncode, 1)
        for line, name in zip(lines, ("HEIC", "AVIF")):
            self.assertEqual(line["error"]["code"], "UNSUPPORTED_IMAGE")
            self.assertEqual(line["error"]["message"], f"{name} {SENTENCE} Use JPEG, PNG or WebP.")


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.settings = {"CRON_SCHEDULE": NEVER, "BACKUP_PAUSE_SECONDS": "0"}
        cls.server = RealServer(**cls.settings)
        cls.addClassCleanup(cls.server.close)
        cls.content = (FIXTURES / "person.heic").read_bytes()
        (cls.number,) = cls.server.upload(FIXTURES / "person.heic", "IMG_0001.HEIC")
        cls.image = cls.server.pose(cls.number)["imageId"]

    def get(self, path, server=None, **headers):
        request = urllib.request.Request((server or self.server).url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read(), answer.headers

    def test_the_original_stays_what_was_uploaded(self):
        body, headers = self.get(f"/api/images/{self.image}")
        self.assertEqual((body, headers["Content-Type"]), (self.content, "image/heic"))
        (avif,) = self.server.upload(FIXTURES / "person.avif")
        body, headers = self.get(f"/api/images/{self.server.pose(avif)['imageId']}")
        self.assertEqual((body, headers["Content-Type"]), ((FIXTURES / "person.avif").read_bytes(), "image/avif"))

    def test_what_is_drawn_of_it_any_browser_shows(self):
        whole = pillow(self.content).astype(numpy.int16)
        rendition, headers = self.get(f"/api/images/{self.image}/rendition")
        self.assertEqual(headers["Content-Type"], "image/jpeg")
        shown = numpy.asarray(Image.open(io.BytesIO(rendition)), numpy.int16)
        self.assertEqual(shown.shape, whole.shape)
        self.assertLess(float(numpy.abs(shown - whole).mean()), 4)
        thumbnail = Image.open(io.BytesIO(self.get(f"/api/images/{self.image}/thumbnail?size=128")[0]))
        self.assertEqual((thumbnail.format, thumbnail.size), ("JPEG", (128, 128)))
        overlay = Image.open(io.BytesIO(self.get(f"/api/poses/{self.number}/overlay", Accept="image/png")[0]))
        self.assertEqual((overlay.format, overlay.size), ("PNG", whole.shape[1::-1]))

    def test_exports_have_its_size(self):
        images = json.loads(self.get("/api/poses/export?format=coco&fileName=IMG_0001.HEIC")[0])["images"]
        self.assertEqual([(image["width"], image["height"]) for image in images], [pillow(self.content).shape[1::-1]])

    def test_health_tells_what_is_read(self):
        health, _ = self.server.call("GET", "/api/health")
        self.assertEqual(health["formats"], ["image/jpeg", "image/png", "image/webp", "image/heic", "image/avif"])

    def test_a_damaged_one_is_refused(self):
        broken = Path(self.enterContext(tempfile.TemporaryDirectory())) / "broken.heic"
        broken.write_bytes(self.content[: len(self.content) // 2])
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.server.upload(broken)
        with caught.exception as error:
            self.assertEqual(error.code, 415)
            self.assertEqual(json.load(error)["error"]["code"], "CORRUPT_IMAGE")

    def test_a_backup_holds_it_by_its_ending_and_a_restore_brings_it_back(self):
        self.server.call("POST", "/api/backup/trigger", b"")
        runs = self.server.call("GET", "/api/backups")[0]["data"]["backups"]
        self.assertEqual(runs[0]["verdict"], "proven", runs[0])
        (archive,) = Path(self.server.folder.name, "backups").glob("*.zip")
        with zipfile.ZipFile(archive) as opened:
            self.assertEqual(opened.read(f"images/{self.image}.heic"), self.content)
        elsewhere = RealServer(**self.settings)
        self.addCleanup(elsewhere.close)
        elsewhere.kill()
        done = subprocess.run(
            [POSEVAULT, "backup", "restore", archive], cwd=elsewhere.folder.name, capture_output=True, text=True,
            env={"DATA_DIR": elsewhere.folder.name + "/data"} | self.settings, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        elsewhere.start()
        body, headers = self.get(f"/api/images/{self.image}", elsewhere)
        self.assertEqual((body, headers["Content-Type"]), (self.content, "image/heic"))
        self.assertEqual(elsewhere.pose(self.number)["keypoints"], self.server.pose(self.number)["keypoints"])

    def test_an_import_stores_it(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copy(FIXTURES / "person.heic", folder / "imported.HEIC")
        done = subprocess.run(
            [POSEVAULT, "import", "imported.HEIC"], cwd=folder, capture_output=True, text=True, timeout=120,
            env={"DATA_DIR": self.server.folder.name + "/data"} | self.settings)
        self.assertEqual(done.returncode, 0, done.stderr)
        poses = self.server.call("GET", "/api/poses?fileName=imported.HEIC&include=details")[0]["data"]["poses"]
        self.assertEqual(len(poses), 1)


if __name__ == "__main__":
    unittest.main()
