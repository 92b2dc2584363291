"""Compares a running server's answers, field by field, with those that older programs rely on: Tests/Fixtures/README.md
says how Tests/Fixtures/examples.json is read."""

import json
import re
import unittest

import requests

from real_server import API_KEY, CASES, ROOT, ServerCase

FIXTURE = json.loads((ROOT / "Tests" / "Fixtures" / "examples.json").read_text())
PICTURE = "astronaut.jpg"
# what differs from one server and moment to the next
PATTERNS = [r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", r"\d{4}-\d\d-\d\d-backup\.zip", r"[0-9a-f]{24}"]


class Examples(ServerCase):
    def test_answers_have_the_fields_of_the_examples(self):
        keypoints = None
        for example in FIXTURE["examples"]:
            method, path = example["call"].split(" ")
            body = {}
            if method == "PUT":
                body = {"json": {"keypoints": keypoints}}
            elif path == "/api/extract-pose":
                body = {"files": {"image": (PICTURE, (CASES / PICTURE).read_bytes())}}
            with self.subTest(example["call"]):
                answer = requests.request(
                    method, self.base + path, headers={"X-API-Key": API_KEY}, timeout=120, **body
                )
                self.assertEqual(answer.status_code, example["status"], answer.text)
                self.compare("answer", answer.json(), example["answer"])
                keypoints = answer.json().get("data", {}).get("keypoints", keypoints)

    def compare(self, where, real, example):
        if example == "…":
            self.assertIsInstance(real, str, where)
            self.assertTrue(real, where)
            return
        self.assertIs(type(real), type(example), where)
        if isinstance(example, dict):
            self.compare_fields(where, real, example)
        elif isinstance(example, list):
            self.compare_elements(where, real, example)
        elif isinstance(example, str):
            self.compare_text(where, real, example)
        elif not isinstance(example, float):
            self.assertEqual(real, example, where)

    def compare_fields(self, where, real, example):
        named = [name for name in example if name != "…"]
        if "…" in example:
            self.assertLessEqual(set(named), set(real), where)
        else:
            self.assertEqual(list(real), named, where)
        for name in named:
            self.compare(f"{where}.{name}", real[name], example[name])

    def compare_elements(self, where, real, example):
        if example[-1] == "… 33":
            example = [{**example[0], "name": name} for name in FIXTURE["landmarks"]]
        self.assertEqual(len(real), len(example), where)
        for index, (element, wanted) in enumerate(zip(real, example)):
            self.compare(f"{where}[{index}]", element, wanted)

    def compare_text(self, where, real, example):
        address, path = re.fullmatch(r"(http://[^/]+)?(.*)", example).groups()
        if address:
            self.assertTrue(real.startswith(self.base), f"{where}: {real}")
            real = real[len(self.base) :]
        for pattern in PATTERNS:
            path, real = re.sub(pattern, "…", path), re.sub(pattern, "…", real)
        self.assertEqual(real, path, where)


if __name__ == "__main__":
    unittest.main()
