"""Has `posevault extract` read tars and pictures of a SeaweedFS and store its results there.

POSEVAULT names the program, else .build/debug/posevault.
"""

import gzip
import hashlib
import json
import os
import subprocess
import tempfile
import unittest
import urllib.parse
from pathlib import Path

from real_server import CASES, POSEVAULT
from test_shards import files_below, lines, tar
from test_stores import SeaweedFS

NAMES = ["astronaut-160.jpg", "nobody-cat.jpg"]
PICTURES = [(CASES / name).read_bytes() for name in NAMES]
BUCKET = f"s3://{SeaweedFS.BUCKET}"


class ShardsInS3(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.s3 = SeaweedFS(cls.folder / "seaweedfs")
        cls.addClassCleanup(cls.s3.end)
        cls.shard = tar(list(zip(NAMES, PICTURES)))
        cls.put("data/val/00000.tar", cls.shard)
        cls.put("data/train/ü 1.tar", cls.shard)
        cls.put("data/one.jpg", PICTURES[0])
        cls.put("data/notes.txt", b"notes")

    @classmethod
    def put(cls, key, content, *options):
        (cls.folder / "content").write_bytes(content)
        done = cls.s3.curl(*options, "-T", str(cls.folder / "content"), f"/{SeaweedFS.BUCKET}/{urllib.parse.quote(key)}")
        if done.returncode != 0:
            raise AssertionError(done)

    def get(self, key):
        done = self.s3.curl(f"/{SeaweedFS.BUCKET}/{urllib.parse.quote(key)}")
        return done.stdout if done.returncode == 0 else None

    def run_extract(self, *arguments, expecting=0, stdin=None, **settings):
        environment = os.environ | {k: v for k, v in self.s3.settings.items() if k != "S3_BUCKET"} | settings
        done = subprocess.run(
            [POSEVAULT, "extract", *arguments], env=environment, cwd=self.folder, input=stdin, capture_output=True,
            timeout=300,
        )
        self.assertEqual(done.returncode, expecting, done.stderr.decode())
        return done

    def test_tars_and_pictures_are_read_by_address_and_by_prefix(self):
        entries = lines(self.run_extract(f"{BUCKET}/data/val/00000.tar", f"{BUCKET}/data/one.jpg").stdout)
        self.assertEqual(
            [e["file"] for e in entries],
            [f"{BUCKET}/data/val/00000.tar/{name}" for name in NAMES] + [f"{BUCKET}/data/one.jpg"],
        )
        self.assertEqual(entries[0]["poses"], entries[2]["poses"])
        entries = lines(self.run_extract("-", stdin=f"{BUCKET}/data/\n".encode()).stdout)
        self.assertEqual([e["file"] for e in entries], [f"{BUCKET}/data/one.jpg"])
        done = self.run_extract(f"{BUCKET}/data/none.tar", expecting=1)
        self.assertIn("There is no object of that name", done.stdout.decode())

    def test_an_object_that_is_packed_is_told_by_its_encoding(self):
        for key, encoding, content, told in [
            ("packed/a.jpg", "gzip", gzip.compress(PICTURES[0]), "packed with gzip"),
            ("packed/a.tar", "gzip", gzip.compress(self.shard), "packed with gzip"),
            # one that only says so
            ("packed/c.jpg", "gzip", PICTURES[0], None),
            ("packed/d.jpg", "identity", PICTURES[0], None),
        ]:
            with self.subTest(key):
                self.put(key, content, "-H", f"Content-Encoding: {encoding}")
                done = self.run_extract(f"{BUCKET}/{key}", expecting=0 if told is None else 1)
                [entry] = lines(done.stdout)
                self.assertIn(told or "", entry.get("error", {}).get("message", ""))

    def test_results_are_stored_by_key_and_passed_over_when_they_are_there(self):
        for _ in range(2):
            done = self.run_extract("--all", "--output", f"{BUCKET}/out", f"{BUCKET}/data")
        self.assertIn("0 results written, 3 already written, 0 inputs failed.", done.stderr.decode())
        output = self.get("out/val/00000.tar.jsonl")
        self.assertEqual([e["file"] for e in lines(output)], NAMES)
        stats = json.loads(self.get("out/val/00000.tar.stats.json"))
        self.assertEqual(stats["input"]["sha256"], hashlib.sha256(self.shard).hexdigest())
        self.assertEqual(stats["output"]["sha256"], hashlib.sha256(output).hexdigest())
        self.assertEqual(self.get("out/train/ü 1.tar.jsonl"), output)
        self.assertIsNotNone(self.get("out/one.jpg.jsonl"))

    def test_results_of_objects_may_be_files_and_those_of_files_objects(self):
        self.run_extract("--output", "out", f"{BUCKET}/data/val/00000.tar")
        self.assertEqual(files_below(self.folder / "out"), ["00000.tar.jsonl", "00000.tar.stats.json"])
        (self.folder / "local.tar").write_bytes(self.shard)
        self.run_extract("--output", f"{BUCKET}/files", "local.tar")
        self.assertEqual(self.get("files/local.tar.jsonl"), (self.folder / "out/00000.tar.jsonl").read_bytes())

    def test_a_tar_that_is_cut_off_has_no_result(self):
        self.put("bad/x.tar", self.shard[:20_000])
        done = self.run_extract("--output", f"{BUCKET}/bad-out", f"{BUCKET}/bad/x.tar", expecting=1)
        self.assertIn("The tar is truncated", done.stderr.decode())
        self.assertIsNone(self.get("bad-out/x.tar.jsonl"))

    def test_what_is_wrong_with_keys_and_buckets_is_told(self):
        done = self.run_extract(f"{BUCKET}/data/one.jpg", expecting=78, S3_ACCESS_KEY_ID="")
        self.assertIn("S3_ACCESS_KEY_ID", done.stderr.decode())
        done = self.run_extract(f"{BUCKET}/data/one.jpg", expecting=1, S3_SECRET_ACCESS_KEY="another/secret")
        self.assertNotIn("another/secret", done.stderr.decode() + done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
