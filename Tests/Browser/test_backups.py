"""The backups, with the answers of a server that makes them; one that makes none shows nothing of them."""

import json

from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens

DONE = {
    "id": "2", "state": "succeeded", "startedAt": "2025-12-10T22:59:00.000Z", "finishedAt": "2025-12-10T22:59:40.000Z",
    "file": "2025-12-10-backup.zip", "size": 16_043_213, "verdict": "proven",
}
FAILED = {"id": "1", "state": "failed", "startedAt": "2025-12-09T22:59:00.000Z", "message": "The disk is full."}
RUNNING = {"id": "3", "state": "running", "startedAt": "2025-12-11T08:00:00.000Z", "phase": "Packing pictures", "progress": 0.4}


class Backups(BrowserCase):
    def answer(self, *backups, trouble=None):
        data = {"backups": backups, "nextRun": "2025-12-11T22:59:00.000Z", "trouble": trouble}
        self.page.unroute("**/api/backups")
        self.page.route("**/api/backups", lambda route: route.fulfill(body=json.dumps({"success": True, "data": data})))

    def test_a_server_without_backups_shows_nothing_of_them(self):
        with self.page.expect_response("**/api/backups") as answer:
            self.open_gallery()
        if answer.value.status != 404:
            self.skipTest("this server makes backups")
        expect(self.page.get_by_role("link", name="Backups")).to_have_count(0)

    def test_backups_are_listed_run_and_downloaded(self):
        self.answer(DONE, FAILED, trouble="The backup of 9 December failed.")
        self.open_gallery()
        expect(self.page.locator(".banner")).to_contain_text("The backup of 9 December failed.")
        self.page.get_by_role("navigation").get_by_role("link", name="Backups").click()
        expect(self.page.locator(".summary")).to_contain_text("11 Dec 2025")
        expect(self.page.locator(".summary")).to_contain_text("proven")
        rows = self.page.locator(".backup-list tbody tr")
        expect(rows.nth(0)).to_contain_text("2025-12-10-backup.zip")
        expect(rows.nth(0)).to_contain_text("15.3 MB")
        expect(rows.nth(0).get_by_role("link")).to_have_attribute("href", "/api/backups/2/download")
        expect(rows.nth(1)).to_contain_text("The disk is full.")

        self.page.route("**/api/backup/trigger", lambda route: route.fulfill(status=202, body='{"success":true,"data":{}}'))
        self.answer(RUNNING, DONE)
        self.page.get_by_role("button", name="Back up now").click()
        expect(self.page.locator(".running")).to_contain_text("Packing pictures")
        expect(self.page.get_by_role("progressbar")).to_have_attribute("value", "0.4")
        expect(self.page.get_by_role("button", name="Back up now")).to_be_disabled()
        self.answer(DONE)
        expect(self.page.locator(".toast")).to_contain_text("The backup is done.")
        expect(self.page.locator(".banner")).to_have_count(0)


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Backups)
