"""A storage with keys, and servers on it, for a test."""

import os
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import requests

from real_server import CACHE, CASES, NEVER, POSEVAULT, address

PICTURE = CASES / "astronaut-160.jpg"
KEY = re.compile(r"pv_[0-9a-f]{64}")


class KeyCase(unittest.TestCase):
    """`folder` has the storage; `start` runs a server on it."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = {
            "PATH": os.environ["PATH"], "DATA_DIR": str(self.folder / "data"), "TMPDIR": str(self.folder),
            "BACKUP_DIR": str(self.folder / "backups"), "PORT": "0", "HOST": "127.0.0.1", "CRON_SCHEDULE": NEVER,
            "LOG_LEVEL": "trace", "WORKERS": "1", **CACHE,
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
