"""Has schemathesis ask a running server whatever its description in OpenAPI allows, and much that it does not: no
server error, and no answer that the description does not have."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from database_servers import start_databases
from real_server import API_KEY, CASES, ServerCase

# what a description cannot say
LEFT_OUT = [
    # a good tag, a picture with a person in it, and each landmark once are beyond a schema
    "positive_data_acceptance",
    # a wrong key beside the right one is no reason to refuse; SessionTests have a key missing and a key wrong
    "ignored_auth",
]


def judge(test, description, key, examples):
    """Fails the test where the server answers schemathesis, which shows that key, as the description does not have it."""
    run = ask(test, description, key, examples)
    test.assertEqual(run.returncode, 0, run.stdout + run.stderr)


def ask(test, description, key, examples):
    folder = test.enterContext(tempfile.TemporaryDirectory())
    file = Path(folder) / "openapi.json"
    file.write_text(json.dumps(description))
    (Path(folder) / "schemathesis.toml").write_text(
        # a key in a header counts whatever the body is
        '[[operations]]\ninclude-operation-id = "openSession"\nchecks.negative_data_rejection.enabled = false\n'
    )
    return subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", str(file), f"--url={test.base}",
            f"--header=X-API-Key: {key}", f"--exclude-checks={','.join(LEFT_OUT)}", f"--max-examples={examples}",
            "--seed=1", "--request-timeout=20", "--continue-on-failure", "--no-color",
        ],
        cwd=folder, capture_output=True, text=True, timeout=300,
    )


class Description(ServerCase):
    def request(self, method, path, **options):
        answer = requests.request(method, self.base + path, headers={"X-API-Key": API_KEY}, timeout=60, **options)
        answer.raise_for_status()
        return answer.json()

    def test_answers_are_as_described(self):
        picture = (CASES / "astronaut.jpg").read_bytes()
        poses = [self.request("POST", "/api/extract-pose", data=picture)["data"] for _ in range(3)]
        description = self.request("GET", "/api/openapi.json")
        # so that examples lead to what is there
        description["components"]["parameters"]["id"]["example"] = poses[0]["id"]
        description["components"]["parameters"]["imageId"]["example"] = poses[-1]["imageId"]
        backup = self.request("POST", "/api/backup/trigger")["data"]
        description["components"]["parameters"]["backupId"]["example"] = backup["id"]
        judge(self, description, API_KEY, examples=5)


class DescriptionForRoles(ServerCase):
    """For all but the owner, which API_KEY is."""

    def test_answers_are_as_described_for_each_role(self):
        headers = {"X-API-Key": API_KEY}
        description = requests.get(f"{self.base}/api/openapi.json", headers=headers, timeout=60).json()
        roles = ("viewer", "uploader", "editor", "monitor", "operator")
        keys = [
            requests.post(f"{self.base}/api/keys", json={"name": role, "role": role}, headers=headers, timeout=60)
            .json()["data"]["key"]
            for role in roles
        ]
        # most of the time is schemathesis' own, on one core each
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            runs = list(threads.map(lambda key: ask(self, description, key, examples=1), keys))
        for role, run in zip(roles, runs):
            with self.subTest(role):
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


class DescriptionOnDatabases(Description):
    @classmethod
    def settings(cls):
        return start_databases(cls)

    def test_connections_in_use_are_told(self):
        text = requests.get(f"{self.base}/metrics", timeout=60).text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        pools = {sample.labels["pool"] for sample in families["posevault_pool_capacity"].samples}
        self.assertLessEqual({"mysql", "mongodb"}, pools)


if __name__ == "__main__":
    unittest.main()
