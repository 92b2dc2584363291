"""What the numbers at /metrics tell of mail: sent, failed, waiting; with a real SMTP server that comes and goes."""

import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from real_server import API_KEY, ServerCase

LIMIT = 120


class MailNumbers(ServerCase):
    @classmethod
    def settings(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        command = [sys.executable, Path(__file__).with_name("mail_server.py"), folder]
        smtp = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.smtp = cls.enterClassContext(smtp)
        return {
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": cls.smtp.stdout.readline().strip(), "FROM_EMAIL": "vault@example.org",
            "TO_EMAIL": "me@example.org",
        }

    def back_up(self):
        answer = requests.post(f"{self.base}/api/backup/trigger", headers={"X-API-Key": API_KEY}, timeout=60)
        self.assertEqual(answer.status_code, 200, answer.text)

    def wait_for(self, wanted):
        """Until the numbers of mail are `wanted`."""
        end = time.monotonic() + LIMIT
        while (found := self.numbers(wanted)) != wanted and time.monotonic() < end:
            time.sleep(0.2)
        self.assertEqual(found, wanted)

    def numbers(self, names):
        text = requests.get(f"{self.base}/metrics", timeout=60).text
        samples = {sample.name: sample for family in text_string_to_metric_families(text) for sample in family.samples}
        return {name: samples[name].value for name in names if name in samples}

    def test_mails_are_counted(self):
        self.back_up()
        self.wait_for({"posevault_mail_sent_total": 1, "posevault_mail_waiting": 0})
        self.smtp.stdin.close()
        self.smtp.wait(LIMIT)
        self.back_up()
        self.wait_for({"posevault_mail_sent_total": 1, "posevault_mail_failures_total": 1, "posevault_mail_waiting": 1})


if __name__ == "__main__":
    unittest.main()
