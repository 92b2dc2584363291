"""Reads what a running server exports and counts as others would: COCO in pycocotools, CSV in pandas, numbers in
Prometheus' own client library.

POSEVAULT names the program, else .build/debug/posevault.
"""

import io
import json
import os
import subprocess
import tempfile
import unittest
import urllib.request
import zipfile
from pathlib import Path

import pandas as pd
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families
from pycocotools.coco import COCO

from real_server import API_KEY, CASES, POSEVAULT, ServerCase, address


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        environment = {**os.environ, "DATA_DIR": f"{folder}/data", "PORT": "0", "HOST": "127.0.0.1"}
        cls.imports = [
            subprocess.run(
                [POSEVAULT, "import", "--max-poses", "2", "two.png", "astronaut-cut-below.jpg", "nobody-cat.png"],
                cwd=CASES, env=environment, capture_output=True, text=True, timeout=300,
            )
            for _ in range(2)
        ]
        log = Path(folder) / "log"
        with log.open("w") as written:
            cls.server = subprocess.Popen([POSEVAULT, "serve"], cwd=folder, env=environment, stderr=written)
        cls.addClassCleanup(cls.stop)
        cls.base = address(cls.server, log)

    @classmethod
    def stop(cls):
        cls.server.terminate()
        cls.server.wait(timeout=60)

    @classmethod
    def get(cls, path):
        with urllib.request.urlopen(cls.base + path, timeout=60) as response:
            return response.read().decode()

    def export(self, form, suffix):
        file = Path(self.enterContext(tempfile.TemporaryDirectory())) / f"poses{suffix}"
        file.write_text(self.get(f"/api/poses/export?format={form}"))
        return file

    def test_import_stores_once(self):
        first, second = (run.stderr for run in self.imports)
        self.assertIn("2 pictures stored with 3 people, 0 already stored, 1 without a person, 0 failed.", first)
        self.assertIn("0 pictures stored with 0 people, 2 already stored, 1 without a person, 0 failed.", second)
        self.assertEqual([run.returncode for run in self.imports], [0, 0])

    def test_coco_groups_people_of_one_picture(self):
        coco = COCO(self.export("coco", ".json"))
        people = {
            image["file_name"]: len(coco.getAnnIds(imgIds=[image["id"]])) for image in coco.loadImgs(coco.getImgIds())
        }
        self.assertEqual(people, {"two.png": 2, "astronaut-cut-below.jpg": 1})
        for image in coco.loadImgs(coco.getImgIds()):
            # JavaScript and jq read 53 bits exactly
            self.assertLess(image["id"], 2**53)
            with urllib.request.urlopen(image["coco_url"]) as answer:
                self.assertTrue(answer.headers["Content-Type"].startswith("image/"))
        for annotation in coco.loadAnns(coco.getAnnIds()):
            self.assertEqual(len(annotation["keypoints"]), 99)
            self.assertEqual(annotation["corrected"], [0] * 33)

    # by its name the last one, since the others count uploads
    def test_where_coco_url_leads_is_the_picture_that_size_and_keypoints_refer_to(self):
        lying = Image.open(CASES / "astronaut-cut-below.jpg").rotate(90, expand=True)
        exif = Image.Exif()
        exif[0x0112] = 6
        body = io.BytesIO()
        lying.save(body, "JPEG", exif=exif)
        request = urllib.request.Request(
            self.base + "/api/extract-pose", body.getvalue(), {"Content-Type": "image/jpeg"}, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            pose = json.load(answer)["data"]
        coco = json.loads(self.get("/api/poses/export?format=coco"))
        [image] = [image for image in coco["images"] if pose["imageId"] in image["coco_url"]]
        with urllib.request.urlopen(image["coco_url"], timeout=60) as answer:
            served = Image.open(io.BytesIO(answer.read()))
        self.assertEqual((image["width"], image["height"]), (lying.height, lying.width))
        self.assertEqual(served.size, (image["width"], image["height"]))
        self.assertNotIn(0x0112, served.getexif())
        # the other tests know what is there
        delete = urllib.request.Request(f"{self.base}/api/poses/{pose['id']}", method="DELETE")
        urllib.request.urlopen(delete, timeout=60).close()

    def test_csv_loads_in_pandas(self):
        table = pd.read_csv(self.export("csv", ".csv"))
        self.assertEqual(sorted(table["file"]), ["astronaut-cut-below.jpg", "two.png", "two.png"])
        self.assertTrue(table["nose_presence"].isna().all())
        self.assertTrue((table["nose_corrected"] == 0).all())
        self.assertTrue(table["score"].between(0.5, 1).all())

    def test_jsonl_agrees_with_the_list(self):
        lines = [json.loads(line) for line in self.export("jsonl", ".jsonl").read_text().splitlines()]
        exported = {pose["id"]: pose for line in lines for pose in line["poses"]}
        listed = json.loads(self.get("/api/poses?include=details,world,corrected"))["data"]["poses"]
        self.assertEqual(len(listed), 3)
        for pose in listed:
            for field in ["score", "box", "keypoints", "worldKeypoints", "corrected"]:
                self.assertEqual(exported[pose["id"]][field], pose[field])

    def test_metrics_are_read_by_prometheus(self):
        request = urllib.request.Request(
            self.base + "/api/extract-pose", data=(CASES / "two.png").read_bytes(), method="POST"
        )
        urllib.request.urlopen(request, timeout=60).close()
        families = {family.name: family for family in text_string_to_metric_families(self.get("/metrics"))}
        for name, kind in {
            "posevault_requests": "counter",
            "posevault_request_seconds": "histogram",
            "posevault_queue_seconds": "histogram",
            "posevault_inference_seconds": "histogram",
            "posevault_pool_used": "gauge",
            "posevault_pool_waiting": "gauge",
            "posevault_pool_capacity": "gauge",
        }.items():
            self.assertEqual(families[name].type, kind, name)
        counts = {
            sample.labels["status"]: sample.value
            for sample in families["posevault_requests"].samples
            if sample.labels["route"] == "/api/extract-pose"
        }
        self.assertEqual(counts, {"201": 1})
        inferences = [s.value for s in families["posevault_inference_seconds"].samples if s.name.endswith("_count")]
        self.assertEqual(inferences, [1])
        pools = {sample.labels["pool"] for sample in families["posevault_pool_capacity"].samples}
        self.assertLessEqual({"inference", "database_writes", "database_reads", "picture_files", "drawing"}, pools)

    def test_numbers_of_backups_are_read_by_prometheus(self):
        request = urllib.request.Request(self.base + "/api/backup/trigger", method="POST")
        with urllib.request.urlopen(request, timeout=60) as response:
            run = json.load(response)["data"]
        families = {family.name: family for family in text_string_to_metric_families(self.get("/metrics"))}
        values = {name: [(sample.labels, sample.value) for sample in families[name].samples] for name in families}
        self.assertEqual(values["posevault_backup_last_result"], [({}, 1)])
        self.assertEqual(values["posevault_backup_size_bytes"], [({}, run["size"])])
        self.assertEqual(values["posevault_backup_runs"], [({"result": "proven"}, 1)])
        self.assertLess(values["posevault_backup_proven_age_seconds"][0][1], 60)
        self.assertLess(values["posevault_backup_duration_seconds"][0][1], 60)
        for name in ["posevault_backup_troubles", "posevault_mail_waiting"]:
            self.assertEqual(values[name], [({}, 0)])


class DataSet(ServerCase):
    """An export with its pictures: a ZIP for those who train models."""

    def call(self, path, body=None, **headers):
        request = urllib.request.Request(self.base + path, body, {"X-API-Key": API_KEY, **headers})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read(), answer.headers

    def upload(self, name, picture):
        """The picture's id."""
        head = f'--edge\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
        body = head.encode() + picture + b"\r\n--edge--\r\n"
        answer, _ = self.call("/api/extract-pose?maxPoses=2", body, **{"Content-Type": "multipart/form-data; boundary=edge"})
        return json.loads(answer)["data"]["imageId"]

    def test_each_person_lies_on_a_picture_of_the_archive_which_every_program_shows_upright(self):
        upright = (CASES / "astronaut-cut-below.jpg").read_bytes()
        lying = Image.open(io.BytesIO(upright)).rotate(90, expand=True)
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = io.BytesIO()
        lying.save(turned, "JPEG", exif=exif)
        first = self.upload("IMG_0001.jpg", upright)
        second = self.upload("img_0001.JPG", turned.getvalue())
        third, _ = self.call("/api/extract-pose?maxPoses=2", (CASES / "two.png").read_bytes())
        third = json.loads(third)["data"]["imageId"]
        lost = self.upload("lost.jpg", upright)
        [file] = Path(self.environment["DATA_DIR"]).rglob(f"{lost}.*")
        file.unlink()

        data, headers = self.call("/api/poses/export?format=coco&images=true")
        self.assertEqual(headers["Content-Type"], "application/zip")
        self.assertRegex(headers["Content-Disposition"], r'filename="poses-.*\.zip"')
        place = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (place / "poses.zip").write_bytes(data)
        # Info-ZIP and 7-Zip read it besides Python
        subprocess.run(["unzip", "-q", "poses.zip", "-d", "out"], cwd=place, check=True, capture_output=True)
        subprocess.run(["7z", "t", "poses.zip"], cwd=place, check=True, capture_output=True)
        with zipfile.ZipFile(place / "poses.zip") as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(sorted(archive.namelist()), sorted(
                str(path.relative_to(place / "out")) for path in (place / "out").rglob("*") if path.is_file()))
            self.assertIn(lost, archive.read("left-out.txt").decode())

        coco = COCO(place / "out/annotations/person_keypoints_default.json")
        images = {image["image_id"]: image for image in coco.loadImgs(coco.getImgIds())}
        self.assertEqual(set(images), {first, second, third})
        names = [image["file_name"] for image in images.values()]
        self.assertEqual(len({name.lower() for name in names}), 3)
        self.assertEqual(images[third]["file_name"], f"{third}.png")
        people = {}
        for key, image in images.items():
            shown = Image.open(place / "out/images" / image["file_name"])
            self.assertEqual(shown.size, (image["width"], image["height"]))
            self.assertNotIn(0x0112, shown.getexif())
            people[key] = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))
        self.assertEqual([len(people[key]) for key in (first, second, third)], [1, 1, 2])
        # upright pictures as they were stored, and in the turned one people lie where they lie upright
        self.assertEqual((place / "out/images" / images[first]["file_name"]).read_bytes(), upright)
        one, other = people[first][0]["keypoints"], people[second][0]["keypoints"]
        seen = [index for index in range(0, 99, 3) if one[index + 2] == 2]
        self.assertGreater(len(seen), 10)
        for index in seen:
            self.assertAlmostEqual(one[index], other[index], delta=0.05 * images[first]["width"])
            self.assertAlmostEqual(one[index + 1], other[index + 1], delta=0.05 * images[first]["height"])

if __name__ == "__main__":
    unittest.main()
