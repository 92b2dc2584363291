"""Uploads by clients as they are: requests and urllib3, Python's http.client, its mail library as Ansible uses it, and
curl. What they are told where they send what is not taken.
"""

import gzip
import http.client
import json
import subprocess
import urllib.parse
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.policy import HTTP

import requests
from requests.packages.urllib3 import encode_multipart_formdata
from requests.packages.urllib3.fields import RequestField, format_header_param_rfc2231

from real_server import API_KEY, CASES, ServerCase

PICTURE = CASES / "astronaut.jpg"
NAME = "Übung „1“ 日本.jpg"


class Clients(ServerCase):
    headers = {"X-API-Key": API_KEY}

    def setUp(self):
        self.bytes = PICTURE.read_bytes()
        self.place = urllib.parse.urlsplit(self.base)

    def stored(self, answer):
        """The name and the bytes that the server has kept of an upload."""
        self.assertEqual(answer["success"], True, answer)
        pose = requests.get(
            f"{self.base}/api/poses/{answer['data']['id']}?include=details", headers=self.headers, timeout=60)
        image = requests.get(
            f"{self.base}/api/images/{answer['data']['imageId']}", headers=self.headers, timeout=60)
        return pose.json()["data"]["image"]["fileName"], image.content

    def post(self, body, content_type, **headers):
        return requests.post(
            f"{self.base}/api/extract-pose", data=body, timeout=60,
            headers=self.headers | {"Content-Type": content_type} | headers)

    def test_requests(self):
        with PICTURE.open("rb") as file:
            answer = requests.post(
                f"{self.base}/api/extract-pose", files={"image": (NAME, file, "image/jpeg")}, headers=self.headers,
                timeout=60)
        self.assertEqual(self.stored(answer.json()), (NAME, self.bytes))

    def test_requests_in_chunks(self):
        pieces = (self.bytes[start:start + 1000] for start in range(0, len(self.bytes), 1000))
        self.assertEqual(self.stored(self.post(pieces, "image/jpeg").json()), (None, self.bytes))

    def test_urllib3_with_extended_names(self):
        field = RequestField("image", self.bytes, NAME, header_formatter=format_header_param_rfc2231)
        field.make_multipart(content_type="image/jpeg")
        body, content_type = encode_multipart_formdata([field])
        self.assertIn(b"filename*=utf-8''", body)
        self.assertEqual(self.stored(self.post(body, content_type).json()), (NAME, self.bytes))

    def test_the_mail_library_as_ansible_uses_it(self):
        form = MIMEMultipart("form-data", policy=HTTP)
        part = MIMEApplication(self.bytes, "octet-stream", policy=HTTP)
        part.add_header("Content-Disposition", "form-data", name="image", filename=NAME)
        form.attach(part)
        head, _, body = form.as_bytes().partition(b"\r\n\r\n")
        self.assertIn(b"Content-Transfer-Encoding: base64", body)
        content_type = f'multipart/form-data; boundary="{form.get_boundary()}"'
        self.assertEqual(self.stored(self.post(body, content_type).json()), (NAME, self.bytes))

    def test_http_client(self):
        connection = http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=60)
        self.addCleanup(connection.close)
        for _ in range(2):
            connection.request(
                "POST", "/api/extract-pose", self.bytes, self.headers | {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            self.assertEqual(answer.status, 201)
            self.assertEqual(self.stored(json.load(answer)), (None, self.bytes))

    def test_curl_with_a_packed_body_learns_how_to_send_it(self):
        packed = subprocess.run(
            ["curl", "-sS", "-i", "-H", f"X-API-Key: {API_KEY}", "-H", "Content-Encoding: gzip", "--data-binary", "@-",
             f"{self.base}/api/extract-pose"], input=gzip.compress(self.bytes), capture_output=True, timeout=60)
        answer = packed.stdout.decode()
        self.assertIn(" 415 ", answer.splitlines()[0])
        self.assertIn("accept-encoding: identity", answer.lower())
        self.assertIn("gzip", answer.splitlines()[-1])

    def test_a_long_list_is_whole_for_every_client(self):
        url = f"{self.base}/api/poses?limit=1000&include=details,world,corrected,detection"
        one = requests.get(url, headers=self.headers, timeout=60).json()
        curl = subprocess.run(
            ["curl", "-sS", "-H", f"X-API-Key: {API_KEY}", url], capture_output=True, timeout=60).stdout
        self.assertEqual(json.loads(curl), one)
        self.assertEqual(one["data"]["pagination"]["total"], len(one["data"]["poses"]))
