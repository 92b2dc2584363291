"""Text from outside that is written to be taken for something else: on the page of an error, in exports, in queries and
bodies. What it means is told by Python's own readers, and by the standards that are named.
"""

import csv
import html.parser
import http.client
import io
import json
import socket
import urllib.parse

import requests

from real_server import API_KEY, CASES, ServerCase

# beside these, a sign is no letter of its own for programs that count letters as people do
MARKS = ["\u0301", "\u0600", "\u0338", "\u200d"]


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []
        self.text = ""

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


class HostileText(ServerCase):
    headers = {"X-API-Key": API_KEY}

    def get(self, path, **more):
        return requests.get(self.base + path, headers=self.headers | more, timeout=60)

    def raw(self, target):
        """As it is: requests would write a percent sign that begins no escape anew."""
        place = urllib.parse.urlsplit(self.base)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", target, headers=self.headers)
        answer = connection.getresponse()
        return answer.status, json.load(answer)

    def refused(self, answer, *words):
        self.assertEqual(answer.status_code, 400, answer.text)
        for word in words:
            self.assertIn(word, answer.json()["message"])

    def upload(self, name):
        # as browsers write it (WHATWG HTML)
        written = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        body = (f'--b\r\nContent-Disposition: form-data; name="image"; filename="{written}"\r\n\r\n'.encode()
                + (CASES / "astronaut.jpg").read_bytes() + b"\r\n--b--\r\n")
        answer = requests.post(
            f"{self.base}/api/extract-pose", data=body, timeout=60,
            headers=self.headers | {"Content-Type": "multipart/form-data; boundary=b"})
        self.assertEqual(answer.status_code, 201, answer.text)
        return answer.json()["data"]["id"]

    def test_the_page_of_an_error_has_no_tags_of_the_client(self):
        for mark in MARKS:
            for name in (f"{mark}<script>", f"<{mark}script>", f"<script{mark}>", f'"{mark}><b>'):
                page = self.get(f"/api/poses?{urllib.parse.quote(name)}=1", Accept="text/html")
                self.assertEqual(page.status_code, 400)
                seen = Tags()
                seen.feed(page.text)
                self.assertEqual(set(seen.tags), {"html", "meta", "title", "h1", "p", "a"}, name)
                shown = name if mark != "\u0600" else name.replace(mark, "\\u{600}")
                self.assertIn(shown, seen.text)

    def test_any_name_is_one_cell_of_a_csv_and_one_string_of_json(self):
        names = [f'a"{mark},b{mark}"\r\nc.jpg' for mark in MARKS] + ["=1+1,\u0301.jpg", '"\u0301"']
        rows = {self.upload(name): name for name in names}
        exported = self.get("/api/poses/export?format=csv")
        head, *lines = csv.reader(io.StringIO(exported.content.decode(), newline=""))
        cells = {int(line[head.index("id")]): line for line in lines}
        for row, name in rows.items():
            self.assertEqual(len(cells[row]), len(head), name)
            # against spreadsheets, as docs/api.md says
            self.assertEqual(cells[row][0].removeprefix("'"), name)
        for line in self.get("/api/poses/export?format=jsonl").content.splitlines():
            picture = json.loads(line)
            if name := rows.get(picture["poses"][0]["id"]):
                self.assertEqual(picture["file"], name)

    def test_values_of_a_query_mean_what_clients_mean(self):
        spaced, plus, other = self.upload("two words.jpg"), self.upload("two+words.jpg"), self.upload("Müller 日本.jpg")
        # the words of a search are looked for one by one
        for name, rows in (("two words", [plus, spaced]), ("two+words", [plus]), ("Müller 日", [other])):
            # with a plus sign for the space, as in forms, and with %20
            for query in (urllib.parse.urlencode({"fileName": name}), "fileName=" + urllib.parse.quote(name)):
                found = self.get(f"/api/poses?{query}").json()["data"]["poses"]
                self.assertEqual([pose["id"] for pose in found], rows, query)

    def test_values_that_cannot_be_read_are_refused_by_name(self):
        for value in ("M%FCller", "%C0%AF", "%ED%A0%80", "%E2%82", "%zz", "a%2", "100%"):
            status, answer = self.raw(f"/api/poses?fileName={value}")
            self.assertEqual((status, answer["error"]["details"]["parameter"]), (400, "fileName"), value)
        self.assertEqual(self.raw("/api/poses?limit=%31%")[0], 400)
        self.assertEqual(self.raw("/api/poses?_=%zz&fileName=%00")[0], 200)

    def test_a_host_that_is_not_ascii_is_refused(self):
        """RFC 3986, section 3.2.2: names beyond ASCII come in Punycode."""
        place = urllib.parse.urlsplit(self.base)
        for host in (b"lo\xffcalhost", "müller.example".encode(), "localhost\u0301:80".encode(), "\u212aelvin".encode()):
            with socket.create_connection((place.hostname, place.port), timeout=60) as client:
                client.sendall(b"GET /api/health/live HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
                self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 400 "), host)

    def test_bodies_are_read_in_one_way_or_not_at_all(self):
        row = self.upload("put.jpg")
        names = [point["name"] for point in self.get(f"/api/poses/{row}").json()["data"]["keypoints"]]
        points = [{"name": name, "x": 0.5, "y": 0.5, "z": 0, "visibility": 1} for name in names]
        good = json.dumps({"keypoints": points, "note": "ü"}, ensure_ascii=False)

        def put(body):
            return requests.put(
                f"{self.base}/api/poses/{row}", data=body, timeout=60,
                headers=self.headers | {"Content-Type": "application/json"})

        self.assertEqual(put(good.encode()).status_code, 200)
        # the mark of UTF-8, which RFC 8259 lets readers pass over
        self.assertEqual(put(good.encode("utf-8-sig")).status_code, 200)
        # a half of a surrogate pair in what is not read (RFC 8259, section 8.2), where both halves are escapes
        self.assertEqual(put(good.replace('"ü"', '"\\ud800"').encode()).status_code, 200)
        for encoding in ("utf-16", "utf-16-le", "utf-32", "latin-1"):
            self.refused(put(good.encode(encoding)), "The body is not")
        self.refused(put(good.replace("{", '{"keypoints":[],', 1).encode()), '"keypoints" more than once')
        self.refused(put(good.replace("{", '{"keyp\\u006fints":[],', 1).encode()), '"keypoints" more than once')
        self.refused(put(good.replace('"x": 0.5', '"x": 0.5, "x": 0.9', 1).encode()), '"x" more than once')
        self.refused(put(b'{"keypoints":' + b"[" * 30_000 + b"]" * 30_000 + b"}"), "100 levels")
        for body in (b'{"apiKey":"a","apiKey":"' + API_KEY.encode() + b'"}', b'{"apiKey":"\xff"}', b"[" * 3000):
            answer = requests.post(f"{self.base}/api/session", data=body, timeout=60)
            self.refused(answer, "The body ")
