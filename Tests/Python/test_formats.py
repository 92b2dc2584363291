"""Reads what `posevault extract` writes as others would: COCO in pycocotools, CSV in Python's csv, JSON in json.

POSEVAULT names the program, else .build/debug/posevault. Expected positions are MediaPipe's, from
Tests/Fixtures/oracle.json.
"""

import contextlib
import csv
import io
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

ROOT = Path(__file__).resolve().parents[2]
POSEVAULT = os.environ.get("POSEVAULT", str(ROOT / ".build" / "debug" / "posevault"))
CASES = ROOT / ".runtime" / "test-pictures" / "cases"

# COCO's own order, from its paper's annotation format
COCO_17 = [
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
]
FIELDS = ["x", "y", "z", "visibility", "presence"]
# Of a name that CSV and JSON have to escape; with two people, one, and none.
FILES = {"two.png": 'two, "quoted".png', "astronaut-cut-below.jpg": "zurück.jpg", "nobody-cat.png": "nobody.png"}
# of the picture's size; far above what separates us from the oracle, far below any mistake
TOLERANCE = 0.005


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        for source, name in FILES.items():
            shutil.copy(CASES / source, Path(folder) / name)
        cls.folder = folder
        cls.outputs = {name: cls.extract(name) for name in ["coco", "csv", "json", "jsonl"]}
        oracle = json.loads((ROOT / "Tests" / "Fixtures" / "oracle.json").read_text())
        people = {"two.png": 2, "astronaut-cut-below.jpg": 1, "nobody-cat.png": 5}
        cls.expected = {
            FILES[case["file"]]: case for case in oracle["cases"] if people.get(case["file"]) == case["numPoses"]
        }

    @classmethod
    def extract(cls, name: str) -> str:
        command = [POSEVAULT, "extract", "--format", name, "--max-poses", "5", cls.folder]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout

    def check_keypoints(self, found, expected):
        """`found` is 33 rows of x, y, z, visibility, presence, as are the oracle's."""
        self.assertEqual(np.shape(found), (33, 5))
        self.assertLess(np.abs(np.array(found)[:, :2] - np.array(expected)[:, :2]).max(), TOLERANCE)
        self.assertLess(np.abs(np.array(found)[:, 2:] - np.array(expected)[:, 2:]).max(), 0.02)

    def check_json(self, entries):
        self.assertEqual({Path(entry["file"]).name for entry in entries}, set(FILES.values()))
        for entry in entries:
            case = self.expected[Path(entry["file"]).name]
            self.assertEqual((entry["width"], entry["height"]), (case["width"], case["height"]))
            self.assertEqual(len(entry["poses"]), len(case["poses"]))
            for pose, wanted in zip(entry["poses"], case["poses"]):
                self.assertEqual([point["name"] for point in pose["keypoints"]], self.names())
                for key, oracle in [("keypoints", "landmarks"), ("worldKeypoints", "world")]:
                    points = [[point[field] for field in FIELDS] for point in pose[key]]
                    self.check_keypoints(points, wanted[oracle])

    def names(self):
        return json.loads(self.outputs["coco"])["categories"][0]["keypoints"]

    def coco(self) -> COCO:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file, contextlib.redirect_stdout(io.StringIO()):
            file.write(self.outputs["coco"])
            file.flush()
            return COCO(file.name)

    def test_json_is_what_mediapipe_finds(self):
        self.check_json(json.loads(self.outputs["json"]))

    def test_jsonl_is_what_mediapipe_finds(self):
        self.check_json([json.loads(line) for line in self.outputs["jsonl"].splitlines()])

    def test_csv_is_what_mediapipe_finds(self):
        rows = list(csv.DictReader(io.StringIO(self.outputs["csv"], newline="")))
        found = {}
        for row in rows:
            name = Path(row["file"]).name
            found.setdefault(name, []).append(row)
            self.assertEqual(int(row["person"]), len(found[name]))
            self.assertEqual(
                (int(row["width"]), int(row["height"])), (self.expected[name]["width"], self.expected[name]["height"])
            )
            points = [[float(row[f"{point}_{field}"]) for field in FIELDS] for point in self.names()]
            self.check_keypoints(points, self.expected[name]["poses"][len(found[name]) - 1]["landmarks"])
        self.assertEqual(
            {name: len(people) for name, people in found.items()},
            {name: len(case["poses"]) for name, case in self.expected.items() if case["poses"]},
        )

    def test_coco_loads_with_33_keypoints_in_pixels(self):
        coco = self.coco()
        self.assertEqual(len(coco.getImgIds()), len(FILES))
        self.assertEqual(coco.getCatIds(catNms=["person"]), [1])
        category = coco.loadCats(1)[0]
        self.assertEqual(len(category["keypoints"]), 33)
        self.assertTrue(all(1 <= end <= 33 for bone in category["skeleton"] for end in bone))
        for image in coco.loadImgs(coco.getImgIds()):
            case = self.expected[Path(image["file_name"]).name]
            size = np.array([image["width"], image["height"]])
            self.assertEqual(size.tolist(), [case["width"], case["height"]])
            people = coco.loadAnns(coco.getAnnIds(imgIds=image["id"], catIds=[1]))
            self.assertEqual(len(people), len(case["poses"]))
            for person, pose in zip(people, case["poses"]):
                self.check_person(person, np.array(pose["landmarks"]), size)

    def check_person(self, person, landmarks, size):
        points = np.array(person["keypoints"]).reshape(33, 3)
        self.assertEqual(person["num_keypoints"], int((points[:, 2] > 0).sum()))
        for (x, y, v), (wanted_x, wanted_y, _, visibility, _) in zip(points, landmarks):
            inside = min(wanted_x, wanted_y, 1 - wanted_x, 1 - wanted_y)
            if abs(inside) < TOLERANCE or abs(visibility - 0.5) < 0.02:
                continue  # MediaPipe itself is undecided
            self.assertEqual(v, 0 if inside < 0 else 1 if visibility < 0.5 else 2)
            wanted = size * [wanted_x, wanted_y] if v else np.zeros(2)
            self.assertLess(np.abs([x, y] - wanted).max(), TOLERANCE * size.max())
        left, top, width, height = person["bbox"]
        self.assertTrue(left >= 0 and top >= 0 and left + width <= size[0] + 0.1 and top + height <= size[1] + 0.1)
        self.assertAlmostEqual(person["area"], width * height, delta=1 + 0.001 * width * height)

    def test_coco_maps_to_the_17_keypoints_of_its_own_people(self):
        coco = self.coco()
        category = coco.loadCats(1)[0]
        self.assertEqual(category["keypoints_17"], COCO_17)
        columns = [category["keypoints"].index(name) for name in COCO_17]
        for person in coco.loadAnns(coco.getAnnIds()):
            all_points = np.array(person["keypoints"]).reshape(33, 3)
            self.assertEqual(np.array(person["keypoints_17"]).reshape(17, 3).tolist(), all_points[columns].tolist())

    def test_cocoeval_scores_both_sets_of_keypoints(self):
        for key, count in [("keypoints", 33), ("keypoints_17", 17)]:
            with contextlib.redirect_stdout(io.StringIO()):
                truth = self.coco()
                for person in truth.dataset["annotations"]:
                    person["keypoints"] = person[key]
                    person["num_keypoints"] = sum(v > 0 for v in person["keypoints"][2::3])
                truth.createIndex()
                found = truth.loadRes(
                    [
                        {name: person[name] for name in ("image_id", "category_id", "keypoints", "score")}
                        for person in truth.dataset["annotations"]
                    ]
                )
                evaluation = COCOeval(truth, found, "keypoints")
                evaluation.params.kpt_oks_sigmas = np.full(count, 0.05)
                evaluation.evaluate()
                evaluation.accumulate()
                evaluation.summarize()
            self.assertAlmostEqual(evaluation.stats[0], 1.0)


if __name__ == "__main__":
    unittest.main()
