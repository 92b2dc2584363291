"""Sends every request of postman_collection.json to a running server, and runs its test scripts.

The scripts keep to the few forms of statement that are read here, so that no JavaScript is needed; a line of another
form fails.
"""

import json
import re
import unittest

import requests

from real_server import API_KEY, CASES, ROOT, ServerCase

COLLECTION = json.loads((ROOT / "postman_collection.json").read_text())


class Script:
    """What a request's test script may say."""

    def __init__(self, response, variables):
        self.response = response
        self.variables = variables
        self.tests = 0

    def run(self, line):
        if found := re.fullmatch(r'pm\.collectionVariables\.set\("(\w+)", (.+)\);', line):
            self.variables[found[1]] = str(self.value(found[2]))
        elif found := re.fullmatch(r'pm\.test\("([^"]+)", \(\) => (.+)\);', line):
            self.tests += 1
            assert self.holds(found[2]), f"{found[1]}: {self.response.status_code} {self.response.text[:300]}"
        else:
            raise AssertionError(f"a line of no known form: {line}")

    def holds(self, claim):
        if found := re.fullmatch(r"pm\.response\.to\.have\.status\((\d+)\)", claim):
            return self.response.status_code == int(found[1])
        if found := re.fullmatch(r"pm\.expect\((.+)\)\.to\.equal\((.+)\)", claim):
            return self.value(found[1]) == self.value(found[2])
        if found := re.fullmatch(r"pm\.expect\((.+)\)\.to\.have\.lengthOf\((\d+)\)", claim):
            return len(self.value(found[1])) == int(found[2])
        if found := re.fullmatch(r"pm\.expect\((.+)\)\.to\.match\(/(.+)/\)", claim):
            return re.search(found[2].replace("\\/", "/"), self.value(found[1])) is not None
        raise AssertionError(f"a claim of no known form: {claim}")

    def value(self, text):
        if found := re.fullmatch(r"pm\.response\.json\(\)((?:\.\w+|\[\d+\])*)", text):
            value = self.response.json()
            for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", found[1]):
                value = value[name] if name else value[int(index)]
            return value
        if found := re.fullmatch(r'pm\.response\.headers\.get\("([\w-]+)"\)', text):
            return self.response.headers[found[1]]
        if found := re.fullmatch(r'Number\(pm\.collectionVariables\.get\("(\w+)"\)\)', text):
            return int(self.variables[found[1]])
        return json.loads(text)


class Postman(ServerCase):
    def setUp(self):
        self.variables = {variable["key"]: variable["value"] for variable in COLLECTION["variable"]}
        self.variables |= {"base_url": self.base, "api_key": API_KEY}

    def filled(self, text):
        return re.sub(r"\{\{(\w+)\}\}", lambda found: self.variables[found[1]], text)

    def send(self, request):
        headers = {field["key"]: self.filled(field["value"]) for field in request["header"]}
        auth = request.get("auth", COLLECTION["auth"])
        if auth["type"] == "apikey":
            key = {part["key"]: part["value"] for part in auth["apikey"]}
            self.assertEqual(key["in"], "header")
            headers[key["key"]] = self.filled(key["value"])
        body, files = None, None
        match request.get("body"):
            case {"mode": "raw", "raw": text}:
                body = self.filled(text).encode()
            case {"mode": "formdata", "formdata": fields}:
                picture = (CASES / "astronaut.jpg").read_bytes()
                files = {field["key"]: (field["src"], picture) for field in fields if field["type"] == "file"}
        return requests.request(
            request["method"], self.filled(request["url"]["raw"]), headers=headers, data=body, files=files, timeout=60
        )

    def test_every_request_is_answered_as_its_script_says(self):
        for item in COLLECTION["item"]:
            with self.subTest(item["name"]):
                script = Script(self.send(item["request"]), self.variables)
                for event in item["event"]:
                    self.assertEqual(event["listen"], "test")
                    for line in event["script"]["exec"]:
                        script.run(line)
                self.assertGreaterEqual(script.tests, 2)
        gone = requests.get(f"{self.base}/api/poses/{self.variables['pose_id']}", headers={"X-API-Key": API_KEY}, timeout=60)
        self.assertEqual(gone.status_code, 404)

    def test_parts_of_addresses_agree(self):
        for item in COLLECTION["item"]:
            url = item["request"]["url"]
            query = "&".join(f"{part['key']}={part['value']}" for part in url.get("query", []))
            self.assertEqual(url["raw"], "/".join(url["host"] + url["path"]) + (query and f"?{query}"))


if __name__ == "__main__":
    unittest.main()
