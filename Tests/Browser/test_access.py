"""No view has a fault that axe-core finds, in light and dark; the pictures of this run are the README's."""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens
from real_server import ROOT, RealServer

# a folder in the checkout where the pictures of the page go, when they are wanted
SCREENSHOTS = os.environ.get("SCREENSHOTS")
README_SHOWS = {"gallery-desk-light", "pose-desk-dark", "pose-phone-light", "backups-desk-light"}
# public domain: NASA's portrait of Eileen Collins, and the U.S. Navy's of Grace Hopper
PICTURES = [
    "cases/astronaut-turned-10.jpg", "cases/astronaut-cut-below.jpg", "cases/astronaut-mirrored.jpg", "grace_hopper.jpg",
    "cases/astronaut-wide.jpg", "cases/astronaut-grey.jpg", "cases/astronaut-dark.jpg", "astronaut.png",
]
CORRECTED = 3


class Access(BrowserCase):
    @classmethod
    def setUpClass(cls):
        cls.own = RealServer()
        cls.addClassCleanup(cls.own.close)
        cls.ids = [cls.own.upload(picture, Path(picture).name)[0] for picture in PICTURES]
        cls.own.correct(cls.ids[CORRECTED], "nose", x=0.47)

    def make_server(self):
        return self.own

    def look(self, name):
        """Checks what is shown in both colour schemes, and takes its picture."""
        widths = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        self.assertLessEqual(widths[0], widths[1], f"{name} is wider than the screen")
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = Axe().run(self.page)
            self.assertEqual(found.violations_count, 0, f"{name}, {scheme}: {found.generate_report()}")
            picture = f"{name}-{'phone' if self.is_phone else 'desk'}-{scheme}"
            if SCREENSHOTS and picture in README_SHOWS:
                self.page.screenshot(path=ROOT / SCREENSHOTS / f"{picture}.jpg", type="jpeg", quality=85)

    def test_the_gallery(self):
        self.open_gallery()
        expect(self.page.locator(".thumbnail.loaded")).to_have_count(len(PICTURES))
        self.look("gallery")
        if self.is_phone:
            self.page.get_by_role("button", name="More filters").click()
            self.look("filters")

    def test_a_pose_under_correction(self):
        self.open_pose(self.ids[-1])
        self.drag(self.joint_place(12), (30, 10))
        expect(self.page.locator(".save-bar")).to_contain_text("changed")
        self.look("pose")

    def test_the_backups(self):
        self.page.goto("/#/backups")
        if self.page.locator(".backup-list").count() == 0:
            self.page.get_by_role("button", name="Back up now").click()
            expect(self.page.locator(".toast")).to_be_visible(timeout=60_000)
            self.page.get_by_role("button", name="Dismiss").click()
        self.page.locator(".backup-list summary").first.click()
        expect(self.page.locator(".backup-list code").first).to_be_visible()
        self.look("backups")

    def test_nothing_is_wider_than_the_narrowest_screen(self):
        # what WCAG asks for (1.4.10): the smallest phones, and a page enlarged four times
        self.page.set_viewport_size({"width": 320, "height": 640})
        for address, landmark in (
            ("/", ".thumbnail.loaded"), (f"/#/poses/{self.ids[CORRECTED]}", ".frame .picture.loaded"),
            ("/#/backups", ".summary dd"), ("/docs", ".docs-call"),
        ):
            self.page.goto(address)
            expect(self.page.locator(landmark).first).to_be_attached()
            self.assertLessEqual(self.page.evaluate("document.documentElement.scrollWidth"), 320, address)

    def test_a_question(self):
        self.open_pose(self.ids[CORRECTED])
        self.page.get_by_role("button", name="Revert to detection").click()
        expect(self.page.get_by_role("dialog")).to_be_visible()
        self.look("question")

    def test_uploads_and_an_empty_search(self):
        self.expected = ["422"]
        self.open_gallery()
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Add pictures").click()
        chooser.value.set_files([ROOT / ".runtime" / "test-pictures" / "chelsea.png"])
        expect(self.page.locator(".tray")).to_contain_text("No person was found")
        self.page.get_by_role("searchbox", name="File name").fill("nowhere")
        expect(self.page.get_by_role("heading", name="Nothing found")).to_be_visible()
        self.look("uploads")


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Access)
