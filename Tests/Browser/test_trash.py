"""The page's trash: what was deleted is shown, brought back, and deleted forever."""

import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens
from real_server import RealServer


class Trash(BrowserCase):
    @classmethod
    def setUpClass(cls):
        cls.own = RealServer()
        cls.addClassCleanup(cls.own.close)

    def make_server(self):
        return self.own

    def delete(self, name):
        (number, *_) = self.own.upload("astronaut.png", name)
        self.own.call("DELETE", f"/api/poses/{number}")
        return number

    def test_a_deleted_pose_is_brought_back(self):
        number = self.delete("back.png")
        self.open_gallery()
        # while the list is on its way, there is another link of that name
        expect(self.page.get_by_role("heading", name="Add your first picture")).to_be_visible()
        self.page.get_by_role("link", name="Trash").click()
        card = self.page.locator(".trash .card", has_text="back.png")
        expect(card.locator(".thumbnail.loaded")).to_be_visible()
        expect(card).to_contain_text("30 days left")
        found = Axe().run(self.page)
        self.assertEqual(found.violations_count, 0, found.generate_report())
        card.get_by_role("button", name="Restore").click()
        expect(card).to_have_count(0)
        toast = self.page.locator(".toast", has_text="Pose restored.")
        toast.get_by_role("button", name="Show").click()
        expect(self.page).to_have_url(f"{self.own.url}/#/poses/{number}")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("back.png")

    def test_one_is_deleted_forever_and_then_all(self):
        for name in "one.png", "two.png", "three.png":
            self.delete(name)
        self.page.goto("/#/trash")
        cards = self.page.locator(".trash .card")
        expect(self.page.locator(".trash .card", has_text="one.png")).to_be_visible()
        before = cards.count()
        self.page.get_by_role("button", name="Delete two.png forever").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(cards).to_have_count(before)
        self.page.get_by_role("button", name="Delete two.png forever").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Delete forever").click()
        expect(cards).to_have_count(before - 1)
        self.page.get_by_role("button", name="Empty trash").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Empty trash").click()
        expect(self.page.get_by_role("heading", name="The trash is empty")).to_be_visible()
        expect(cards).to_have_count(0)


def load_tests(_loader, _tests, _pattern):
    return on_both_screens(__name__, Trash)


if __name__ == "__main__":
    unittest.main()
