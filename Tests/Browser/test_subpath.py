"""The page below a path of a reverse proxy, which passes the path on or takes it off."""

import unittest

from playwright.sync_api import expect

from browser_case import BrowserCase
from proxy import Proxy, free_port
from real_server import PICTURES, RealServer

KEY = "a-key-that-tests-alone-use"


class BelowAPath(BrowserCase):
    keeps_path = True

    @classmethod
    def setUpClass(cls):
        if cls is BelowAPath:
            raise unittest.SkipTest("what both kinds of proxy share")
        port = free_port()
        cls.outside = f"http://127.0.0.1:{port}"
        cls.own = RealServer(PUBLIC_URL=f"{cls.outside}/pose", API_KEY=KEY)
        cls.addClassCleanup(cls.own.close)
        proxy = Proxy(port, "/pose", cls.own.url, cls.keeps_path)
        cls.addClassCleanup(proxy.close)

    def make_server(self):
        return self.own

    def unlock(self):
        self.expected = ["401"]
        self.page.goto(f"{self.outside}/pose")
        self.page.locator("#api-key").fill(KEY)
        self.page.locator("#api-key").press("Enter")
        expect(self.page.locator("#api-key")).to_have_count(0)

    def test_a_picture_is_uploaded_shown_and_its_backup_downloaded(self):
        asked = []
        self.page.on("request", lambda request: asked.append(request.url))
        self.unlock()
        self.assertEqual(self.page.url.split("#")[0], f"{self.outside}/pose/")
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Choose pictures").click()
        chooser.value.set_files(PICTURES / "cases" / "astronaut.jpg")
        expect(self.card("astronaut.jpg").locator(".thumbnail.loaded")).to_be_attached(timeout=60_000)
        self.card("astronaut.jpg").get_by_role("link").click()
        expect(self.page.locator(".frame .picture.loaded")).to_be_attached()
        self.page.get_by_role("link", name="Backups", exact=True).first.click()
        expect(self.page.locator("h1")).to_contain_text("Backups")
        cookie = next(cookie for cookie in self.context.cookies() if cookie["name"] == "posevault_session")
        self.assertEqual(cookie["path"], "/pose")
        for url in asked:
            self.assertTrue(url.startswith((f"{self.outside}/pose", "blob:", "data:")), url)

    def test_the_reference_and_a_failure_lead_back_to_the_page(self):
        self.unlock()
        self.page.goto(f"{self.outside}/pose/docs")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("PoseVault")
        self.page.get_by_role("link", name="PoseVault, all poses").click()
        self.page.wait_for_url(f"{self.outside}/pose/")
        self.expected.append("404")
        self.page.goto(f"{self.outside}/pose/api/poses/99")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("404")
        self.page.get_by_role("link", name="PoseVault").click()
        self.page.wait_for_url(f"{self.outside}/pose/**")


class PathPassedOn(BelowAPath):
    keeps_path = True


class PathTakenOff(BelowAPath):
    keeps_path = False
