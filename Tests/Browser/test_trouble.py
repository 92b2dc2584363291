"""Slow servers, servers that fail, and servers that want a key."""

import json
from pathlib import Path

from playwright.sync_api import expect

from browser_case import BrowserCase, fresh_file, on_both_screens
from real_server import PICTURES, RealServer

KEY = "a-key-for-the-tests"


class Trouble(BrowserCase):
    @classmethod
    def setUpClass(cls):
        cls.own = RealServer()
        cls.addClassCleanup(cls.own.close)
        cls.id = cls.own.upload("cases/astronaut.jpg")[0]

    def make_server(self):
        return self.own

    def test_a_killed_server_is_told_and_its_return_noticed(self):
        self.expected = ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"]
        self.open_gallery()
        expect(self.card("astronaut.jpg")).to_be_visible()
        self.server.kill()
        self.page.get_by_role("searchbox", name="File name").fill("astro")
        if self.is_phone:
            self.page.get_by_role("button", name="More filters").click()
        expect(self.page.locator(".banner")).to_contain_text("does not answer")
        expect(self.page.get_by_role("heading", name="The poses could not be loaded")).to_be_visible()
        self.server.start()
        expect(self.page.locator(".banner")).to_have_count(0)
        expect(self.card("astronaut.jpg")).to_be_visible()

    def test_a_slow_server_shows_that_something_comes(self):
        waiting = []
        self.page.route("**/api/poses?*", lambda route: waiting.append(route))
        self.open_gallery()
        expect(self.page.locator(".placeholder").first).to_be_visible()
        waiting[0].continue_()
        expect(self.card("astronaut.jpg")).to_be_visible()
        expect(self.page.locator(".placeholder")).to_have_count(0)

    def test_a_failing_list_can_be_tried_again(self):
        self.expected = ["500"]
        failure = json.dumps({"success": False, "message": "Something went wrong in the server.", "error": {"code": "INTERNAL"}})
        self.page.route("**/api/poses?*", lambda route: route.fulfill(status=500, body=failure), times=1)
        self.open_gallery()
        expect(self.page.locator(".empty")).to_contain_text("Something went wrong in the server.")
        self.page.get_by_role("button", name="Try again").click()
        expect(self.card("astronaut.jpg")).to_be_visible()

    def test_a_failing_pose_can_be_tried_again(self):
        self.expected = ["502"]
        # as a proxy answers, without our JSON
        self.page.route(f"**/api/poses/{self.id}?*", lambda route: route.fulfill(status=502, body="<html>"), times=1)
        self.page.goto(f"/#/poses/{self.id}")
        expect(self.page.locator(".empty")).to_contain_text("The server answered 502")
        self.page.get_by_role("button", name="Try again").click()
        expect(self.page.locator(".frame .picture.loaded")).to_be_attached()

    def test_databases_that_are_away_are_named(self):
        self.expected = ["503"]
        health = json.dumps({"success": False, "mysql": "disconnected", "mongodb": "connected"})
        self.page.route("**/api/health", lambda route: route.fulfill(status=503, body=health))
        self.open_gallery()
        expect(self.page.locator(".banner")).to_contain_text("MySQL can’t be reached")

    def test_a_restore_is_told_and_its_end_noticed(self):
        self.expected = ["503"]
        health, _ = self.server.call("GET", "/api/health")
        restoring = json.dumps(health | {"restoring": {"since": "2025-12-10T10:30:00.000Z"}})
        refusal = json.dumps({"success": False, "message": "A restore is under way.", "error": {"code": "RESTORING"}})
        self.page.route("**/api/health", lambda route: route.fulfill(status=200, body=restoring))
        self.page.route("**/api/poses?*", lambda route: route.fulfill(status=503, body=refusal))
        self.open_gallery()
        expect(self.page.locator(".banner")).to_contain_text("A backup is being restored.")
        expect(self.page.locator(".empty")).to_contain_text("A restore is under way.")
        self.page.unroute("**/api/poses?*")
        self.page.unroute("**/api/health")
        expect(self.page.locator(".banner")).to_have_count(0)
        expect(self.card("astronaut.jpg")).to_be_visible()

    def test_a_storage_that_goes_away_is_told_at_once(self):
        self.expected = ["503"]
        self.open_gallery()
        expect(self.card("astronaut.jpg")).to_be_visible()
        health = json.dumps({"success": False, "mysql": "connected", "mongodb": "disconnected"})
        failure = json.dumps({"success": False, "message": "MongoDB can’t be reached.", "error": {"code": "STORAGE_UNAVAILABLE"}})
        self.page.route("**/api/health", lambda route: route.fulfill(status=503, body=health))
        self.page.route("**/api/poses/*", lambda route: route.fulfill(status=503, body=failure))
        self.card("astronaut.jpg").get_by_role("link").click()
        expect(self.page.locator(".empty")).to_contain_text("MongoDB can’t be reached.")
        expect(self.page.locator(".banner")).to_contain_text("MongoDB can’t be reached. Nothing can be read")


class WithKey(BrowserCase):
    @classmethod
    def setUpClass(cls):
        cls.own = RealServer(API_KEY=KEY)
        cls.addClassCleanup(cls.own.close)

    def make_server(self):
        return self.own

    def test_the_key_is_asked_for_once(self):
        self.expected = ["401"]
        self.open_gallery()
        dialog = self.page.get_by_role("dialog", name="Enter the API key")
        dialog.get_by_label("API key").fill("another key")
        dialog.get_by_role("button", name="Unlock").click()
        expect(dialog.get_by_role("alert")).to_contain_text("That key isn’t right.")
        dialog.get_by_label("API key").fill(KEY)
        dialog.get_by_role("button", name="Unlock").click()
        expect(dialog).to_have_count(0)
        expect(self.page.locator(".welcome, .card").first).to_be_visible()
        # pictures come by the cookie, as a browser sends no header for them
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Add pictures").click()
        chooser.value.set_files([fresh_file("cases/astronaut.jpg")])
        expect(self.page.locator(".thumbnail.loaded").first).to_be_visible()
        self.page.reload()
        expect(self.page.locator(".thumbnail.loaded").first).to_be_visible()
        expect(dialog).to_have_count(0)

    def test_a_key_that_is_given_later_brings_what_was_missing_and_can_be_forgotten(self):
        self.expected = ["401"]
        dialog = self.page.get_by_role("dialog", name="Enter the API key")
        for address in ("/", "/#/backups", "/#/poses/1"):
            self.context.clear_cookies()
            self.page.goto("about:blank")
            self.page.goto(address)
            expect(dialog).to_be_visible()
            self.page.keyboard.press("Escape")
            expect(self.page.locator(".empty")).to_contain_text("This needs the server’s API key.")
            with self.page.expect_file_chooser() as chooser:
                self.page.get_by_role("button", name="Add pictures").click()
            chooser.value.set_files([fresh_file("cases/astronaut.jpg")])
            dialog.get_by_label("API key").fill(KEY)
            dialog.get_by_role("button", name="Unlock").click()
            expect(self.page.locator(".tray-row")).to_contain_text("1 person found")
            expect(self.page.get_by_text("needs the server’s API key")).to_have_count(0)
            there = {"/": ".card", "/#/backups": ".summary dd", "/#/poses/1": ".frame"}[address]
            expect(self.page.locator(there).first).to_be_visible()
        if not self.is_phone:
            self.page.get_by_role("button", name="Sign out").click()
            expect(dialog).to_be_visible()
            self.page.reload()
            expect(dialog).to_be_visible()


class Exposed(BrowserCase):
    @classmethod
    def setUpClass(cls):
        cls.own = RealServer(
            API_KEY="short", SMTP_HOST="mail.example.org", FROM_EMAIL="a@example.org", TO_EMAIL="b@example.org"
        )
        cls.addClassCleanup(cls.own.close)

    def make_server(self):
        return self.own

    def test_what_others_could_read_is_told_to_who_has_the_key(self):
        self.expected = ["401"]
        self.assertNotIn("warnings", self.server.call("GET", "/api/health")[0])
        told, _ = self.server.call("GET", "/api/health", Authorization="Bearer short")
        self.assertEqual(len(told["warnings"]), 2)
        self.assertNotIn("short ", " ".join(told["warnings"]).replace("is short enough", ""))
        self.open_gallery()
        dialog = self.page.get_by_role("dialog", name="Enter the API key")
        expect(dialog).to_be_visible()
        banner = self.page.locator(".banner")
        expect(banner.filter(has_text="API_KEY is short")).to_have_count(0)
        dialog.get_by_label("API key").fill("short")
        dialog.get_by_role("button", name="Unlock").click()
        expect(banner).to_contain_text("API_KEY is short enough to be guessed")
        expect(banner).to_contain_text("Backups are mailed unencrypted, pictures included. Set BACKUP_PASSPHRASE")
        # as doctor says it
        log = (Path(self.own.folder.name) / "log").read_text()
        for warning in told["warnings"]:
            self.assertIn(warning, log)
        banner.get_by_role("button", name="Dismiss").press("Enter")
        expect(banner).to_have_count(0)
        expect(self.page.locator("main")).to_be_focused()


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Trouble, WithKey, Exposed)
