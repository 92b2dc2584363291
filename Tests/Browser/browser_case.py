"""What the tests of the page share: one Chromium, one server, and a watch on everything that goes wrong unseen."""

import atexit
import base64
import re
import struct
import unittest
import uuid
import zlib
from functools import cache
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from real_server import PICTURES, RealServer

DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
# the camera sees this picture
CAMERA = PICTURES / "cases" / "astronaut.jpg"

expect.set_options(timeout=10_000)


@cache
def browser():
    playwright = sync_playwright().start()
    chromium = playwright.chromium.launch(
        executable_path="/usr/bin/chromium",
        args=[
            "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera_film()}",
        ],
    )
    atexit.register(playwright.stop)
    atexit.register(chromium.close)
    return chromium


@cache
def camera_film():
    """A film of one frame: for Chromium, a Motion JPEG is a file of that ending."""
    film = CAMERA.with_suffix(".mjpeg")
    film.write_bytes(CAMERA.read_bytes())
    return film


@cache
def shared_server():
    server = RealServer()
    atexit.register(server.close)
    return server


def fresh(picture):
    """The bytes of a picture that no server has seen yet: with a comment of its own."""
    data = (PICTURES / picture).read_bytes()
    note = uuid.uuid4().bytes
    if data.startswith(b"\xff\xd8"):
        return data[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(note)) + note + data[2:]
    if data.startswith(b"\x89PNG"):
        chunk = b"tEXtComment\0" + note.hex().encode()
        place = data.index(b"IHDR") + 4 + 13 + 4
        return data[:place] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[place:]
    if data[4:8] == b"ftyp":
        return data + struct.pack(">I", 8 + len(note)) + b"free" + note
    raise ValueError(picture)


def fresh_file(picture):
    """The same for a file dialogue."""
    kind = {".jpg": "image/jpeg", ".png": "image/png"}[Path(picture).suffix]
    return {"name": Path(picture).name, "mimeType": kind, "buffer": fresh(picture)}


class BrowserCase(unittest.TestCase):
    """A page of its own for each test. A console message, an exception or a breach of the content security policy
    fails the test, except for answers that the test provokes: those it names in `expected`."""

    screen = DESK
    scheme = "light"
    locale = "en-GB"

    def setUp(self):
        self.server = self.make_server()
        self.expected = []
        self.faults = []
        self.context = browser().new_context(
            **self.screen, color_scheme=self.scheme, base_url=self.server.url, locale=self.locale, timezone_id="Europe/Berlin",
            reduced_motion="reduce", permissions=["camera"],
        )
        self.addCleanup(self.context.close)
        self.context.set_default_timeout(10_000)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self.hear)

    def make_server(self):
        return shared_server()

    def tearDown(self):
        faults = [fault for fault in self.faults if not any(re.search(known, fault) for known in self.expected)]
        self.assertEqual(faults, [])

    def hear(self, message):
        if message.type not in ("error", "warning"):
            return
        self.faults.append(f"{message.text} {message.location['url']}")

    @property
    def is_phone(self):
        return self.screen is PHONE

    def open_gallery(self):
        self.page.goto("/")

    def open_pose(self, number):
        self.page.goto(f"/#/poses/{number}")
        expect(self.page.locator(".frame .picture.loaded")).to_be_attached()

    def card(self, name):
        return self.page.locator(".card", has_text=name)

    def joint_place(self, index):
        """Where a joint is on the screen."""
        frame = self.page.locator(".frame").bounding_box()
        joint = self.page.locator(".person.active circle.joint").nth(index)
        x, y = joint.evaluate("node => [node.cx.baseVal.value, node.cy.baseVal.value]")
        return frame["x"] + x, frame["y"] + y

    def drag(self, start, by):
        """With the finger on a phone, with the mouse elsewhere."""
        x, y = start
        steps = [(x + by[0] * share, y + by[1] * share) for share in (0.1, 0.4, 0.7, 1)]
        if not self.is_phone:
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            for step in steps:
                self.page.mouse.move(*step)
            self.page.mouse.up()
            return
        self.touch("touchStart", (x, y))
        for step in steps:
            self.touch("touchMove", step)
        self.touch("touchEnd")

    def touch(self, kind, *places):
        if not hasattr(self, "devtools"):
            self.devtools = self.context.new_cdp_session(self.page)
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self.devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def send_event(self, event, kind, field, name, content_type="image/jpeg", picture=None):
        """Chromium lets no test drag a file in from outside, but it lets a page make the event of it."""
        data = base64.b64encode((PICTURES / picture).read_bytes() if picture else fresh("cases/astronaut.jpg")).decode()
        self.page.evaluate(
            """([event, kind, field, name, type, data]) => {
              const transfer = new DataTransfer();
              const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
              transfer.items.add(new File([bytes], name, { type }));
              document.body.dispatchEvent(
                new window[kind](event, { bubbles: true, cancelable: true, [field]: transfer }));
            }""",
            [event, kind, field, name, content_type, data],
        )


def on_both_screens(module, *cases):
    """Makes each case run at a desk and on a phone; for a module's `load_tests`."""
    suite = unittest.TestSuite()
    for case in cases:
        for name, screen in (("AtADesk", DESK), ("OnAPhone", PHONE)):
            kind = type(case.__name__ + name, (case,), {"screen": screen, "__module__": module})
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(kind))
    return suite
