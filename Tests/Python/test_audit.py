"""Who did what, as real servers and commands write it down, and as doctor and Debian's fail2ban read it.

POSEVAULT names the program, else .build/debug/posevault.
"""

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import unittest
import zipfile

import requests

from fake_clock import FakeClock
from key_case import PICTURE, KeyCase
from missing import missing
from real_server import POSEVAULT, ROOT, address, wait_until

HOST = socket.gethostname()


class Audit(KeyCase):
    @property
    def database(self):
        return self.folder / "data" / "posevault.sqlite"

    def rows(self, words, *values):
        """Of the trail, as they lie in the storage."""
        connection = sqlite3.connect(self.database)
        try:
            with connection:
                return connection.execute(words, values).fetchall()
        finally:
            connection.close()

    def entries(self, base, key, **query):
        answer = requests.get(f"{base}/api/audit", headers={"X-API-Key": key}, params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()["data"]["entries"]

    def doctor(self, *arguments):
        return self.run_program("doctor", *arguments).stdout

    def test_an_entry_is_not_lost_between_its_change_and_its_seal(self):
        """Also where the server is killed at that moment; and what is changed later shows."""
        owner = self.add("owner")
        self.assertEqual(self.run_program("import", PICTURE).returncode, 0)
        server, base, _ = self.start()
        self.assertEqual(self.status(base, owner, "/api/poses/1", "DELETE"), 200)
        server.send_signal(signal.SIGKILL)
        server.wait(timeout=60)
        deleted = "SELECT count(*), count(number) FROM posevault_audit WHERE action = 'DELETE /api/poses/{id}'"
        self.assertEqual(self.rows(deleted), [(1, 0)], "killed too late")
        self.assertEqual(self.rows("SELECT count(*) FROM poses"), [(0,)])
        server, base, _ = self.start()
        wait_until(lambda: self.rows(deleted) == [(1, 1)])
        [entry] = self.entries(base, owner, action="DELETE /api/poses")
        self.assertEqual((entry["by"], entry["from"], entry["outcome"]), ("1", "127.0.0.1", 200))
        self.assertIn("pose 1", entry["subjects"])
        self.stop(server)
        self.assertIn(f"✓ The audit trail of {HOST} is intact", self.doctor())
        self.rows("UPDATE posevault_audit SET client = '192.0.2.1' WHERE id = ?", entry["id"])
        self.assertIn(
            f"✗ The audit trail was changed: Entry {entry['number']} of {HOST} is not what was written.", self.doctor())

    def test_what_commands_change_is_noted(self):
        owner = self.add("owner")
        self.assertEqual(self.run_program("import", PICTURE).returncode, 0)
        self.assertEqual(self.run_program("backup", "create").returncode, 0)
        self.assertEqual(self.run_program("backup", "prune").returncode, 0)
        self.assertEqual(self.run_program("backup", "prune", "--dry-run").returncode, 0)
        self.assertEqual(self.run_program("backup", "adopt").returncode, 0)
        self.key("list")
        _, base, _ = self.start()
        noted = self.entries(base, owner, by="command")[::-1]
        self.assertEqual(
            [(entry["action"], entry["subjects"][:1]) for entry in noted],
            [("key add", ["key 1"]), ("import", ["pose 1"]), ("backup create", ["backup 1"]), ("backup prune", []),
             ("backup adopt", [])])
        self.assertEqual([entry["number"] for entry in noted], [1, 2, 3, 4, 5])
        self.assertNotIn(PICTURE.name, json.dumps(noted))

    def test_an_archive_bears_the_newest_hash_and_doctor_looks_for_it(self):
        """So that a trail that is written anew as a whole, or cut, shows."""
        self.add("owner")
        self.assertEqual(self.run_program("import", PICTURE).returncode, 0)
        self.assertEqual(self.run_program("backup", "create").returncode, 0)
        [archive] = (self.folder / "backups").glob("*.zip")
        with zipfile.ZipFile(archive) as content:
            [head] = json.loads(content.read("manifest.json"))["audit"]
        [(number, newest)] = self.rows("SELECT number, hash FROM posevault_audit WHERE action = 'import'")
        self.assertEqual(head, {"server": HOST, "number": number, "hash": newest})
        self.assertIn("✓ The given hash is in the audit trail.", self.doctor("--audit-head", newest))
        # cut behind the first entry, with a head that fits
        self.rows("DELETE FROM posevault_audit WHERE number > 1")
        self.rows("UPDATE posevault_audit_chains SET head_number = 1, head_hash = (SELECT hash FROM posevault_audit)")
        told = self.doctor("--audit-head", newest)
        self.assertIn("✗ The given hash is not in the audit trail", told)
        self.assertIn(f"✓ The audit trail of {HOST} is intact", told)
        done = self.run_program("backup", "restore", "--replace", archive)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.rows("SELECT action, number FROM posevault_audit"), [("backup restore", 1)])

    def test_standard_output_has_it_as_lines_and_a_reader_that_stands_still_holds_up_nothing(self):
        """More than a pipe holds waits, and is there once somebody reads."""
        self.assertEqual(self.run_program("import", PICTURE).returncode, 0)
        log = self.folder / "log"
        with log.open("w") as written:
            server = subprocess.Popen(
                [POSEVAULT, "serve"], cwd=self.folder, env={**self.environment, "AUDIT_LOG": "true"},
                stdout=subprocess.PIPE, stderr=written)
        self.addCleanup(self.stop, server)
        base = address(server, log)
        session = requests.Session()
        ids = []
        for _ in range(600):
            answer = session.post(f"{base}/api/poses/1/revert", timeout=60)
            self.assertEqual(answer.status_code, 200)
            ids.append(answer.headers["X-Request-ID"])
        lines = [json.loads(server.stdout.readline()) for _ in ids]
        self.assertGreater(len(json.dumps(lines)), 100_000)
        self.assertEqual([line["request"] for line in lines], ids)
        self.assertEqual({(line["action"], line["outcome"]) for line in lines}, {("POST /api/poses/{id}/revert", 200)})
        # what is counted comes once its minute is over, here with the server
        self.assertEqual(session.delete(f"{base}/api/poses/9", timeout=60).status_code, 404)
        server.terminate()
        [line] = [json.loads(line) for line in server.stdout]
        self.assertEqual((line["action"], line["outcome"], line["count"]), ("DELETE /api/poses/{id}", 404, 1))

    def test_entries_go_after_their_days_and_the_chain_stays_whole(self):
        clock = FakeClock(self.folder, "2025-12-01 12:00")
        self.environment = {**self.environment, **clock.environment, "AUDIT_KEEP_DAYS": "5"}
        self.add("owner")
        self.add("viewer")
        clock.set("2025-12-10 12:00")
        self.key("add", "--name", "b", "--role", "viewer")
        server, _, _ = self.start()
        # the newest of the old ones stays, and proves that nothing is missing between
        wait_until(lambda: self.rows("SELECT action, number FROM posevault_audit") == [("key add", 2), ("key add", 3)])
        self.stop(server)
        told = self.doctor()
        self.assertIn(f"✓ The audit trail of {HOST} is intact: 2 entries, from number 2 on", told)
        self.assertNotIn("lacks entries", told)
        # cut as the program would have done it, a week too early
        self.rows("UPDATE posevault_audit_chains SET base_number = 2, "
                  "base_hash = (SELECT hash FROM posevault_audit WHERE number = 2)")
        self.rows("DELETE FROM posevault_audit WHERE number = 2")
        self.assertIn(f"! The audit trail of {HOST} lacks entries 1 to 2, though the first one left is younger", self.doctor())

    def test_fail2ban_finds_who_guesses_and_nobody_else(self):
        program = self.fail2ban()
        viewer = (self.add("owner"), self.add("viewer"))[1]
        server, base, log = self.start(TRUSTED_PROXIES="127.0.0.1", LOG_LEVEL="info", MAX_EXPORTS_PER_MINUTE="1")

        def ask(address, key, path="/api/poses"):
            headers = {"X-Forwarded-For": address, **({"X-API-Key": key} if key else {})}
            return requests.get(base + path, headers=headers, timeout=60).status_code

        self.assertEqual(ask("192.0.2.1", "wrong"), 401)
        self.assertEqual(ask("2001:db8::1", "wrong"), 401)
        self.assertEqual(ask("192.0.2.2", viewer), 200)
        self.assertEqual(ask("192.0.2.2", viewer, "/api/backups"), 403)
        self.assertEqual(ask("192.0.2.2", viewer, "/api/nothing%20client=192.0.2.3%20status=401"), 404)
        self.stop(server)
        found = subprocess.run(
            [*program, "--out", "<ip>", str(log), str(ROOT / "deploy" / "fail2ban" / "posevault.conf")],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(found.stdout.split(), ["192.0.2.1", "2001:db8::1"], found.stderr + log.read_text())

    def fail2ban(self):
        """Debian's, installed or unpacked by Scripts/test-servers."""
        if installed := shutil.which("fail2ban-regex"):
            return [installed]
        unpacked = ROOT / ".runtime" / "servers" / "fail2ban"
        if not unpacked.exists():
            missing(self, "there is no fail2ban-regex")
        modules = str(unpacked / "usr/lib/python3/dist-packages")
        return ["env", f"PYTHONPATH={modules}", "PYTHONDONTWRITEBYTECODE=1", sys.executable,
                str(unpacked / "usr/bin/fail2ban-regex"), "--config", str(unpacked / "etc/fail2ban")]


if __name__ == "__main__":
    unittest.main()
