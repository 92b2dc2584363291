import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  BONES, boundsOf, bonesOf, isOnFace, LANDMARKS, opacityOf, orderedKeypoints, readableName, sideOf,
} from "../../Sources/WebFiles/page/app/skeleton.js";

// POSE_CONNECTIONS of MediaPipe 0.10, python/solutions/pose_connections.py
const CONNECTIONS = [
  [0, 1], [1, 2], [2, 3], [3, 7], [0, 4], [4, 5], [5, 6], [6, 8], [9, 10], [11, 12], [11, 13], [13, 15], [15, 17],
  [15, 19], [15, 21], [17, 19], [12, 14], [14, 16], [16, 18], [16, 20], [16, 22], [18, 20], [11, 23], [12, 24], [23, 24],
  [23, 25], [24, 26], [25, 27], [26, 28], [27, 29], [28, 30], [29, 31], [30, 32], [27, 31], [28, 32],
];

const all = LANDMARKS.map((name, index) => ({ name, x: index / 32, y: 0.5, visibility: 1 }));

test("the landmarks are those of the API, in its order", () => {
  const description = JSON.parse(
    readFileSync(new URL("../../Sources/WebFiles/page/api/openapi.json", import.meta.url), "utf8"),
  );
  assert.deepEqual(LANDMARKS, description.components.schemas.LandmarkName.enum);
});

test("the bones are MediaPipe's", () => {
  const sorted = (pairs) => pairs.map((pair) => pair.join("-")).sort();
  assert.deepEqual(sorted(BONES), sorted(CONNECTIONS));
});

test("a joint's side and place are told by its name", () => {
  assert.equal(sideOf("left_foot_index"), "left");
  assert.equal(sideOf("mouth_right"), "right");
  assert.equal(sideOf("nose"), "middle");
  assert.equal(LANDMARKS.filter(isOnFace).length, 11);
  assert.equal(readableName("left_foot_index"), "left foot index");
});

test("what is hardly visible is fainter, never invisible", () => {
  assert.equal(opacityOf({ visibility: 0 }), 0.25);
  assert.equal(opacityOf({ visibility: 1 }), 1);
  for (const visibility of [undefined, null, Number.NaN, -3]) assert.equal(opacityOf({ visibility }), 0.25);
  assert.equal(opacityOf({ visibility: 7 }), 1);
});

test("joints that are missing or no numbers leave a gap, and odd rows do no harm", () => {
  const odd = [null, { name: "nose", x: "0.5", y: 0.5 }, { name: "left_eye", x: 0.1, y: 0.2 }, { name: "tail", x: 0, y: 0 }];
  const joints = orderedKeypoints(odd);
  assert.equal(joints.length, 33);
  assert.deepEqual(joints.filter(Boolean).map((joint) => joint.name), ["left_eye"]);
  for (const nothing of [null, undefined, "text", {}]) assert.equal(orderedKeypoints(nothing).filter(Boolean).length, 0);
});

test("a bone is there where both its ends are, in its side's colour", () => {
  const joints = orderedKeypoints(all.filter(({ name }) => name !== "left_elbow"));
  const bones = bonesOf(joints);
  assert.equal(bones.length, CONNECTIONS.length - 2);
  const sides = bones.filter(({ from, to }) => from.name === "left_shoulder" && to.name === "right_shoulder");
  assert.deepEqual(sides.map(({ side }) => side), ["middle"]);
});

test("the box around a person ends at the picture's edges", () => {
  assert.deepEqual(boundsOf(all), { left: 0, top: 0.5, right: 1, bottom: 0.5 });
  assert.deepEqual(boundsOf([{ name: "nose", x: -4, y: 0.25 }, { name: "left_eye", x: 0.5, y: 9 }]), {
    left: 0, top: 0.25, right: 0.5, bottom: 1,
  });
  assert.deepEqual(boundsOf([]), { left: 0, top: 0, right: 1, bottom: 1 });
});
