"""Everything that is stored, newest first, found again by name, day and correction."""

import json
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens
from real_server import RealServer

MORE_THAN_A_PAGE = 55


class Gallery(BrowserCase):
    """On a server of its own, for it counts."""

    @classmethod
    def setUpClass(cls):
        cls.own = RealServer()
        cls.addClassCleanup(cls.own.close)
        for number in range(MORE_THAN_A_PAGE):
            cls.own.upload("cases/astronaut-64.jpg", f"many-{number:02}.jpg", most=1)
        cls.own.upload("cases/two.png", "both.png")
        cls.corrected = cls.own.upload("cases/astronaut.jpg", "newest (1).jpg")[0]
        cls.own.correct(cls.corrected, "nose", x=0.5)

    def make_server(self):
        return self.own

    def setUp(self):
        super().setUp()
        self.open_gallery()

    def show_filters(self):
        if self.is_phone:
            self.page.get_by_role("button", name="More filters").click()

    def test_newest_comes_first_with_skeletons_over_the_pictures(self):
        cards = self.page.locator(".card")
        expect(cards.nth(0)).to_contain_text("newest (1).jpg")
        expect(cards.nth(1)).to_contain_text("both.png")
        expect(cards.nth(2)).to_contain_text(f"many-{MORE_THAN_A_PAGE - 1}.jpg")
        expect(cards.nth(0).locator("circle.joint")).to_have_count(33)
        expect(cards.nth(1).locator("circle.joint")).to_have_count(66)
        expect(self.page.locator(".grid-count")).to_have_text(f"{MORE_THAN_A_PAGE + 3} poses")
        # thumbnails are small pictures made by the server
        width = cards.nth(0).locator("img").evaluate("image => image.naturalWidth")
        self.assertLessEqual(width, 640)

    def test_the_gallery_goes_on_as_one_scrolls(self):
        expect(self.card("many-54.jpg")).to_be_visible()
        expect(self.card("many-00.jpg")).to_have_count(0)
        self.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(self.card("many-00.jpg")).to_be_attached()
        expect(self.page.locator(".grid .card:visible")).to_have_count(MORE_THAN_A_PAGE + 2)

    def test_a_name_is_found_and_the_search_is_cleared(self):
        self.page.get_by_role("searchbox", name="File name").fill("MANY-1")
        expect(self.page.locator(".grid-count")).to_have_text("10 poses")
        expect(self.page.locator(".card:visible")).to_have_count(10)
        self.page.get_by_role("searchbox", name="File name").fill("nowhere")
        expect(self.page.get_by_role("heading", name="Nothing found")).to_be_visible()
        self.page.get_by_role("button", name="Show all poses").click()
        expect(self.card("newest (1).jpg")).to_be_visible()

    def test_what_was_found_is_exported(self):
        self.page.get_by_role("searchbox", name="File name").fill("MANY-1")
        expect(self.page.locator(".grid-count")).to_have_text("10 poses")
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="Export as JSON Lines").click()
        self.assertRegex(download.value.suggested_filename, r"^poses-.*\.jsonl$")
        lines = Path(download.value.path()).read_text().splitlines()
        self.assertEqual(sorted(json.loads(line)["file"] for line in lines), [f"many-{n}.jpg" for n in range(10, 20)])

    def test_days_are_the_readers(self):
        self.show_filters()
        today = date.today()
        self.page.get_by_label("From", exact=True).fill(str(today + timedelta(days=2)))
        expect(self.page.get_by_role("heading", name="Nothing found")).to_be_visible()
        self.page.get_by_label("From", exact=True).fill(str(today - timedelta(days=2)))
        expect(self.card("newest (1).jpg")).to_be_visible()
        self.page.get_by_label("to", exact=True).fill(str(today - timedelta(days=2)))
        expect(self.page.get_by_role("heading", name="Nothing found")).to_be_visible()

    def test_corrected_poses_are_marked_and_found(self):
        expect(self.card("newest (1).jpg")).to_contain_text("corrected")
        expect(self.card("both.png")).not_to_contain_text("corrected")
        self.show_filters()
        self.page.get_by_label("Corrected only").check()
        expect(self.page.locator(".card:visible")).to_have_count(1)
        expect(self.card("newest (1).jpg")).to_be_visible()

    def test_coming_back_leads_to_where_one_was(self):
        expect(self.card("many-54.jpg")).to_be_visible()
        self.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(self.card("many-00.jpg")).to_be_attached()
        self.card("many-05.jpg").scroll_into_view_if_needed()
        place = self.page.evaluate("scrollY")
        self.card("many-05.jpg").get_by_role("link").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("many-05.jpg")
        self.page.get_by_role("link", name="Back to all poses").click()
        expect(self.card("many-05.jpg")).to_be_visible()
        self.assertAlmostEqual(self.page.evaluate("scrollY"), place, delta=80)

    def test_the_keyboard_leads_into_a_pose(self):
        expect(self.card("newest (1).jpg")).to_be_visible()
        self.page.keyboard.press("Tab")
        expect(self.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_focused()
        expect(self.page).to_have_url(self.server.url + "/")
        self.card("newest (1).jpg").get_by_role("link").focus()
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("newest (1).jpg")


class FirstVisit(BrowserCase):
    @classmethod
    def setUpClass(cls):
        cls.own = RealServer()
        cls.addClassCleanup(cls.own.close)

    def make_server(self):
        return self.own

    def test_an_empty_vault_says_what_to_do(self):
        self.open_gallery()
        expect(self.page.get_by_role("heading", name="Add a first picture")).to_be_visible()
        expect(self.page.get_by_role("button", name="Choose pictures")).to_be_visible()
        # nothing to search in yet
        expect(self.page.get_by_role("searchbox")).to_be_hidden()


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Gallery, FirstVisit)
