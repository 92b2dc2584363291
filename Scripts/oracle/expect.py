"""Asks MediaPipe's PoseLandmarker about every case and writes Tests/Fixtures/oracle.json: expect.py MODEL.task"""

import hashlib
import io
import json
import sys
from importlib.metadata import version

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from PIL import Image

import pose_cases
import turbojpeg
from make_cases import FIXTURES, PICTURES, load


def landmarker(task: str, people: int) -> vision.PoseLandmarker:
    return vision.PoseLandmarker.create_from_options(
        vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=task, delegate=BaseOptions.Delegate.CPU),
            running_mode=vision.RunningMode.IMAGE,
            num_poses=people,
            min_pose_detection_confidence=0.5,
            min_pose_presence_confidence=0.5,
        )
    )


def pixels(data: bytes) -> np.ndarray:
    if data.startswith(b"\xff\xd8"):
        return turbojpeg.decode(data)
    return np.ascontiguousarray(Image.open(io.BytesIO(data)).convert("RGB"))


def numbers(landmarks) -> list[list[float]]:
    """33 rows of x, y, z, visibility, presence, to six significant digits."""
    return [
        [float(f"{value:.6g}") for value in (mark.x, mark.y, mark.z, mark.visibility, mark.presence)]
        for mark in landmarks
    ]


def main() -> None:
    landmarkers = {people: landmarker(sys.argv[1], people) for people in range(1, 6)}
    lines = []
    for case in pose_cases.all_cases(load):
        data = (PICTURES / "cases" / case.name).read_bytes()
        picture = pixels(data)
        for people in case.people:
            found = landmarkers[people].detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=picture))
            poses = [
                {"landmarks": numbers(landmarks), "world": numbers(world)}
                for landmarks, world in zip(found.pose_landmarks, found.pose_world_landmarks)
            ]
            entry = {
                "file": case.name,
                "sha256": hashlib.sha256(data).hexdigest(),
                "width": picture.shape[1],
                "height": picture.shape[0],
                "numPoses": people,
                "poses": poses,
            }
            lines.append(json.dumps(entry, separators=(",", ":")))
            print(f"{case.name}, at most {people}: {len(poses)}")
    head = f'"oracle":"mediapipe {version("mediapipe")} PoseLandmarker"'
    (FIXTURES / "oracle.json").write_text(f'{{{head},"cases":[\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
