"""A folder of pictures to JSON lines in two processes that keep their model: files.py FOLDER"""

import json
import sys
from multiprocessing import Pool
from pathlib import Path

import cv2

import landmarks

pose = None


def start() -> None:
    global pose
    pose = landmarks.model()


def line(file: str) -> str:
    return json.dumps({"file": file, "keypoints": landmarks.keypoints(pose, cv2.imread(file))})


if __name__ == "__main__":
    files = [str(file) for file in sorted(Path(sys.argv[1]).iterdir())]
    with Pool(2, start) as workers:
        for result in workers.imap(line, files):
            print(result, flush=True)
