import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Correction } from "../../Sources/WebFiles/page/app/correction.js";
import { LANDMARKS } from "../../Sources/WebFiles/page/app/skeleton.js";

const NOSE = 0;
const LEFT_ELBOW = 13;
let correction;
let now;

function keypoints(values = {}) {
  return LANDMARKS.map((name, index) => ({ name, x: index / 40, y: index / 50, z: 0, visibility: 0.5, ...values[index] }));
}

beforeEach(() => {
  now = 0;
  mock.restoreAll();
  mock.method(performance, "now", () => now);
  correction = new Correction(keypoints());
});

test("joints are in the landmarks' order, whatever order they came in", () => {
  const shuffled = new Correction(keypoints().reverse());
  assert.deepEqual(shuffled.joints.map((joint) => joint.name), LANDMARKS);
});

test("a drag is one step, and nothing is changed by one that is given up", () => {
  correction.drag(NOSE, { x: 0.1, y: 0.1 });
  correction.drag(NOSE, { x: 0.2, y: 0.3 });
  assert.deepEqual(correction.changed, [NOSE]);
  correction.cancel();
  assert.deepEqual(correction.changed, []);
  correction.drag(NOSE, { x: 0.2, y: 0.3 });
  correction.finish();
  correction.undo();
  assert.deepEqual(correction.changed, []);
  assert.equal(correction.canUndo, false);
  correction.redo();
  assert.equal(correction.joints[NOSE].x, 0.2);
});

test("a joint that is put back where it was counts as unchanged", () => {
  correction.set(NOSE, { x: 0.7 });
  now = 10_000;
  correction.set(NOSE, { x: 0 });
  assert.deepEqual(correction.changed, []);
  assert.equal(correction.canUndo, true);
});

test("keys that follow each other fast are undone together, slower ones one by one", () => {
  for (const x of [0.1, 0.2, 0.3]) {
    correction.set(NOSE, { x });
    now += 100;
  }
  correction.undo();
  assert.equal(correction.joints[NOSE].x, 0);
  correction.redo();
  now += 5000;
  correction.set(NOSE, { x: 0.4 });
  correction.undo();
  assert.equal(correction.joints[NOSE].x, 0.3);
});

test("fast changes of several values or joints are steps of their own", () => {
  correction.set(NOSE, { x: 0.1 });
  correction.set(NOSE, { visibility: 1 });
  correction.set(LEFT_ELBOW, { x: 0.1 });
  correction.undo();
  correction.undo();
  assert.equal(correction.joints[NOSE].x, 0.1);
  assert.equal(correction.joints[NOSE].visibility, 0.5);
});

test("a new change ends the way forward", () => {
  correction.set(NOSE, { x: 0.1 });
  correction.undo();
  correction.set(LEFT_ELBOW, { x: 0.9 });
  assert.equal(correction.canRedo, false);
  assert.deepEqual(correction.changed, [LEFT_ELBOW]);
});

test("on a newer pose the joints changed here win, all others are the newer one's", () => {
  correction.set(NOSE, { x: 0.1 });
  correction.rebase(keypoints({ [NOSE]: { x: 0.8 }, [LEFT_ELBOW]: { x: 0.9 } }));
  assert.equal(correction.joints[NOSE].x, 0.1);
  assert.equal(correction.joints[LEFT_ELBOW].x, 0.9);
  assert.deepEqual(correction.changed, [NOSE]);
});

test("what is sent has six decimal places and the server's fields only", () => {
  correction.set(NOSE, { x: 1 / 3 });
  const [nose] = correction.toKeypoints();
  assert.deepEqual(nose, { x: 0.333333, y: 0, z: 0, visibility: 0.5, name: "nose" });
});

test("a pose that lacks a joint is shown and can't be saved", () => {
  const broken = new Correction(keypoints({ [NOSE]: { x: null } }));
  assert.equal(broken.isPossible, false);
  assert.equal(broken.joints[NOSE], null);
  assert.equal(new Correction("no list").isPossible, false);
});

test("each change is told", () => {
  let count = 0;
  correction.onChange = () => (count += 1);
  correction.drag(NOSE, { x: 0.1, y: 0.1 });
  correction.finish();
  correction.undo();
  correction.redo();
  correction.reset(keypoints());
  assert.equal(count, 5);
});

test("what was saved is no change any more, and the way back goes past it", () => {
  correction.set(NOSE, { x: 0.1 });
  correction.accept(keypoints({ [NOSE]: { x: 0.1 } }), correction.joints);
  assert.deepEqual(correction.changed, []);
  correction.undo();
  assert.equal(correction.joints[NOSE].x, 0);
  assert.deepEqual(correction.changed, [NOSE]);
  correction.redo();
  assert.deepEqual(correction.changed, []);
});

test("what was changed while another state was saved is still a change", () => {
  correction.set(NOSE, { x: 0.1 });
  const sent = correction.joints;
  correction.set(LEFT_ELBOW, { x: 0.9 });
  correction.accept(keypoints({ [NOSE]: { x: 0.1 } }), sent);
  assert.deepEqual(correction.changed, [LEFT_ELBOW]);
  assert.equal(correction.joints[LEFT_ELBOW].x, 0.9);
});
