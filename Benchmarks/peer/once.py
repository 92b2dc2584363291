"""One picture to JSON, the model loaded for it alone: once.py FILE"""

import json
import sys

import cv2

import landmarks

print(json.dumps(landmarks.keypoints(landmarks.model(), cv2.imread(sys.argv[1]))))
