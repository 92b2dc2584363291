"""Which way is up: page and server agree, also for files that browsers turn in another way or not at all."""

import io
import re
import struct
import unittest
import zlib
from functools import cache

from PIL import Image
from playwright.sync_api import expect

from browser_case import BrowserCase, shared_server
from real_server import PICTURES

TURNED_LEFT = 6  # EXIF: to be turned by a quarter clockwise


def tiff(kind, value):
    """One directory with the orientation as an entry of that TIFF type, little-endian."""
    return b"II*\x00" + struct.pack("<IHHHII", 8, 1, 0x0112, kind, 1, value) + bytes(4)


def stored(form, **options):
    """The astronaut lying on its side."""
    upright = Image.open(PICTURES / "astronaut.png").convert("RGB")
    file = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(file, form, **options)
    return file.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with_exif_behind_its_pixels():
    content = stored("PNG")
    end = content.rindex(b"IEND") - 4
    return content[:end] + chunk(b"eXIf", tiff(3, TURNED_LEFT)) + content[end:]


def files():
    yield "behind.png", png_with_exif_behind_its_pixels()
    yield "turned.webp", stored("WEBP", quality=90, exif=b"Exif\0\0" + tiff(3, TURNED_LEFT))
    yield "long.jpg", stored("JPEG", quality=95, exif=b"Exif\0\0" + tiff(4, TURNED_LEFT))
    yield "plain.jpg", stored("JPEG", quality=95, exif=b"Exif\0\0" + tiff(3, TURNED_LEFT))


def upload(name, content):
    """The best person's id."""
    path = PICTURES / name
    path.write_bytes(content)
    try:
        return shared_server().upload(name, most=1)[0]
    finally:
        path.unlink()


@cache
def uploads():
    return {name: upload(name, content) for name, content in files()}


@cache
def upright():
    return shared_server().pose(shared_server().upload("astronaut.png", most=1)[0])["keypoints"]


class WhichWayIsUp(BrowserCase):
    @classmethod
    def setUpClass(cls):
        cls.poses = uploads()
        cls.upright = upright()

    def shown(self, selector):
        """The picture as the page shows it, made small: 32×32 grey values."""
        return self.page.locator(selector).first.evaluate(
            """(image) => {
              const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 32 });
              const context = canvas.getContext("2d");
              context.drawImage(image, 0, 0, 32, 32);
              return [...context.getImageData(0, 0, 32, 32).data].filter((_, index) => index % 4 === 1);
            }"""
        )

    def assert_upright(self, shown):
        green = Image.open(PICTURES / "astronaut.png").convert("RGB").getchannel("G")
        small = green.resize((32, 32), Image.Resampling.BOX).tobytes()
        difference = sum(abs(a - b) for a, b in zip(shown, small)) / len(shown)
        # lying on its side it is above 60
        self.assertLess(difference, 16)

    def test_the_skeleton_lies_on_the_person_wherever_the_orientation_stands(self):
        for name, pose in self.poses.items():
            with self.subTest(name):
                keypoints = self.server.pose(pose)["keypoints"]
                for found, expected in zip(keypoints[:13], self.upright):
                    self.assertAlmostEqual(found["x"], expected["x"], delta=0.03)
                    self.assertAlmostEqual(found["y"], expected["y"], delta=0.03)
                self.open_pose(pose)
                self.assert_upright(self.shown(".frame .picture.loaded"))
                nose = self.joint_place(0)
                box = self.page.locator(".frame .picture.loaded").bounding_box()
                self.assertAlmostEqual((nose[0] - box["x"]) / box["width"], self.upright[0]["x"], delta=0.03)
                self.assertAlmostEqual((nose[1] - box["y"]) / box["height"], self.upright[0]["y"], delta=0.03)

    def test_the_gallery_shows_them_upright(self):
        self.open_gallery()
        for name in self.poses:
            with self.subTest(name):
                card = self.card(name)
                expect(card.locator(".thumbnail.loaded")).to_be_attached()
                self.assert_upright(self.shown(f".card:has-text('{name}') img"))

    def test_a_correction_is_stored_where_the_person_sees_it(self):
        pose = upload("corrected.png", png_with_exif_behind_its_pixels())
        before = self.server.pose(pose)["keypoints"][0]
        self.open_pose(pose)
        box = self.page.locator(".frame .picture.loaded").bounding_box()
        self.drag(self.joint_place(0), (0.1 * box["width"], 0.05 * box["height"]))
        self.page.get_by_role("button", name="Save", exact=True).click()
        expect(self.page.locator(".toast")).to_be_visible()
        after = self.server.pose(pose)["keypoints"][0]
        self.assertAlmostEqual(after["x"], before["x"] + 0.1, delta=0.03)
        self.assertAlmostEqual(after["y"], before["y"] + 0.05, delta=0.03)

    def test_a_busy_server_is_asked_again_and_the_original_is_not_shown(self):
        self.expected = ["503"]
        asked = []

        def answer(route):
            asked.append(route.request.url)
            # the page asks once more to learn why
            if len(asked) <= 2:
                route.fulfill(status=503, body="{}")
            else:
                route.continue_()

        self.page.route("**/rendition*", answer)
        self.open_pose(self.poses["behind.png"])
        self.assert_upright(self.shown(".frame .picture.loaded"))
        self.assertEqual(len(asked), 3)

    def test_what_the_server_cannot_read_is_shown_as_it_is(self):
        self.expected = ["415"]
        drawn = re.compile(r"/(rendition|thumbnail)\?size=")
        self.page.route(drawn, lambda route: route.fulfill(status=415, body="{}"))
        self.open_pose(self.poses["plain.jpg"])
        shown = self.page.locator(".frame .picture.loaded").get_attribute("src")
        self.assertRegex(shown, "(^|/)api/images/[0-9a-f]{24}$")
        self.open_gallery()
        expect(self.card("plain.jpg").locator(".thumbnail.loaded")).to_be_attached()


if __name__ == "__main__":
    unittest.main()
