"""`posevault key`, and what servers make of keys: real processes, real files.

POSEVAULT names the program, else .build/debug/posevault.
"""

import json
import re
import time
import unittest
import zipfile

import qrcode
import requests

from key_case import KEY, PICTURE, KeyCase


class Keys(KeyCase):
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
        self.within_two_seconds(lambda: self.status(base, viewer) == 401)
        self.assertEqual(session.get(f"{base}/api/poses", timeout=60).status_code, 401)
        self.assertEqual(self.status(base, owner), 200)
        # a new one counts as soon
        editor = self.add("editor")
        time.sleep(2)
        self.assertEqual(self.status(base, editor), 200)

    def within_two_seconds(self, has_come):
        end = time.monotonic() + 2
        while not has_come():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

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
        # before there is any data, too
        doctor = self.run_program("doctor", HOST="0.0.0.0", DATA_DIR=str(self.folder / "none yet"))
        self.assertEqual(doctor.returncode, 1)
        self.assertIn("✗ HOST=0.0.0.0 can be reached from other machines, and there is no key", doctor.stdout)
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

    def test_a_link_signs_in_once(self):
        owner = self.add("owner")
        _, base, log = self.start()
        done = self.key("add", "--name", "Ann's phone", "--role", "viewer", "--qr", PUBLIC_URL=base)
        self.assertRegex(done.stdout, KEY.pattern + r"\n\Z")
        link = re.search(rf"{base}/#/sign-in/([0-9a-f]{{64}})$", done.stderr, re.MULTILINE)
        self.assert_shows(done.stderr, link[0])
        self.assertEqual(requests.get(f"{base}/api/sessions", headers={"X-API-Key": owner}, timeout=60).json()["data"], {
            "sessions": []})
        # it is no cookie, no key, and for no other browser once one had it
        self.assertEqual(
            requests.get(f"{base}/api/poses", cookies={"posevault_session": link[1]}, timeout=60).status_code, 401)
        self.assertEqual(self.status(base, link[1]), 401)
        time.sleep(2)
        session = requests.Session()
        opened = session.post(f"{base}/api/session", json={"link": link[1]}, timeout=60)
        self.assertEqual(opened.json()["data"], {"required": True, "active": True, "role": "viewer"})
        self.assertEqual(session.get(f"{base}/api/poses", timeout=60).status_code, 200)
        again = requests.post(f"{base}/api/session", json={"link": link[1]}, timeout=60)
        self.assertEqual((again.status_code, again.json()["message"]), (
            401, "This sign-in link has already been used or has expired. Ask for a new one."))
        self.assertNotIn(link[1], log.read_text())
        self.assertEqual(requests.post(f"{base}/api/session", json={}, timeout=60).status_code, 400)
        # the key's end is the session's, too
        self.key("revoke", "2")
        self.within_two_seconds(lambda: session.get(f"{base}/api/poses", timeout=60).status_code == 401)

    def assert_shows(self, text, link):
        """What another program makes of the same link, by whichever mask."""
        shown = [line for line in text.splitlines() if line and set(line) <= set("█▀▄ ")]
        rows = []
        for line in shown:
            rows += [[character not in "█▀" for character in line], [character not in "█▄" for character in line]]
        rows = rows[: len(shown[0])]
        codes = []
        for mask in range(8):
            code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_L, border=4, mask_pattern=mask)
            code.add_data(qrcode.util.QRData(link.encode(), mode=qrcode.util.MODE_8BIT_BYTE), optimize=0)
            codes.append(code.get_matrix())
        self.assertIn(rows, codes)

    def test_a_link_needs_an_address(self):
        self.add("owner")
        refused = self.key("add", "--name", "a", "--role", "viewer", "--qr", status=64)
        self.assertIn("Set PUBLIC_URL", refused.stderr)
        self.assertEqual(len(self.key("list").stdout.splitlines()), 1)
        here = self.key("add", "--name", "a", "--role", "viewer", "--qr", PORT="3000")
        self.assertIn("http://127.0.0.1:3000/#/sign-in/", here.stderr)
        self.assertIn("Only this machine can open it.", here.stderr)

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
