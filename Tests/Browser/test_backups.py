"""Backups are run, watched, downloaded and opened; what goes wrong with them is told."""

import contextlib
import datetime
import hashlib
import os
import re
import shutil
import zipfile
from pathlib import Path

from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens
from real_server import PICTURES, RealServer


class BackupCase(BrowserCase):
    """A server of its own for each test, with one picture."""

    settings = {"BACKUP_COPY_DIR": "copies", "TZ": "UTC", "BACKUP_PAUSE_SECONDS": "0"}

    def make_server(self):
        server = RealServer(**self.settings)
        self.addCleanup(server.close)
        self.pose = server.upload("astronaut.png")[0]
        return server

    @property
    def backups(self):
        return Path(self.server.folder.name) / "backups"

    def open_backups(self):
        self.page.goto("/#/backups")
        expect(self.page.get_by_role("heading", name="Backups", exact=True)).to_be_visible()

    def run_backup(self):
        """From the press of the button to the word that it is done."""
        self.page.get_by_role("button", name="Back up now").click()
        expect(self.page.locator(".toast", has_text="finished and verified")).to_be_visible(timeout=60_000)

    @contextlib.contextmanager
    def held(self):
        """A backup does not end meanwhile: a pipe stands where its copy is to go, and is waited for."""
        copies = Path(self.server.folder.name) / "copies"
        copies.mkdir(exist_ok=True)
        pipe = copies / f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}-backup.zip"
        os.mkfifo(pipe)
        yield
        # whether it waits already, or would
        writer = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        pipe.unlink()
        os.close(writer)

    @property
    def rows(self):
        return self.page.locator(".backup-list tbody tr")

    def download(self, row):
        with self.page.expect_download() as download:
            row.get_by_role("link", name="Download").click()
        return download.value


class Backups(BackupCase):
    def test_a_backup_is_run_watched_downloaded_and_opened(self):
        self.open_gallery()
        self.page.get_by_role("navigation").get_by_role("link", name="Backups").click()
        expect(self.page.get_by_role("heading", name="No backup yet")).to_be_visible()
        summary = self.page.locator(".summary")
        expect(summary).to_contain_text("embedded, connected")
        # at one minute to midnight of some day
        expect(summary).to_contain_text(re.compile(r"Next run.*\d{2}:59 (CET|CEST) \(23:59 in (UTC|GMT), the server’s time\)"))
        # nobody is mailed here, which is told
        expect(summary).to_contain_text("Off. Set TO_EMAIL")
        with self.held():
            self.page.get_by_role("button", name="Back up now").click()
            bar = self.page.get_by_role("progressbar", name="Progress of the backup")
            expect(bar).to_be_visible()
            expect(self.page.get_by_role("button", name="Back up now")).to_be_disabled()
        expect(self.page.locator(".toast", has_text="finished and verified")).to_be_visible(timeout=60_000)
        expect(bar).to_have_count(0)
        expect(self.page.get_by_role("button", name="Back up now")).to_be_enabled()
        expect(summary).to_contain_text("1 pose and 1 picture restored and compared")
        # the last run is the last verified one, and said once
        expect(summary).not_to_contain_text("Last run")
        expect(self.rows).to_have_count(1)

        row = self.rows.first
        row.get_by_text("verified").click()
        digest = row.locator("code").inner_text()
        download = self.download(row)
        self.assertRegex(download.suggested_filename, r"^\d{4}-\d{2}-\d{2}-backup\.zip$")
        self.assertEqual(hashlib.sha256(Path(download.path()).read_bytes()).hexdigest(), digest)
        with zipfile.ZipFile(download.path()) as archive:
            self.assertIsNone(archive.testzip())
            image = self.server.pose(self.pose)["imageId"]
            self.assertEqual(archive.read(f"images/{image}.png"), (PICTURES / "astronaut.png").read_bytes())
            self.assertIn(f"'{image}'".encode(), archive.read("mysql/poses.sql"))
            self.assertEqual(archive.namelist()[-1], "manifest.json")

    def test_phase_and_progress_are_shown_while_a_run_goes_on(self):
        self.open_backups()
        with self.held():
            self.page.get_by_role("button", name="Back up now").click()
            running = self.page.locator(".running")
            expect(running).to_have_text("Copying the archive …")
            bar = running.get_by_role("progressbar")
            self.assertGreater(float(bar.evaluate("bar => bar.value")), 0)
        expect(self.page.locator(".toast", has_text="finished and verified")).to_be_visible(timeout=60_000)

    def test_a_backup_that_someone_else_began_is_watched_too(self):
        self.open_backups()
        self.server.call("POST", "/api/backup/trigger", b"")
        self.page.reload()
        expect(self.rows).to_have_count(1)
        self.run_backup()
        expect(self.rows).to_have_count(2)
        expect(self.rows.first).to_contain_text("-backup-2.zip")

    def test_older_backups_follow_on_demand(self):
        for _ in range(21):
            self.server.call("POST", "/api/backup/trigger", b"")
        self.open_backups()
        expect(self.rows).to_have_count(20)
        self.page.get_by_role("button", name="Older backups").click()
        expect(self.rows).to_have_count(21)
        expect(self.page.get_by_role("button", name="Older backups")).to_be_hidden()


class Failures(BackupCase):
    def test_a_failed_backup_says_why_until_one_is_proven(self):
        self.open_backups()
        # nobody can write into what is no folder, not even root
        aside = self.backups.with_name("aside")
        self.backups.rename(aside)
        self.backups.write_text("")
        self.page.get_by_role("button", name="Back up now").click()
        expect(self.page.locator(".toast.error")).to_contain_text("The backup failed.", timeout=120_000)
        expect(self.page.locator(".banner")).to_contain_text("The last backup failed")
        expect(self.rows.first).to_contain_text("failed.")
        expect(self.rows.first.get_by_role("link", name="Download")).to_have_count(0)
        # told on every page, and after a reload
        self.page.goto("/")
        self.page.reload()
        expect(self.page.locator(".banner")).to_contain_text("The last backup failed")
        self.page.locator(".banner").get_by_role("link", name="Backups").click()
        self.backups.unlink()
        aside.rename(self.backups)
        self.run_backup()
        expect(self.page.locator(".banner")).to_have_count(0)

    def test_a_backup_that_has_shrunk_is_told(self):
        more = [self.server.upload("cases/astronaut-160.jpg", f"{number}.jpg")[0] for number in range(2)]
        self.open_backups()
        self.run_backup()
        expect(self.page.locator(".banner")).to_have_count(0)
        for number in more:
            self.server.call("DELETE", f"/api/poses/{number}")
        self.server.call("POST", "/api/backup/trigger", b"")
        self.page.reload()
        told = "The last backup is in doubt: It holds 1 pose, less than half of the 3"
        expect(self.page.locator(".banner")).to_contain_text(told)
        expect(self.rows.first).to_contain_text("verified, but much smaller than the best one that is kept")
        # the one before is kept
        expect(self.rows).to_have_count(2)
        self.page.goto("/")
        expect(self.page.locator(".banner")).to_contain_text(told)
        # until a person says that it is right
        self.open_backups()
        self.page.get_by_role("button", name="Accept this loss …").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Accept", exact=True).click()
        expect(self.page.locator(".toast", has_text="Accepted.")).to_be_visible()
        expect(self.page.locator(".banner")).to_have_count(0)
        expect(self.rows.first).to_contain_text(", accepted")

    def test_an_archive_that_is_gone_is_told_instead_of_downloaded(self):
        self.expected = ["404"]
        self.open_backups()
        self.run_backup()
        shutil.rmtree(self.backups)
        self.rows.first.get_by_role("link", name="Download").click()
        expect(self.page.locator(".toast.error")).to_contain_text("no longer exists")

    def test_a_second_backup_meanwhile_is_refused_with_a_word(self):
        self.expected = ["409"]
        self.open_backups()
        # as at another screen, in the moment between look and press
        self.page.route("**/api/backup/trigger", self.begin_first)
        with self.held():
            self.page.get_by_role("button", name="Back up now").click()
            expect(self.page.locator(".toast.error")).to_contain_text("Another backup is running")

    def begin_first(self, route):
        self.server.call("POST", "/api/backup/trigger", b"", Prefer="respond-async")
        route.continue_()

    def test_backups_that_can_not_be_loaded_say_so(self):
        self.expected = ["503"]
        failure = '{"success":false,"message":"MySQL does not answer.","error":{"code":"STORAGE_UNAVAILABLE"}}'
        self.page.route("**/api/backups?*", lambda route: route.fulfill(status=503, body=failure))
        self.open_backups()
        expect(self.page.locator(".empty")).to_contain_text("MySQL does not answer.")


class OtherLanguage(BackupCase):
    locale = "de-DE"

    def test_all_words_are_of_one_language(self):
        self.open_backups()
        self.run_backup()
        expect(self.page.locator(".summary")).to_contain_text(re.compile(r"now|seconds? ago"))
        self.page.goto("/")
        expect(self.page.locator(".when").first).to_have_text(re.compile(r"^\d{1,2} [A-Z][a-z]{2,3} \d{4}$"))


class UnsentMail(BackupCase):
    settings = {
        # no pictures by mail, which would be warned about; nothing listens there
        "BACKUP_MAIL_LIMIT_MB": "0",
        "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1", "FROM_EMAIL": "backup@example.org", "TO_EMAIL": "me@example.org",
    }

    def test_a_mail_that_can_not_be_sent_is_told(self):
        self.open_backups()
        self.run_backup()
        banner = self.page.locator(".banner")
        for _ in range(60):
            self.page.reload()
            if banner.count():
                break
            self.page.wait_for_timeout(1000)
        expect(banner).to_contain_text("Mail can't be sent")
        expect(self.page.locator(".summary")).to_contain_text("1 mail not sent")
        expect(self.rows.first).to_contain_text("verified")


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Backups, Failures, OtherLanguage, UnsentMail)
