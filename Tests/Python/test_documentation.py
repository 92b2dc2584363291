"""Compiles and runs the examples of docs/api.md against a running server."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import requests

from real_server import API_KEY, CASES, ROOT, ServerCase

PICTURE = CASES / "astronaut.jpg"


class Documentation(ServerCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def block(self, language):
        """The only block in `language`, with this server's address."""
        (text,) = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "docs" / "api.md").read_text(), re.M | re.S)
        return text.replace("http://127.0.0.1:3000", self.base)

    def example(self, language, file, key):
        """The block in `language`, with this server's key in place of the empty one."""
        text = self.block(language)
        self.assertEqual(text.count(key), 1)
        path = self.folder / file
        path.write_text(text.replace(key, key.replace('""', f'"{API_KEY}"')))
        return path

    def run_whole(self, *command):
        words = [str(word) for word in command]
        # what the examples save must not lie here
        run = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual((run.returncode, run.stderr), (0, ""), f"{command}\n{run.stdout}{run.stderr}")
        return run.stdout

    def check(self, output):
        self.assertRegex(output, rf"The picture: .*\b{PICTURE.stat().st_size} bytes")
        self.assertNotIn("Someone else", output)

    def test_python_runs(self):
        example = self.example("python", "example.py", 'KEY = ""')
        self.check(self.run_whole(sys.executable, example, PICTURE))

    def test_swift_compiles_without_a_warning_and_runs(self):
        example = self.example("swift", "Example.swift", 'let key = ""')
        program = self.folder / "example"
        self.run_whole("swiftc", "-parse-as-library", example, "-o", program)
        self.check(self.run_whole(program, PICTURE))

    def request(self, method, path, **options):
        headers = {"X-API-Key": API_KEY}
        return requests.request(method, f"{self.base}/api/{path}", headers=headers, timeout=120, **options).json()["data"]

    def test_each_call_with_curl_is_answered(self):
        pose = self.request("POST", "extract-pose", data=PICTURE.read_bytes())
        backup = self.request("POST", "backup/trigger")
        shutil.copy(PICTURE, self.folder / "photo.jpg")
        (self.folder / "keypoints.json").write_text(json.dumps({"keypoints": pose["keypoints"]}))
        # as the text says
        (self.folder / ".curlrc").write_text(f'header = "X-API-Key: {API_KEY}"\nsilent\nwrite-out = "%{{stderr}}%{{http_code}}"\n')
        text = self.block("sh")
        for placeholder, value in {
            "65f1a2b3c4d5e6f708192a3b": pose["imageId"], "poses/7": f"poses/{pose['id']}",
            "backups/3": f"backups/{backup['id']}", '{"apiKey":"…"}': json.dumps({"apiKey": API_KEY}),
        }.items():
            self.assertIn(placeholder, text)
            text = text.replace(placeholder, value)
        base, *lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        conditional = 0
        for line in lines:
            with self.subTest(line):
                run = subprocess.run(
                    ["bash", "-c", f"{base}\n{line}"], cwd=self.folder, env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
                    capture_output=True, timeout=120,
                )
                self.assertEqual(run.returncode, 0, run.stderr)
                # the first change gives the pose another tag
                wanted = "412" if conditional > 0 and "If-Match" in line else "20."
                self.assertRegex(run.stderr.decode(), f"^{wanted}$", run.stdout)
                conditional += "If-Match" in line
        self.assertEqual(conditional, 3)
        self.assertEqual((self.folder / "picture").read_bytes(), PICTURE.read_bytes())
        self.assertEqual((self.folder / "start").read_bytes(), PICTURE.read_bytes()[:1024])
        self.assertTrue((self.folder / "overlay.png").read_bytes().startswith(b"\x89PNG"))
        self.assertIn(b"<svg", (self.folder / "skeleton.svg").read_bytes())
        self.assertEqual(hashlib.sha256((self.folder / "backup.zip").read_bytes()).hexdigest(), backup["sha256"])
        self.assertTrue(list(self.folder.glob("*-backup*.zip")) and list(self.folder.glob("poses-*.json")))


if __name__ == "__main__":
    unittest.main()
