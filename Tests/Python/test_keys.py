"""`posevault key`, and what servers make of keys: real processes, real files.

POSEVAULT names the program, else .build/debug/posevault.
"""

import json
import os
import re
import subprocess
import tempfile
import time
import unittest
import zipfile
from pathlib import Path

import requests

from real_server import CASES, NEVER, POSEVAULT, address

PICTURE = CASES / "astronaut-160.jpg"
KEY = re.compile(r"pv_[0-9a-f]{64}")


class Keys(unittest.TestCase):
    """`folder` has the storage; `start` runs a server on it."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = {
            "PATH": os.environ["PATH"], "DATA_DIR": str(self.folder / "data"), "TMPDIR": str(self.folder),
            "BACKUP_DIR": str(self.folder / "backups"), "PORT": "0", "HOST": "127.0.0.1", "CRON_SCHEDULE": NEVER,
            "LOG_LEVEL": "trace", "WORKERS": "1",
        }

    def run_program(self, *arguments, **settings):
        return subprocess.run(
            [POSEVAULT, *map(str, arguments)], env={**self.environment, **settings}, cwd=self.folder,
            capture_output=True, text=True, timeout=120, check=False)

    def key(self, *arguments, status=0, **settings):
        done = self.run_program("key", *arguments, **settings)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def add(self, role, *options, **settings):
        done = self.key("add", "--name", f"the {role}", "--role", role, *options, **settings)
        self.assertRegex(done.stdout, KEY.pattern + r"\n\Z")
        self.assertNotRegex(done.stderr, KEY)
        return done.stdout.strip()

    def start(self, **settings):
        log = self.folder / f"log-{time.monotonic_ns()}"
        with log.open("w") as written:
            server = subprocess.Popen(
                [POSEVAULT, "serve"], cwd=self.folder, env={**self.environment, **settings}, stderr=written)
        self.addCleanup(self.stop, server)
        return server, address(server, log), log

    @staticmethod
    def stop(server):
        server.terminate()
        server.wait(timeout=60)

    def status(self, base, key=None, path="/api/poses", method="GET", **options):
        headers = {"X-API-Key": key} if key else {}
        return requests.request(method, base + path, headers=headers, timeout=60, **options).status_code

    def test_a_key_is_shown_once_and_stored_nowhere(self):
        owner = self.add("owner")
        server, base, log = self.start()
        uploader = requests.post(
            f"{base}/api/keys", json={"name": "camera", "role": "uploader"}, headers={"X-API-Key": owner}, timeout=60
        ).json()["data"]["key"]
        self.assertEqual(self.status(base, uploader, "/api/extract-pose", "POST", data=PICTURE.read_bytes()), 201)
        self.assertEqual(self.status(base, uploader), 403)
        session = requests.Session()
        session.post(f"{base}/api/session", json={"apiKey": owner}, timeout=60).raise_for_status()
        self.assertEqual(session.get(f"{base}/api/poses", timeout=60).status_code, 200)
        cookie = session.cookies["posevault_session"]
        self.assertEqual(self.status(base, owner, "/api/nothing?key=" + owner), 404)
        metrics = requests.get(f"{base}/metrics", timeout=60).text
        self.stop(server)
        listed = self.key("list", "--json")
        self.assertEqual(
            [(key["role"], key["lastUsedFrom"]) for key in map(json.loads, listed.stdout.splitlines())],
            [("owner", "127.0.0.1"), ("uploader", "127.0.0.1")])
        for secret in (owner, uploader, owner[3:], uploader[3:], cookie):
            self.assertNotIn(secret, log.read_text())
            self.assertNotIn(secret, metrics + listed.stdout + listed.stderr)
            for path in self.folder.rglob("*"):
                if path.is_file():
                    self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def test_a_revoked_key_ends_within_two_seconds(self):
        """Also where another process has revoked it, and for the browsers that were signed in with it."""
        owner, viewer = self.add("owner"), self.add("viewer")
        _, base, _ = self.start()
        session = requests.Session()
        session.post(f"{base}/api/session", json={"apiKey": viewer}, timeout=60).raise_for_status()
        self.assertEqual(self.status(base, viewer), 200)
        self.assertEqual(self.key("revoke", "2").stdout, "")
        time.sleep(2)
        self.assertEqual(self.status(base, viewer), 401)
        self.assertEqual(session.get(f"{base}/api/poses", timeout=60).status_code, 401)
        self.assertEqual(self.status(base, owner), 200)
        # a new one counts as soon
        editor = self.add("editor")
        time.sleep(2)
        self.assertEqual(self.status(base, editor), 200)

    def test_the_rules_about_owners(self):
        refused = self.key("add", "--name", "a", "--role", "viewer", status=64)
        self.assertIn("The first key must have the role owner", refused.stderr)
        self.add("owner")
        last = self.key("revoke", "1", status=64)
        self.assertIn("This is the last owner's key", last.stderr)
        self.key("revoke", "1", API_KEY="a-key-that-tests-alone-use")
        self.key("revoke", "7", status=64)
        self.assertIn("REVOKED", self.key("list").stdout)
        # closed for good, but for who says otherwise
        server, base, _ = self.start()
        self.assertEqual(self.status(base), 401)
        self.stop(server)
        _, base, _ = self.start(ALLOW_ANONYMOUS="true")
        self.assertEqual(self.status(base), 200)

    def test_a_server_that_others_reach_wants_a_key(self):
        refused = self.run_program("serve", HOST="0.0.0.0")
        self.assertEqual(refused.returncode, 78, refused.stderr)
        self.assertIn("HOST=0.0.0.0 can be reached from other machines, and there is no key", refused.stderr)
        self.assertIn("✗ HOST=0.0.0.0 can be reached", self.run_program("doctor", HOST="0.0.0.0").stdout)
        owner = self.add("owner", HOST="0.0.0.0")
        _, base, _ = self.start(HOST="0.0.0.0")
        self.assertEqual(self.status(base), 401)
        self.assertEqual(self.status(base, owner), 200)
        self.assertEqual(self.status(base, path="/metrics"), 401)

    def test_the_key_of_a_file(self):
        file = self.folder / "key"
        file.write_text("a-key-that-tests-alone-use\n")
        file.chmod(0o600)
        _, base, _ = self.start(API_KEY_FILE=str(file))
        self.assertEqual(self.status(base, "a-key-that-tests-alone-use"), 200)
        self.assertEqual(self.status(base), 401)

    def test_archives_hold_no_keys(self):
        """A restore into the same place stays closed, and says what to do."""
        owner = self.add("owner")
        self.assertEqual(self.run_program("import", PICTURE).returncode, 0)
        self.assertEqual(self.run_program("backup", "create").returncode, 0)
        [archive] = (self.folder / "backups").glob("*.zip")
        with zipfile.ZipFile(archive) as content:
            for name in content.namelist():
                for word in (owner.encode(), b"posevault_keys", b"posevault_sessions", b"the owner"):
                    self.assertNotIn(word, content.read(name), name)
        done = self.run_program("backup", "restore", "--replace", archive)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("posevault key add --name NAME --role owner", done.stderr)
        self.assertEqual(self.key("list").stdout, "")
        _, base, _ = self.start()
        self.assertEqual(self.status(base), 401)
        self.assertEqual(self.status(base, owner), 401)
        again = self.add("owner")
        time.sleep(2)
        self.assertEqual(self.status(base, again), 200)

    def test_wrong_use(self):
        for arguments in (
            ["add", "--name", "a", "--role", "root"], ["add", "--role", "owner"], ["revoke", "x"],
            ["add", "--name", "a\nb", "--role", "owner"], ["add", "--name", "a", "--role", "owner", "--until", "soon"],
            ["add", "--name", "a", "--role", "owner", "--until", "2020-01-01"],
        ):
            self.key(*arguments, status=64)
        self.assertEqual(self.key("list").stdout, "")


if __name__ == "__main__":
    unittest.main()
