"""The first minutes of someone who ran `make run`, from the first picture to the first backup."""

import zipfile

from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens
from real_server import PICTURES, RealServer

NOSE = 0


class Newcomer(BrowserCase):
    def make_server(self):
        server = RealServer()
        self.addCleanup(server.close)
        return server

    def test_from_the_first_picture_to_the_first_backup(self):
        self.open_gallery()
        self.send_event("drop", "DragEvent", "dataTransfer", "astronaut.png", "image/png", "astronaut.png")
        card = self.card("astronaut.png")
        expect(card.locator(".skeleton > g")).to_have_count(1)
        card.click()
        expect(self.page.locator(".frame .picture.loaded")).to_be_attached()
        expect(self.page.locator(".person.active circle.joint")).to_have_count(33)

        detected = self.server.pose(1)["keypoints"][NOSE]
        self.drag(self.joint_place(NOSE), (40, 20))
        expect(self.page.locator(".save-bar")).to_contain_text("changed")
        self.page.get_by_role("button", name="Save", exact=True).click()
        expect(self.page.locator(".toast", has_text="Saved.")).to_be_visible()
        self.page.reload()
        expect(self.page.locator(".pose-head .mark")).to_have_text("corrected")
        self.assertNotEqual(self.server.pose(1)["keypoints"][NOSE]["x"], detected["x"])
        self.page.get_by_role("button", name="Revert to detection").click()
        self.page.get_by_role("button", name="Discard corrections").click()
        expect(self.page.locator(".pose-head .mark")).to_have_count(0)
        self.assertEqual(self.server.pose(1)["keypoints"][NOSE]["x"], detected["x"])

        self.page.get_by_role("navigation").get_by_role("link", name="Backups").click()
        self.page.get_by_role("button", name="Back up now").click()
        expect(self.page.locator(".toast", has_text="finished and verified")).to_be_visible(timeout=60_000)
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="Download").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            self.assertIsNone(archive.testzip())
            pictures = [name for name in archive.namelist() if name.startswith("images/")]
            self.assertEqual([archive.read(name) for name in pictures], [(PICTURES / "astronaut.png").read_bytes()])


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Newcomer)
