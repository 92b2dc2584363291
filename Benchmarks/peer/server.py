"""Uploads over HTTP, as usual with FastAPI; each worker process keeps its model."""

import cv2
import numpy as np
from fastapi import FastAPI, File, HTTPException, UploadFile

import landmarks

app = FastAPI()
pose = landmarks.model()


@app.get("/health")
async def health():
    return {"success": True}


# `async` and computing in place: the model is not thread-safe, and with two workers on two cores nothing is gained
# by handing it to a thread.
@app.post("/extract-pose", status_code=201)
async def extract_pose(image: UploadFile = File()):
    picture = cv2.imdecode(np.frombuffer(await image.read(), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise HTTPException(415)
    keypoints = landmarks.keypoints(pose, picture)
    if keypoints is None:
        raise HTTPException(422)
    return {"success": True, "data": {"keypoints": keypoints}}
