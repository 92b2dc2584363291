"""What a real server does with an archive, and tells of it: mail by SendGrid's API and by SMTP, a copy, a call.

POSEVAULT names the program, else .build/debug/posevault.
"""

import base64
import email
import email.policy
import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import backup_place
from backup_place import Place, call, get, post, wait_until
from fake_clock import FakeClock
from missing import mount_disk
from torture_stores import Embedded

SIZES = [20_000] * 30
KEY = "SG.a-key-that-tests-alone-use"

CONTRACT = """Hello,

Your daily database backup has been completed successfully.

Backup Details:
- Date: December 10, 2025
- Time: {time}
- File: 2025-12-10-backup.zip
- Size: {size:.1f} KB

The backup includes:
✓ Embedded database, as a MySQL dump
✓ Embedded picture list, as a MongoDB collections export
✓ All stored images

Verification: proven (30 poses and 30 pictures restored and compared)

Please find the backup file attached to this email.

Best regards,
Automated Backup System
"""


def texts(requests):
    return [request["body"]["content"][0]["value"] for request in requests()]


class Case(unittest.TestCase):
    def place(self, sizes=SIZES, **settings):
        """One that goes by `clock`, which is right at first."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        place = Place(folder, sizes, self.store(folder))
        self.clock = FakeClock(folder)
        place.environment.update(settings | self.clock.environment)
        return place

    def store(self, folder):
        """Where poses and pictures are."""
        return Embedded(folder)

    def play(self, script, *answers):
        """A server of that script: its port, and the folder to which it writes."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name(script), folder, *answers], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        # in this order: it ends with its standard input
        self.addCleanup(process.wait, 60)
        for pipe in (process.stdout, process.stdin):
            self.addCleanup(pipe.close)
        return int(process.stdout.readline()), folder

    def player(self, script, *answers):
        """A server of that script: its port, and what gives the requests so far."""
        port, folder = self.play(script, *answers)

        def requests():
            names = (folder / f"{number}.json" for number in range(1, len(list(folder.glob("*.json"))) + 1))
            return [json.loads(name.read_text()) for name in names]

        return port, requests

    def sendgrid(self, *answers):
        port, requests = self.player("sendgrid_server.py", *answers)
        return requests, {
            "SENDGRID_API_KEY": KEY, "SENDGRID_BASE_URL": f"http://127.0.0.1:{port}", "FROM_EMAIL": "pose@example.org",
            "TO_EMAIL": "a@example.org, b@example.org",
        }

    def mail(self, requests, number=1):
        """The request's body, once it has come."""
        self.clock.until(lambda: len(requests()) >= number)
        return requests()[number - 1]["body"]

    def trigger(self, base):
        status, answer = post(base, "/api/backup/trigger")
        self.assertEqual(status, 200, answer)
        return answer["data"]


class SendGrid(Case):
    def test_contracts_mail_arrives_with_the_archive(self):
        requests, settings = self.sendgrid()
        place = self.place(**settings)
        place.environment["CRON_SCHEDULE"] = "59 23 * * *"
        self.clock.set("2025-12-10 23:58:50")
        with place.server():
            self.clock.until(place.archives)
            mail = self.mail(requests)
            wait_until(lambda: "was sent." in place.log.read_text())
            self.assertNotIn(KEY, place.log.read_text())
        archive = place.backups / "2025-12-10-backup.zip"
        [request] = requests()
        self.assertEqual(request["path"], "/v3/mail/send")
        self.assertEqual(request["headers"]["authorization"], f"Bearer {KEY}")
        self.assertEqual(mail["subject"], "Daily DB Backup - 2025-12-10")
        self.assertEqual(mail["from"], {"email": "pose@example.org"})
        [person] = mail["personalizations"]
        self.assertEqual(person["to"], [{"email": "a@example.org"}, {"email": "b@example.org"}])
        words = CONTRACT.format(time="11:59 PM", size=archive.stat().st_size / 1024)
        text = re.sub(r"Audit trail \(.*?\):\n(- .+: entry [0-9]+, [0-9a-f]{64}\n)+\n", "", mail["content"][0]["value"])
        self.assertEqual((mail["content"][0]["type"], text), ("text/plain", words))
        self.assertEqual(mail["content"][1]["type"], "text/html")
        [attachment] = mail["attachments"]
        self.assertEqual((attachment["filename"], attachment["type"]), (archive.name, "application/zip"))
        content = base64.b64decode(attachment["content"], validate=True)
        self.assertEqual(sha256(content), sha256(archive.read_bytes()))

    def test_fault_is_tried_again_with_all_of_it(self):
        faults = ["503", "429", "401"]
        requests, settings = self.sendgrid(*faults, "202")
        place = self.place(**settings)
        with place.server() as base:
            archive = place.backups / self.trigger(base)["file"]
            for number, status in enumerate(faults, 1):
                told = rf"({status}): 'as\x0D\x0Aordered'"
                self.clock.until(lambda told=told: told in place.log.read_text())
                self.assertEqual(place.log.read_text().count("could not be sent and will be retried at"), number)
                [trouble] = get(base, "/api/health")["backup"]["troubles"]
                self.assertIn(f"({status})", trouble)
                if number == 1:
                    # not before its time
                    self.clock.go_on(11)
                    self.assertEqual(len(requests()), 1)
                self.clock.jump(3600)
                again = self.mail(requests, number + 1)
                self.assertEqual(again, requests()[0]["body"])
            wait_until(lambda: "was sent." in place.log.read_text())
            self.assertEqual(get(base, "/api/health")["backup"]["troubles"], [])
        self.assertEqual(sha256(attached(again)), sha256(archive.read_bytes()))

    def test_too_large_a_mail_comes_without_pictures_and_then_alone(self):
        requests, settings = self.sendgrid("413", "202", "413", "413", "202")
        place = self.place(**settings)
        with place.server() as base:
            archive = place.backups / self.trigger(base)["file"]
            extract = self.mail(requests, 2)
            wait_until(lambda: "was sent." in place.log.read_text())
            second = place.backups / self.trigger(base)["file"]
            alone = self.mail(requests, 5)
        first = requests()[0]["body"]
        self.assertEqual(sha256(attached(first)), sha256(archive.read_bytes()))
        self.assertEqual(extract["attachments"][0]["filename"], f"without-pictures-{archive.name}")
        with zipfile.ZipFile(io.BytesIO(attached(extract))) as small, zipfile.ZipFile(archive) as whole:
            self.assertEqual(sorted(small.namelist()), ["manifest.json", "mysql/poses.sql"])
            for name in small.namelist():
                self.assertEqual(small.read(name), whole.read(name))
        self.assertNotIn("attachments", alone)
        for mail, path in ((extract, archive), (alone, second)):
            words = mail["content"][0]["value"]
            self.assertIn(f"- Path: {path}\n- Size: {path.stat().st_size} bytes\n", words)
            self.assertIn(f"- SHA-256: {sha256(path.read_bytes())}", words)
        self.assertEqual(place.leftovers(), [])

    def test_mail_that_is_refused_is_told_of_and_fails_no_backup(self):
        requests, settings = self.sendgrid("400")
        place = self.place(**settings)
        with place.server() as base:
            self.assertEqual(self.trigger(base)["verdict"], "proven")
            self.clock.until(lambda: "can't be sent and is given up" in place.log.read_text())
            [trouble] = get(base, "/api/health")["backup"]["troubles"]
            self.assertIn(r"SendGrid refuses the mail (400): 'as\x0D\x0Aordered'", trouble)
        # with the archive, with what is small of it, and alone
        sizes = [len(attached(request["body"])) for request in requests()]
        self.assertEqual(len(sizes), 3)
        self.assertTrue(sizes[0] > sizes[1] > sizes[2] == 0, sizes)


class SMTP(Case):
    def setUp(self):
        port, self.mails = self.play("mail_server.py")
        self.settings = {
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_SECURITY": "offered",
            "FROM_EMAIL": "pose@example.org", "TO_EMAIL": "a@example.org", "BACKUP_KEEP": "1"}

    def mail(self, number):
        """Its subject and its text, once it has come."""
        self.clock.until((self.mails / f"{number}.json").exists)
        mail = email.message_from_bytes((self.mails / f"{number}.eml").read_bytes(), policy=email.policy.SMTP)
        return mail["Subject"], mail.get_body(("plain",)).get_content()

    def test_killed_run_is_told_of_by_the_next_server(self):
        self.server = self.place(backup_place.SIZES, **self.settings)
        with self.server.server() as base:
            status, run = post(base, "/api/backup/trigger", {"Prefer": "respond-async"})
            self.assertEqual(status, 202, run)
            wait_until(lambda: self.server.packed() > 0)
            self.server.serving.kill()
            self.server.serving.wait()
        self.assertNotEqual(self.server.partials(), [])
        with self.server.server() as base:
            subject, text = self.mail(1)
            [trouble] = get(base, "/api/health")["backup"]["troubles"]
        self.assertRegex(subject, r"^Daily DB Backup FAILED - \d{4}-\d\d-\d\d$")
        reason = re.search("- Reason: (The run was killed at .*)", text)[1].strip()
        self.assertIn(reason, trouble)
        self.assertIn(f"Backup run {run['data']['id']} failed: {reason}", self.server.log.read_text())
        self.assertEqual((self.server.archives(), self.server.leftovers()), ([], []))
        self.assertFalse((self.mails / "2.json").exists())

    def test_recipient_who_is_refused_shows_in_health_while_the_others_have_the_mail(self):
        port, mails = self.play("mail_server.py", "rcpt=gone@example.org", "fqdn")
        settings = self.settings | {"SMTP_PORT": str(port), "TO_EMAIL": '"A, B" <a@example.org>, gone@example.org'}
        place = self.place(**settings)
        with place.server() as base:
            self.assertEqual(self.trigger(base)["verdict"], "proven")
            self.clock.until(lambda: "is given up" in place.log.read_text())
            backup = get(base, "/api/health")["backup"]
        self.assertEqual(json.loads((mails / "1.json").read_text())["to"], ["a@example.org"])
        self.assertEqual((backup["unsentMail"], backup["inTrouble"]), (1, True))
        self.assertIn("gone@example.org: '550 5.1.1 no such user'", backup["troubles"][0])

    def test_run_that_has_shrunk_is_told_of(self):
        self.server = self.place(**self.settings)
        with self.server.server() as base:
            self.trigger(base)
            for number in range(1, 17):
                self.assertEqual(call(base, "DELETE", f"/api/poses/{number}")[0], 200)
            self.assertEqual(self.trigger(base)["verdict"], "shrunk")
            self.assertIn("Verification: proven (30 poses and 30 pictures", self.mail(1)[1])
            subject, text = self.mail(2)
            backup = get(base, "/api/health")["backup"]
        self.assertRegex(subject, r"^Daily DB Backup IN DOUBT - \d{4}-\d\d-\d\d$")
        self.assertIn(
            "Verification: proven, but SHRUNK to less than half of the best backup that is kept, or empty; older backups"
            " are kept (14 poses and 30 pictures restored and compared)", text)
        self.assertNotIn("successfully", text)
        self.assertEqual(backup["state"], "inDoubt")
        self.assertIn("The last backup is in doubt: It holds 14 poses, less than half of the 30", backup["troubles"][0])
        # though one is enough, the one before is kept
        self.assertEqual(len(self.server.archives()), 2)


class Copy(Case):
    def test_copy_is_the_archive(self):
        place = self.place()
        with place.server() as base:
            run = self.trigger(base)
        self.assertEqual((run["verdict"], run["warnings"]), ("proven", []))
        self.assertEqual({path.name for path in place.copies.iterdir()}, {run["file"], ".posevault-backups"})
        for folder in (place.backups, place.copies):
            self.assertEqual(sha256((folder / run["file"]).read_bytes()), run["sha256"])

    def test_folder_that_takes_none_is_told_of_loudly(self):
        reasons = {
            "size=100m,ro": r"read-only file system", "size=300k": r"There is not enough space",
            # what is free is asked for, but no more names can be given
            "size=100m,nr_inodes=1": r"the disk is full",
        }
        for options, reason in reasons.items():
            with self.subTest(options):
                requests, settings = self.sendgrid()
                place = self.place(**settings)
                self.mount(place.copies, options)
                with place.server() as base:
                    run = self.trigger(base)
                    self.assertEqual(run["verdict"], "proven with warnings")
                    [warning] = run["warnings"]
                    self.assertRegex(warning, rf"There is no copy in BACKUP_COPY_DIR\. .*{reason}")
                    self.assertIn(warning, get(base, "/api/health")["backup"]["troubles"])
                    # a folder that can't be used has a mail of its own, at once
                    self.clock.until(lambda: any("Verification" in words for words in texts(requests)))
                    [words] = [words for words in texts(requests) if "Verification" in words]
                self.assertIn("Verification: proven with warnings", words)
                self.assertIn(f"Warnings:\n- {warning}\n", words)
                self.assertIn(f"Backup: {warning}", place.log.read_text())
                self.assertEqual([path for path in place.copies.iterdir() if path.name != ".posevault-backups"], [])
                self.assertTrue((place.backups / run["file"]).exists())

    def mount(self, folder, options):
        folder.mkdir()
        mount_disk(self, folder, options)


class Ping(Case):
    def test_called_after_a_proven_run_and_told_of_a_failed_one(self):
        requests, settings = self.sendgrid()
        port, calls = self.player("ping_server.py")
        place = self.place(BACKUP_PING_URL=f"http://127.0.0.1:{port}/ping/its-token", **settings)
        with place.server() as base:
            self.trigger(base)
            wait_until(lambda: calls())
            [call] = calls()
            self.assertEqual((call["method"], call["path"]), ("GET", "/ping/its-token"))
            self.mail(requests)
            # a file is in the place of the folder
            place.backups.rename(place.folder / "aside")
            place.backups.write_text("")
            status, answer = post(base, "/api/backup/trigger")
            self.assertEqual((status, answer["error"]["code"]), (500, "BACKUP_FAILED"))
            mail = self.mail(requests, 2)
            self.assertRegex(mail["subject"], r"^Daily DB Backup FAILED - \d{4}-\d\d-\d\d$")
            self.assertIn(f"- Reason: {answer['message']}", mail["content"][0]["value"])
            wait_until(lambda: len(calls()) > 1)
            self.assertEqual(calls()[1]["path"], "/ping/its-token/fail")
            place.backups.unlink()
            (place.folder / "aside").rename(place.backups)
            self.trigger(base)
            wait_until(lambda: calls()[-1]["path"] == "/ping/its-token")
        self.assertNotIn("its-token", place.log.read_text())

    def test_call_that_fails_is_told_of_and_fails_no_backup(self):
        port, calls = self.player("ping_server.py", "404")
        place = self.place(BACKUP_PING_URL=f"http://127.0.0.1:{port}/ping/its-token")
        with place.server() as base:
            self.assertEqual(self.trigger(base)["verdict"], "proven")
            [trouble] = get(base, "/api/health")["backup"]["troubles"]
            self.assertEqual(trouble, "BACKUP_PING_URL could not be called. The answer was 404.")
        self.assertEqual(len(calls()), 1)
        self.assertNotIn("its-token", place.log.read_text())


def attached(mail):
    """What the mail carries, if anything."""
    return b"".join(base64.b64decode(one["content"], validate=True) for one in mail.get("attachments", []))


def sha256(content):
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    unittest.main()
