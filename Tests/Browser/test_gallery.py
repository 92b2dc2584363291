"""Everything that is stored, newest first, found again by name, day and correction."""

import contextlib
import json
import re
import sqlite3
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens
from real_server import RealServer

MORE_THAN_A_PAGE = 55
OLD = datetime(2024, 5, 20, 12, tzinfo=UTC)


class Gallery(BrowserCase):
    """On a server of its own, for it counts."""

    @classmethod
    def setUpClass(cls):
        cls.own = RealServer()
        cls.addClassCleanup(cls.own.close)
        cls.many = [
            cls.own.upload("cases/astronaut-64.jpg", f"many-{number:02}.jpg", most=1)[0]
            for number in range(MORE_THAN_A_PAGE)
        ]
        cls.own.upload("cases/two.png", "both.png")
        cls.corrected = cls.own.upload("cases/astronaut.jpg", "newest (1).jpg")[0]
        cls.own.correct(cls.corrected, "nose", x=0.5)
        # the first five are of another year
        with contextlib.closing(sqlite3.connect(f"{cls.own.folder.name}/data/posevault.sqlite")) as store, store:
            store.execute(
                f"UPDATE poses SET created_at = {OLD.timestamp():.0f} WHERE id <= ?", [cls.many[4]])

    def make_server(self):
        return self.own

    def setUp(self):
        super().setUp()
        self.open_gallery()

    def dots(self, card):
        """How many joints are drawn over a card's picture, once it has come."""
        expect(card.locator("path.joint").first).to_be_attached()
        paths = card.locator("path.joint").evaluate_all("nodes => nodes.map((node) => node.getAttribute('d'))")
        return sum(path.count("M") for path in paths)

    def show_filters(self):
        if self.is_phone:
            self.page.get_by_role("button", name="More filters").click()

    def test_newest_comes_first_with_skeletons_over_the_pictures(self):
        cards = self.page.locator(".card")
        expect(cards.nth(0)).to_contain_text("newest (1).jpg")
        expect(cards.nth(1)).to_contain_text("both.png")
        expect(cards.nth(2)).to_contain_text(f"many-{MORE_THAN_A_PAGE - 1}.jpg")
        self.assertEqual(self.dots(cards.nth(0)), 33)
        self.assertEqual(self.dots(cards.nth(1)), 66)
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

    def test_what_was_found_is_taken_home_with_its_pictures(self):
        self.page.get_by_role("searchbox", name="File name").fill("MANY-1")
        expect(self.page.locator(".grid-count")).to_have_text("10 poses")
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="Export as ZIP with pictures").click()
        self.assertRegex(download.value.suggested_filename, r"^poses-.*\.zip$")
        with zipfile.ZipFile(download.value.path()) as archive:
            self.assertIsNone(archive.testzip())
            pictures = sorted(name for name in archive.namelist() if name.startswith("images/"))
            self.assertEqual(pictures, [f"images/many-{n}.jpg" for n in range(10, 20)])

    def test_days_are_the_readers(self):
        self.show_filters()
        today = date.today()
        self.page.get_by_label("From", exact=True).fill(str(today + timedelta(days=2)))
        expect(self.page.get_by_role("heading", name="Nothing found")).to_be_visible()
        self.page.get_by_label("From", exact=True).fill(str(today - timedelta(days=2)))
        expect(self.card("newest (1).jpg")).to_be_visible()
        self.page.get_by_label("to", exact=True).fill(str(today - timedelta(days=2)))
        expect(self.page.get_by_role("heading", name="Nothing found")).to_be_visible()

    def test_one_jumps_to_a_day_and_on_to_what_is_newer(self):
        self.show_filters()
        self.page.get_by_label("Jump to", exact=True).fill("2024-05-21")
        expect(self.card("many-04.jpg")).to_be_in_viewport()
        # what is newer is left out, but not forgotten
        expect(self.card("many-54.jpg")).to_have_count(0)
        expect(self.page.locator(".grid-count")).to_have_text(f"{MORE_THAN_A_PAGE + 3} poses")
        expect(self.page).to_have_url(f"{self.server.url}/#/?at=2024-05-21")
        self.page.reload()
        expect(self.card("many-04.jpg")).to_be_in_viewport()
        expect(self.card("many-00.jpg")).to_be_attached()
        self.page.get_by_role("button", name="Newer pictures").click()
        expect(self.card("newest (1).jpg")).to_be_attached()
        expect(self.page.get_by_role("button", name="Newer pictures")).to_be_hidden()
        expect(self.page.locator(".grid .card:visible")).to_have_count(MORE_THAN_A_PAGE + 2)
        # among what was found
        self.page.get_by_role("searchbox", name="File name").fill("many-0")
        expect(self.page.locator(".grid-count")).to_have_text("10 poses")
        expect(self.card("many-04.jpg")).to_be_in_viewport()
        # before all of them are the oldest
        self.show_filters() if self.page.get_by_label("Jump to", exact=True).is_hidden() else None
        self.page.get_by_label("Jump to", exact=True).fill("1999-01-01")
        expect(self.card("many-00.jpg")).to_be_in_viewport()
        self.page.get_by_role("button", name="Clear").click()
        expect(self.card("newest (1).jpg")).to_be_in_viewport()

    def test_days_that_can_not_be_are_told(self):
        self.show_filters()
        self.page.get_by_label("From", exact=True).fill(str(date.today()))
        self.page.get_by_label("to", exact=True).fill(str(date.today() - timedelta(days=1)))
        expect(self.page.locator(".empty")).to_contain_text("“From” is later than “to”.")

    def test_what_is_looked_for_stands_in_the_address(self):
        self.page.get_by_role("searchbox", name="File name").fill("many-1")
        expect(self.page.locator(".grid-count")).to_have_text("10 poses")
        expect(self.page).to_have_url(f"{self.server.url}/#/?name=many-1")
        self.page.reload()
        expect(self.page.locator(".grid-count")).to_have_text("10 poses")
        expect(self.page.get_by_role("searchbox", name="File name")).to_have_value("many-1")
        self.card("many-19.jpg").get_by_role("link").click()
        expect(self.page).to_have_url(re.compile(r"/#/poses/\d+\?name=many-1$"))
        self.page.reload()
        self.page.get_by_role("link", name="Back to all poses").click()
        expect(self.page.locator(".grid-count")).to_have_text("10 poses")
        # as one that somebody sent
        self.page.goto("about:blank")
        self.page.goto(f"/#/?corrected=true&from={date.today() - timedelta(days=2)}")
        expect(self.page.locator(".grid-count")).to_have_text("1 pose")
        expect(self.page.get_by_label("Corrected only")).to_be_checked()

    def test_one_picture_leads_to_the_next_in_what_was_found(self):
        self.page.get_by_role("searchbox", name="File name").fill("many-1")
        expect(self.page.locator(".grid-count")).to_have_text("10 poses")
        self.card("many-19.jpg").get_by_role("link").click()
        heading = self.page.get_by_role("heading", level=1)
        expect(heading).to_have_text("many-19.jpg")
        expect(self.page.get_by_role("link", name="Next picture")).to_be_visible()
        expect(self.page.get_by_role("link", name="Previous picture")).to_have_count(0)
        self.page.get_by_role("link", name="Next picture").click()
        expect(heading).to_have_text("many-18.jpg")
        expect(self.page.get_by_role("link", name="Previous picture")).to_be_visible()
        self.page.keyboard.press("j")
        expect(heading).to_have_text("many-17.jpg")
        expect(self.page.get_by_role("link", name="Previous picture")).to_be_visible()
        self.page.keyboard.press("k")
        expect(heading).to_have_text("many-18.jpg")
        # no joint's number ends a list
        self.page.goto(f"/#/poses/{self.many[10]}?name=many-1")
        expect(heading).to_have_text("many-10.jpg")
        expect(self.page.get_by_role("link", name="Previous picture")).to_be_visible()
        expect(self.page.get_by_role("link", name="Next picture")).to_have_count(0)
        # over other people of a picture, and over a wide gap
        self.page.goto(f"/#/poses/{self.corrected}")
        expect(heading).to_have_text("newest (1).jpg")
        self.page.get_by_role("link", name="Next picture").click()
        expect(heading).to_have_text("both.png")
        self.page.get_by_role("link", name="Next picture").click()
        expect(heading).to_have_text(f"many-{MORE_THAN_A_PAGE - 1}.jpg")
        self.page.goto(f"/#/poses/{self.many[1]}?name=1.jpg")
        expect(heading).to_have_text("many-01.jpg")
        self.page.get_by_role("link", name="Previous picture").click()
        expect(heading).to_have_text("many-11.jpg")
        self.page.goto(f"/#/poses/{self.many[0]}?name=0.jpg")
        self.page.get_by_role("link", name="Previous picture").click()
        expect(heading).to_have_text("many-10.jpg")

    def test_cards_far_from_what_is_seen_are_empty_places(self):
        self.page.set_viewport_size({"width": self.page.viewport_size["width"], "height": 500})
        # as often as a page of the list is added
        self.page.wait_for_function(
            """name => {
              scrollTo(0, document.body.scrollHeight);
              return [...document.querySelectorAll(".card")].some((card) => card.textContent.includes(name));
            }""", arg="many-00.jpg")
        first = self.page.locator(".grid .card").first
        if self.is_phone:
            expect(first).to_be_empty()
        size = first.bounding_box()
        self.page.evaluate("scrollTo(0, 0)")
        expect(first).to_contain_text("newest (1).jpg")
        # so that nothing jumps
        self.assertAlmostEqual(first.bounding_box()["height"], size["height"], delta=1)
        # few elements make a card
        self.assertLess(first.evaluate("node => node.querySelectorAll('*').length"), 40)

    def test_an_imported_file_is_called_by_its_own_name(self):
        number = self.server.upload("cases/astronaut-64.jpg", "x.jpg", most=1)[0]
        self.addCleanup(self.server.call, "DELETE", f"/api/poses/{number}")
        folder, name = "../pics/many/subject-19", "frame-0001-with-a-long-name-of-its-own.jpg"
        self.page.route("**/api/poses?*", lambda route: self.name_first(route, f"{folder}/{name}"))
        self.page.reload()
        caption = self.page.locator(".card .caption").first
        expect(caption.locator(".name")).to_have_text(name)
        expect(caption.locator(".when")).to_contain_text(folder)
        if self.is_phone:
            # two lines, of which nothing is cut off
            cut = caption.locator(".name").evaluate("node => node.scrollHeight > node.clientHeight + 1")
            self.assertFalse(cut)

    def name_first(self, route, name):
        answer = route.fetch()
        body = answer.json()
        if body["data"]["poses"]:
            body["data"]["poses"][0]["image"]["fileName"] = name
        route.fulfill(response=answer, json=body)

    def test_several_are_chosen_and_deleted_with_one_way_back(self):
        ids = [self.server.upload("cases/astronaut-64.jpg", f"batch-{number}.jpg", most=1)[0] for number in range(4)]
        self.addCleanup(self.remove, ids)
        self.page.reload()
        cards = [self.card(f"batch-{number}.jpg") for number in range(4)]
        bar = self.page.get_by_role("group", name="Selected pictures")
        if self.is_phone:
            # a finger that rests
            box = cards[3].locator(".thumbnail").bounding_box()
            place = (box["x"] + 40, box["y"] + 40)
            self.touch("touchStart", place)
            expect(bar).to_contain_text("1 picture selected")
            self.touch("touchEnd")
            expect(bar).to_contain_text("1 picture selected")
            for card in cards[:3]:
                card.get_by_role("link").tap()
        else:
            cards[3].get_by_role("link").click(modifiers=["Control"])
            expect(bar).to_contain_text("1 picture selected")
            cards[0].get_by_role("link").click(modifiers=["Shift"])
        expect(bar).to_contain_text("4 pictures selected")
        cards[0].get_by_role("link").click()
        expect(bar).to_contain_text("3 pictures selected")
        expect(self.page.locator(".gallery")).to_be_visible()
        bar.get_by_role("button", name="Delete").click()
        expect(bar).to_be_hidden()
        expect(self.page.locator(".card:visible", has_text="batch-")).to_have_count(1)
        self.page.locator(".toast", has_text="3 poses deleted.").get_by_role("button", name="Undo").click()
        expect(self.page.locator(".card:visible", has_text="batch-")).to_have_count(4)
        # by button and keys, without a modifier
        self.page.clock.install()
        self.page.get_by_role("button", name="Select", exact=True).press("Enter")
        for card in cards[1:]:
            card.get_by_role("link").press("Enter")
        expect(bar).to_contain_text("3 pictures selected")
        bar.get_by_role("button", name="Delete").press("Enter")
        expect(self.page.locator(".toast", has_text="3 poses deleted.")).to_be_visible()
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.activeElement.blur()")
        self.page.clock.run_for(9_000)
        expect(self.page.get_by_role("button", name="Undo delete")).to_be_hidden()
        self.assertEqual([self.server.exists(number) for number in ids], [True, False, False, False])

    def remove(self, ids):
        for number in filter(self.server.exists, ids):
            self.server.call("DELETE", f"/api/poses/{number}")

    def test_what_was_added_elsewhere_shows(self):
        expect(self.card("newest (1).jpg")).to_be_visible()
        self.page.clock.install()
        self.page.reload()
        expect(self.card("newest (1).jpg")).to_be_visible()
        number = self.server.upload("cases/astronaut-64.jpg", "elsewhere.jpg", most=1)[0]
        self.addCleanup(self.server.call, "DELETE", f"/api/poses/{number}")
        self.page.clock.run_for(31_000)
        expect(self.page.locator(".card").first).to_contain_text("elsewhere.jpg")
        expect(self.page.locator(".grid-count")).to_have_text(f"{MORE_THAN_A_PAGE + 4} poses")

    def test_an_old_list_does_not_stand_under_a_new_word(self):
        self.expected = ["ERR_CONNECTION_REFUSED"]
        expect(self.card("newest (1).jpg")).to_be_visible()
        self.page.route("**/api/poses?*", lambda route: route.abort("connectionrefused"))
        self.page.get_by_role("searchbox", name="File name").fill("both")
        expect(self.page.get_by_role("heading", name="The poses could not be loaded")).to_be_visible()
        expect(self.page.locator(".card")).to_have_count(0)
        expect(self.page.locator(".grid-count")).to_be_empty()

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
        self.card("many-05.jpg").get_by_role("link").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("many-05.jpg")
        self.page.get_by_role("link", name="Back to all poses").click()
        expect(self.card("many-05.jpg")).to_be_visible()
        # not the same scrollY: cards above it may have been laid out since
        expect(self.card("many-05.jpg")).to_be_in_viewport()

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


class Searches(BrowserCase):
    def test_words_are_found_in_any_order_and_case_however_accents_are_written(self):
        for name in ("Jörg Ölbaum, linkes Knie.jpg", "Jo\u0308rg O\u0308lbaum, Hüfte.jpg"):
            self.server.upload("cases/astronaut-64.jpg", name)
        self.open_gallery()
        name = self.page.get_by_role("searchbox", name="File name")
        name.fill("ÖLBAUM")
        expect(self.card("linkes Knie")).not_to_have_count(0)
        expect(self.card("Hüfte")).not_to_have_count(0)
        name.fill("knie jörg")
        expect(self.card("Hüfte")).to_have_count(0)
        expect(self.card("linkes Knie")).not_to_have_count(0)


class FirstVisit(BrowserCase):
    @classmethod
    def setUpClass(cls):
        cls.own = RealServer()
        cls.addClassCleanup(cls.own.close)

    def make_server(self):
        return self.own

    def test_an_empty_vault_says_what_to_do(self):
        self.open_gallery()
        expect(self.page.get_by_role("heading", name="Add your first picture")).to_be_visible()
        expect(self.page.get_by_role("button", name="Choose pictures")).to_be_visible()
        # nothing to search in yet
        expect(self.page.get_by_role("searchbox")).to_be_hidden()


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Gallery, Searches, FirstVisit)
