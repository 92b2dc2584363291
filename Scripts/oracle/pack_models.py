"""Packs the two models into the .task file that PoseLandmarker reads: pack_models.py MODELS_FOLDER OUTPUT.

Needs mediapipe 0.10.21, whose metadata writer tells MediaPipe how the inputs are normalised.
"""

import sys
import zipfile
from pathlib import Path

from mediapipe.tasks.python.metadata.metadata_writers.metadata_writer import MetadataWriter


def with_input_normalisation(model: Path, mean: float, std: float) -> bytes:
    writer = MetadataWriter.create(bytearray(model.read_bytes()))
    writer.add_image_input([mean], [std])
    return bytes(writer.populate()[0])


models, output = Path(sys.argv[1]), Path(sys.argv[2])
with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as task:
    detector = with_input_normalisation(models / "pose_detection.tflite", 127.5, 127.5)
    task.writestr("pose_detector.tflite", detector)
    landmarks = with_input_normalisation(models / "pose_landmark_full.tflite", 0, 255)
    task.writestr("pose_landmarks_detector.tflite", landmarks)
