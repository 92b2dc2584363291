"""Keys and sign-ins on the page."""

import json
import re
import subprocess
import unittest
from pathlib import Path

from playwright.sync_api import expect

from browser_case import BrowserCase
from real_server import PICTURES, POSEVAULT, RealServer

KEY = "a-key-that-tests-alone-use"


class Keys(BrowserCase):
    def make_server(self):
        server = RealServer(API_KEY=KEY)
        self.addCleanup(server.close)
        return server

    def unlock(self, page, key, address="/#/access"):
        page.goto(address)
        page.get_by_role("textbox", name="API key").fill(key)
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
        self.page.get_by_role("table").get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_text("Signed out.")).to_be_visible()
        expect(self.page.get_by_text("This browser")).to_be_visible()
        page.reload()
        expect(page.get_by_role("dialog", name="Enter the API key")).to_be_visible()


    def make_key(self, role):
        body = json.dumps({"name": f"the {role}", "role": role}).encode()
        answer, _ = self.server.call("POST", "/api/keys", body, **{"X-API-Key": KEY, "Content-Type": "application/json"})
        return answer["data"]["key"]

    def test_what_a_role_can_not_do_is_not_offered(self):
        """Nor asked for: no request is refused."""
        page = self.page
        add = page.get_by_role("button", name="Add pictures")
        bar = page.get_by_role("navigation", name="Pages")
        poses, backups = bar.get_by_role("link", name="Poses"), bar.get_by_role("link", name="Backups")
        self.expected = ["401"]
        picture = (PICTURES / "cases" / "astronaut-160.jpg").read_bytes()
        self.server.call("POST", "/api/extract-pose", picture, **{"X-API-Key": KEY, "Content-Type": "image/jpeg"})
        for role, reads, adds, edits, watches in (
            ("viewer", True, False, False, False), ("uploader", False, True, False, False),
            ("editor", True, True, True, False), ("monitor", False, False, False, False),
            ("operator", False, False, False, True),
        ):
            with self.subTest(role):
                self.context.clear_cookies()
                self.unlock(page, self.make_key(role), "/#/access")
                page.goto("/#/")
                page.reload()
                if reads:
                    expect(page.locator(".card")).to_have_count(1)
                else:
                    expect(page.get_by_text(f"Your key has the role {role}.")).to_be_visible()
                self.assertEqual((poses.is_visible(), add.first.is_visible(), backups.is_visible()),
                                 (reads, adds, watches))
                self.assertEqual(page.get_by_role("button", name="Select").is_visible(), edits)
                self.assertEqual(page.get_by_role("navigation", name="Export").is_visible(), edits)
                if reads:
                    page.locator(".card a").click()
                    expect(page.get_by_role("heading", name="Joint", exact=True)).to_be_visible()
                    self.assertEqual(page.get_by_role("button", name="Delete").is_visible(), edits)
                    page.get_by_label("Name").select_option("nose")
                    expect(page.get_by_label("x", exact=True)).to_be_enabled(enabled=edits)
                page.goto("/#/backups")
                expect(page.get_by_role("button", name="Back up now")).to_be_visible(visible=watches)

    def test_a_link_signs_in_once(self):
        self.expected = ["401"]
        done = subprocess.run(
            [POSEVAULT, "key", "add", "--name", "phone", "--role", "viewer", "--qr"], cwd=self.server.folder.name,
            env={**self.server.settings, "DATA_DIR": self.server.folder.name + "/data", "PUBLIC_URL": self.server.url},
            capture_output=True, text=True, timeout=60, check=True)
        link = re.search(r"http\S+/#/sign-in/[0-9a-f]{64}", done.stderr)[0]
        self.page.wait_for_timeout(2000)
        self.page.goto(link)
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()
        expect(self.page).to_have_url(f"{self.server.url}/#/")
        other = self.context.browser.new_context(base_url=self.server.url)
        self.addCleanup(other.close)
        page = other.new_page()
        page.goto(link)
        expect(page.get_by_text("This link was used already")).to_be_visible()

    def test_an_owner_reads_who_did_what(self):
        self.expected = ["401"]
        self.make_key("viewer")
        self.unlock(self.page, KEY)
        self.page.get_by_role("link", name="Audit").click()
        table = self.page.get_by_role("table")
        expect(table.get_by_role("row").filter(has_text="POST /api/keys")).to_contain_text("key 1")
        expect(table.get_by_role("row").filter(has_text="POST /api/session")).to_contain_text("session")
        self.page.get_by_label("Action").fill("POST /api/keys")
        self.page.keyboard.press("Enter")
        expect(table.get_by_role("row").filter(has_text="POST /api/session")).to_have_count(0)
        expect(table.get_by_role("row")).to_have_count(2)
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="CSV").click()
        self.assertIn("POST /api/keys", Path(download.value.path()).read_text())
        self.page.get_by_text("Newest hashes").click()
        expect(self.page.get_by_text(re.compile(r"entry \d+: [0-9a-f]{64}"))).to_be_visible()


class WithoutKeys(BrowserCase):
    def test_the_page_shows_nothing_of_keys(self):
        self.page.goto("/")
        expect(self.page.locator(".welcome, .card").first).to_be_visible()
        expect(self.page.get_by_role("link", name="Access")).to_be_hidden()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_hidden()


if __name__ == "__main__":
    unittest.main()
