"""Talks to `posevault extract --worker` through the client that docs/worker.md names, and ends its process.

POSEVAULT names the program, else .build/debug/posevault.
"""

import hashlib
import json
import os
import signal
import struct
import subprocess
import threading
import time
import unittest
from pathlib import Path

from real_server import CASES, POSEVAULT, ROOT
from worker_client import Worker

NAMES = ["astronaut-160.jpg", "nobody-cat.jpg", "two.jpg", "astronaut-cut-below.jpg"]
PICTURES = {name: (CASES / name).read_bytes() for name in NAMES}
# in numpy's and C's single precision, as the worker has it
SINGLE = struct.Struct("<f")


def single(number):
    return SINGLE.unpack(SINGLE.pack(number))[0]


def offspring(process):
    """The processes that any of a process's threads has begun, but for those that have ended."""
    found = []
    for threads in Path(f"/proc/{process.pid}/task").glob("*/children"):
        try:
            found += [int(pid) for pid in threads.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def bytes_read(pid):
    """By a process so far; 0 where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/io").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


class WorkerTests(unittest.TestCase):
    def start(self, *options, **how):
        worker = Worker(POSEVAULT, *options, **how)
        self.addCleanup(self.stop, worker)
        return worker

    @staticmethod
    def stop(worker):
        worker.process.kill()
        worker.process.wait()
        worker.process.stdout.close()
        if not worker.process.stdin.closed:
            try:
                worker.process.stdin.close()
            except BrokenPipeError:
                pass

    def test_records_have_the_very_numbers_of_the_command_line(self):
        command = [POSEVAULT, "extract", "--max-poses", "2", *NAMES]
        told = subprocess.run(command, cwd=CASES, check=True, capture_output=True, timeout=300).stdout
        worker = self.start("--max-poses", "2")
        records = list(worker.extract(list(PICTURES.values())))
        for record, line in zip(records, told.splitlines(), strict=True):
            entry = json.loads(line)
            self.assertEqual((record.width, record.height), (entry["width"], entry["height"]))
            self.assertEqual(record.status, "ok" if entry["poses"] else "nobody")
            expected = [
                (
                    single(pose["score"]),
                    [
                        tuple(single(point[key]) for key in ["x", "y", "z", "visibility", "presence"])
                        for point in pose["keypoints"]
                    ],
                    [tuple(single(point[key]) for key in "xyz") for point in pose["worldKeypoints"]],
                )
                for pose in entry["poses"]
            ]
            self.assertEqual(record.poses, expected)

    def test_the_greeting_tells_program_and_models(self):
        worker = self.start()
        models = ROOT / ".runtime" / "models"
        self.assertEqual(
            worker.greeting["models"],
            {
                "detector": hashlib.sha256((models / "pose_detection.tflite").read_bytes()).hexdigest(),
                "landmarks": hashlib.sha256((models / "pose_landmark_full.tflite").read_bytes()).hexdigest(),
            },
        )
        self.assertEqual(list(worker.extract([])), [])
        self.assertEqual(worker.process.wait(60), 0)

    def test_bad_pictures_are_answered_in_their_places(self):
        good = PICTURES["astronaut-160.jpg"]
        pictures = [good, b"", b"no picture", good[:3000], bytes(2 * 1024 * 1024), good]
        worker = self.start(env=os.environ | {"MAX_UPLOAD_MB": "1"})
        records = list(worker.extract(pictures))
        status = [record.status for record in records]
        self.assertEqual(status[:3] + status[4:], ["ok", "unsupported", "unsupported", "too_large", "ok"])
        self.assertTrue(all(record.message for record in records if record.status not in ["ok", "nobody"]))

    def test_a_picture_that_ends_its_process_costs_that_picture_alone(self):
        """The test ends each process that has read the first half of that picture."""
        worker = self.start()
        small, large = PICTURES["two.jpg"], (CASES / "astronaut-1500.png").read_bytes()
        records = []
        ended = set()
        before = 0
        for picture in [small, large, small, small]:
            worker.process.stdin.write(struct.pack("<I", len(picture)) + picture)
            worker.process.stdin.flush()
            reader = threading.Thread(target=lambda: records.append(worker.record()))
            reader.start()
            while reader.is_alive():
                reader.join(0.0005)
                for pid in offspring(worker.process) if picture is large else []:
                    if bytes_read(pid) > before + len(large) // 2:
                        os.kill(pid, signal.SIGSEGV)
                        ended.add(pid)
            (child,) = offspring(worker.process) or [0]
            before = bytes_read(child)
        self.assertEqual([record.status for record in records], ["ok", "crashed", "ok", "ok"])
        self.assertIn("signal 11", records[1].message)
        self.assertEqual(len(ended), 2)
        self.assertEqual(records[0].poses, records[3].poses)

    def test_a_process_that_is_killed_among_many_pictures_costs_none(self):
        # few of them at once, so that none is there both times
        worker = self.start(env=os.environ | {"WORKERS": "2"})
        pictures = list(PICTURES.values()) * 10
        records = []
        killed = set()
        for record in worker.extract(pictures):
            records.append(record)
            if len(records) in [5, 20]:
                for pid in offspring(worker.process):
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
        self.assertTrue(killed)
        self.assertEqual([record.status for record in records], ["ok", "nobody", "ok", "ok"] * 10)
        for index, record in enumerate(records):
            self.assertEqual(record.poses, records[index % 4].poses)

    def test_a_process_that_hangs_is_replaced(self):
        worker = self.start("--picture-seconds", "5")
        pictures = list(PICTURES.values()) * 8
        records = []
        for record in worker.extract(pictures):
            records.append(record)
            if len(records) == 5:
                for pid in offspring(worker.process):
                    os.kill(pid, signal.SIGSTOP)
        self.assertEqual([record.status for record in records], ["ok", "nobody", "ok", "ok"] * 8)

    def test_an_input_that_is_cut_off_is_told_behind_the_answers(self):
        worker = self.start(stderr=subprocess.PIPE)
        picture = PICTURES["nobody-cat.jpg"]
        with worker.process.stdin as pipe:
            pipe.write(struct.pack("<I", len(picture)) + picture + struct.pack("<I", 1000) + b"begin")
        self.assertEqual(worker.record().status, "nobody")
        self.assertEqual(worker.process.stdout.read(), b"")
        self.assertEqual(worker.process.wait(60), 64)
        with worker.process.stderr as told:
            self.assertIn(b"in the middle of a picture", told.read())

    def test_nothing_is_left_when_the_worker_is_gone(self):
        worker = self.start()
        picture = PICTURES["nobody-cat.jpg"]
        worker.process.stdin.write(struct.pack("<I", len(picture)) + picture)
        worker.process.stdin.flush()
        worker.record()
        (child,) = offspring(worker.process)
        worker.process.kill()
        worker.process.wait()
        end = time.monotonic() + 60
        while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)


if __name__ == "__main__":
    unittest.main()
