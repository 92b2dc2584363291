"""Poses and pictures in stores of two kinds: MySQL with files, SQLite with GridFS.

POSEVAULT names the program, else .build/debug/posevault.
"""

import contextlib
import json
import os
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

from backup_place import PATIENCE, call, get
from database_servers import Databases, wait_until_ready
from real_server import CASES, NEVER, POSEVAULT, address

PICTURE = CASES / "astronaut-160.jpg"


class Installation:
    def __init__(self, folder, settings):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.log = self.folder / "log"
        self.environment = {
            "PATH": os.environ["PATH"], "DATA_DIR": f"{folder}/data", "BACKUP_DIR": f"{folder}/backups",
            "CRON_SCHEDULE": NEVER, "TZ": "UTC", "WORKERS": "1", "PORT": "0", "HOST": "127.0.0.1", **settings,
        }

    def run(self, *command):
        return subprocess.run(
            [POSEVAULT, *command], env=self.environment, cwd=self.folder, capture_output=True, text=True,
            timeout=PATIENCE)

    @contextlib.contextmanager
    def server(self):
        with self.log.open("w") as log:
            process = subprocess.Popen([POSEVAULT, "serve"], cwd=self.folder, env=self.environment, stderr=log)
        try:
            yield address(process, self.log)
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


class MixedStores(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        databases = Path(cls.folder) / "databases"
        databases.mkdir()
        servers = Databases(databases)
        cls.addClassCleanup(servers.end)
        wait_until_ready(servers.settings)
        # no database may have the name of another test's
        settings = servers.named("mixed")
        uri = settings.pop("MONGODB_URI")
        cls.files = Installation(f"{cls.folder}/files", {**settings, "PICTURES": "files"})
        cls.bucket = Installation(f"{cls.folder}/bucket", {"MONGODB_URI": uri, "PICTURES": "gridfs"})

    def test_what_is_stored_in_one_pair_of_stores_is_the_same_in_another(self):
        with self.files.server() as base:
            self.expect_health(base, mysql="connected", mongodb="not configured", storage="connected")
            status, answer = call(base, "POST", "/api/extract-pose", PICTURE.read_bytes(), {"Content-Type": "image/jpeg"})
            self.assertEqual(status, 201, answer)
            pose = self.pose(base, answer["data"]["id"])
            second = self.files.run("serve")
            self.assertEqual(second.returncode, 69)
            self.assertIn("Another PoseVault server", second.stderr)
        self.assertTrue(list((self.files.folder / "data" / "images").glob("*/*")))
        made = self.files.run("backup", "create")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.expect_sound(self.files)

        restored = self.bucket.run("backup", "restore", made.stdout.strip())
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.assertFalse(list((self.bucket.folder / "data" / "images").glob("*/*")))
        self.expect_sound(self.bucket)
        with self.bucket.server() as base:
            self.expect_health(base, mysql="not configured", mongodb="connected", storage="connected")
            self.assertEqual(self.pose(base, pose[0]["id"]), pose)
        again = self.bucket.run("backup", "restore", made.stdout.strip())
        self.assertEqual(again.returncode, 1)
        self.assertIn("empty", again.stderr)

    def expect_health(self, base, **stores):
        health = get(base, "/api/health")
        self.assertEqual({name: health[name] for name in stores}, stores)
        self.assertEqual((health["pictures"], health["backup"]["state"]), ("connected", "good"))

    def pose(self, base, identity):
        """A pose and the bytes of its picture."""
        pose = get(base, f"/api/poses/{identity}")["data"]
        # an address of the server that was asked
        del pose["imageUrl"]
        with urllib.request.urlopen(f"{base}/api/images/{pose['imageId']}") as answer:
            picture = answer.read()
        self.assertEqual(picture, PICTURE.read_bytes())
        return pose, picture

    def expect_sound(self, installation):
        doctor = installation.run("doctor")
        self.assertEqual(doctor.returncode, 0, doctor.stdout)
        self.assertIn("Every pose has its picture", doctor.stdout)
        self.assertEqual(json.loads(installation.run("backup", "list", "--json").stdout or "{}").get("verdict", "proven"), "proven")


if __name__ == "__main__":
    unittest.main()
