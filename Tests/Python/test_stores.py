"""Poses and pictures in stores of two kinds: MySQL with files, SQLite with GridFS, MySQL with S3.

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
from database_servers import SERVERS, Databases, free_port, wait_until_ready
from real_server import CACHE, CASES, NEVER, POSEVAULT, address, wait_until

PICTURE = CASES / "astronaut-160.jpg"


class Installation:
    def __init__(self, folder, settings):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.log = self.folder / "log"
        self.environment = {
            **CACHE, "PATH": os.environ["PATH"], "DATA_DIR": f"{folder}/data", "BACKUP_DIR": f"{folder}/backups",
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


class SeaweedFS:
    """An S3 server with one bucket."""

    ID, SECRET, BUCKET = "testkey", "test/secret+key", "pictures"

    def __init__(self, folder):
        folder.mkdir()
        (folder / "data").mkdir()
        (folder / "s3.json").write_text(json.dumps({"identities": [{
            "name": "test", "actions": ["Admin", "Read", "Write", "List"],
            "credentials": [{"accessKey": self.ID, "secretKey": self.SECRET}],
        }]}))
        self.port, *ports = [free_port() for _ in range(8)]
        names = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "s3.port.grpc"]
        self.process = subprocess.Popen(
            [
                SERVERS / "seaweedfs" / "weed", "server", f"-dir={folder}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                *(f"-{name}={port}" for name, port in zip(names, ports)), "-filer", f"-filer.localSocket={folder}/filer.sock",
                "-s3", f"-s3.port={self.port}", f"-s3.localSocket={folder}/s3.sock", "-s3.port.iceberg=0", "-s3.port.lance=0",
                f"-s3.config={folder}/s3.json", "-s3.iam=false", "-master.telemetry=false", "-master.volumeSizeLimitMB=64",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # it answers before it can store
        wait_until(lambda: self.curl("-X", "PUT", f"/{self.BUCKET}").returncode == 0)

    def curl(self, *options):
        *options, path = options
        return subprocess.run(
            ["curl", "--silent", "--fail", "--max-time", "10", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user",
             f"{self.ID}:{self.SECRET}", *options, f"http://127.0.0.1:{self.port}{path}"],
            capture_output=True)

    @property
    def settings(self):
        return {
            "PICTURES": "s3", "S3_BUCKET": self.BUCKET, "S3_PREFIX": "clinic/a", "S3_PATH_STYLE": "true",
            "S3_ENDPOINT": f"http://127.0.0.1:{self.port}", "S3_ACCESS_KEY_ID": self.ID, "S3_SECRET_ACCESS_KEY": self.SECRET,
        }

    def end(self):
        self.process.terminate()
        self.process.wait(60)


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
        cls.s3 = SeaweedFS(Path(cls.folder) / "seaweedfs")
        cls.addClassCleanup(cls.s3.end)
        for name in ("objects", "shared"):
            settings = {**servers.named(name), **cls.s3.settings, "S3_PREFIX": f"clinic/{name[0]}"}
            del settings["MONGODB_URI"]
            setattr(cls, name, Installation(f"{cls.folder}/{name}", settings))

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

        restored = self.objects.run("backup", "restore", made.stdout.strip())
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.expect_sound(self.objects)
        with self.objects.server() as base:
            self.expect_health(base, mysql="connected", mongodb="not configured")
            self.assertEqual(self.pose(base, pose[0]["id"]), pose)
        key = f"/{SeaweedFS.BUCKET}/clinic/o/images/{pose[0]['imageId']}"
        self.assertEqual(self.s3.curl(key).stdout, PICTURE.read_bytes())

    def test_two_servers_share_mysql_and_s3(self):
        with self.shared.server() as one, self.shared.server() as other:
            status, answer = call(one, "POST", "/api/extract-pose", PICTURE.read_bytes(), {"Content-Type": "image/jpeg"})
            self.assertEqual(status, 201, answer)
            pose = self.pose(other, answer["data"]["id"])
            self.assertEqual(call(other, "DELETE", f"/api/poses/{pose[0]['id']}")[0], 200)
            self.assertEqual(call(one, "GET", f"/api/images/{pose[0]['imageId']}")[0], 404)

    def test_a_bucket_that_is_not_there_does_not_stop_the_server(self):
        environment = {**self.shared.environment, "S3_BUCKET": "nowhere"}
        done = subprocess.run([POSEVAULT, "migrate"], env=environment, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assertNotIn(SeaweedFS.SECRET, done.stderr)
        self.assertIn("nowhere", done.stderr)

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
