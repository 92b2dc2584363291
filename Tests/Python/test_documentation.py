"""Compiles and runs the examples of docs/api.md against a running server."""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from real_server import API_KEY, CASES, ROOT, ServerCase

PICTURE = CASES / "astronaut.jpg"


class Documentation(ServerCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def example(self, language, file, key):
        """The only block in `language`, with this server's address, and its key in place of the empty one."""
        (text,) = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "docs" / "api.md").read_text(), re.M | re.S)
        text = text.replace("http://127.0.0.1:3000", self.base)
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


if __name__ == "__main__":
    unittest.main()
