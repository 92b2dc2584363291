"""Keys and sign-ins on the page."""

import re
import unittest

from playwright.sync_api import expect

from browser_case import BrowserCase
from real_server import RealServer

KEY = "a-key-that-tests-alone-use"


class Keys(BrowserCase):
    def make_server(self):
        server = RealServer(API_KEY=KEY)
        self.addCleanup(server.close)
        return server

    def unlock(self, page, key, address="/#/access"):
        page.goto(address)
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Unlock").click()
        expect(page.get_by_role("dialog")).to_have_count(0)

    def row(self, name):
        return self.page.get_by_role("row").filter(has_text=name)

    def test_an_owner_makes_a_key_which_is_seen_once_and_revokes_it(self):
        self.expected = ["401", "403"]
        self.unlock(self.page, KEY)
        self.page.get_by_role("link", name="Access").click()
        self.page.get_by_role("button", name="New key").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("Ann’s laptop")
        dialog.get_by_label("Role").select_option("viewer")
        dialog.get_by_role("button", name="Create key").click()
        shown = self.page.get_by_role("dialog", name="Key for Ann’s laptop")
        expect(shown.get_by_label("Key", exact=True)).to_have_value(re.compile(r"^pv_[0-9a-f]{64}$"))
        key = shown.get_by_label("Key", exact=True).input_value()
        shown.get_by_role("button", name="Done").click()
        expect(self.row("Ann’s laptop")).to_contain_text("viewer")
        self.assertNotIn(key, self.page.content())

        other = self.context.browser.new_context(base_url=self.server.url)
        self.addCleanup(other.close)
        page = other.new_page()
        self.unlock(page, key)
        # a viewer sees where it is signed in, and no keys
        expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
        expect(page.get_by_text("This browser")).to_have_count(1)
        expect(page.get_by_role("heading", name="Keys")).to_have_count(0)
        expect(page.get_by_role("button", name="New key")).to_be_hidden()

        self.page.reload()
        expect(self.row("Ann’s laptop")).to_have_count(2)
        self.page.get_by_role("button", name="Revoke Ann’s laptop").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
        expect(self.row("Ann’s laptop")).to_have_count(1)
        expect(self.row("Ann’s laptop")).to_contain_text("revoked")
        page.reload()
        expect(page.get_by_role("dialog", name="Enter the API key")).to_be_visible()

    def test_a_sign_in_elsewhere_is_ended(self):
        self.expected = ["401"]
        other = self.context.browser.new_context(base_url=self.server.url)
        self.addCleanup(other.close)
        page = other.new_page()
        self.unlock(page, KEY, "/")
        self.unlock(self.page, KEY)
        self.page.get_by_role("button", name="Sign out").last.click()
        expect(self.page.get_by_text("Signed out.")).to_be_visible()
        expect(self.page.get_by_text("This browser")).to_be_visible()
        page.reload()
        expect(page.get_by_role("dialog", name="Enter the API key")).to_be_visible()


class WithoutKeys(BrowserCase):
    def test_the_page_shows_nothing_of_keys(self):
        self.page.goto("/")
        expect(self.page.locator(".welcome, .card").first).to_be_visible()
        expect(self.page.get_by_role("link", name="Access")).to_be_hidden()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_hidden()


if __name__ == "__main__":
    unittest.main()
