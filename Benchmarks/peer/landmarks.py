"""The peer: MediaPipe 0.10.21's Python API, used as its documentation shows."""

import os

os.environ.setdefault("GLOG_minloglevel", "2")

import cv2
import mediapipe as mp

NAMES = [landmark.name.lower() for landmark in mp.solutions.pose.PoseLandmark]


def model() -> mp.solutions.pose.Pose:
    return mp.solutions.pose.Pose(static_image_mode=True, model_complexity=1)


def keypoints(pose: mp.solutions.pose.Pose, picture) -> list[dict] | None:
    """The 33 keypoints of an OpenCV picture (BGR); None where there is no person."""
    found = pose.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    if found.pose_landmarks is None:
        return None
    return [
        {"x": mark.x, "y": mark.y, "z": mark.z, "visibility": mark.visibility, "name": name}
        for mark, name in zip(found.pose_landmarks.landmark, NAMES)
    ]
