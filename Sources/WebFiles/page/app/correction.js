// A pose under correction: its joints as they are now, and the way back and forth between their earlier states.

import { may } from "./rights.js";
import { orderedKeypoints } from "./skeleton.js";

/** Changes of one joint by keys that follow each other this fast are undone together, in ms. */
const TOGETHER = 700;
const DIGITS = 6;

export class Correction {
  /** Called after every change. */
  onChange = () => {};
  #saved;
  #states;
  #at = 0;
  #gesture = null;
  #last = { what: null, time: 0 };

  constructor(keypoints) {
    this.reset(keypoints);
  }

  /** Begins anew from what the server has. */
  reset(keypoints) {
    this.#saved = orderedKeypoints(keypoints);
    this.#states = [this.#saved];
    this.#at = 0;
    this.#gesture = null;
    this.onChange();
  }

  /** Takes what the server has saved of `sent`, the joints at that moment; the way back stays, past the saving, too. */
  accept(keypoints, sent) {
    this.#saved = orderedKeypoints(keypoints);
    const at = this.#states.indexOf(sent);
    if (at >= 0) this.#states[at] = this.#saved;
    this.#last = { what: null, time: 0 };
    this.onChange();
  }

  /** In `LANDMARKS`' order, `null` where one is missing. */
  get joints() {
    return this.#gesture ?? this.#states[this.#at];
  }

  /** Only a pose with all its joints can be saved, and not by everybody. */
  get isPossible() {
    return this.#saved.every(Boolean) && may("edit");
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#states.length - 1;
  }

  /** Indices of the joints that differ from what the server has. */
  get changed() {
    const joints = this.joints;
    return joints.flatMap((joint, index) => (isSame(joint, this.#saved[index]) ? [] : [index]));
  }

  /** Shows a joint somewhere while it is being dragged; `finish` makes it a step. */
  drag(index, place) {
    this.#gesture = withJoint(this.joints, index, rounded(place));
    this.onChange();
  }

  finish() {
    const joints = this.#gesture;
    this.#gesture = null;
    if (joints) this.#push(joints);
  }

  cancel() {
    this.#gesture = null;
    this.onChange();
  }

  /** `values`: some of x, y, visibility. */
  set(index, values) {
    this.finish();
    const what = `${index} ${Object.keys(values)}`;
    const now = performance.now();
    const goesOn = this.#last.what === what && now - this.#last.time < TOGETHER;
    if (goesOn && this.canUndo) this.#at -= 1;
    // what is shown now, not the step that was just taken back
    const shown = goesOn && this.canRedo ? this.#states[this.#at + 1] : this.joints;
    this.#push(withJoint(shown, index, rounded(values)));
    this.#last = { what, time: now };
  }

  undo() {
    this.#step(-1);
  }

  redo() {
    this.#step(1);
  }

  /** Puts this correction onto what someone else saved: the joints changed here win, all others are theirs. */
  rebase(keypoints) {
    const changed = this.changed;
    const mine = this.joints;
    this.reset(keypoints);
    const joints = this.joints.map((theirs, index) => (changed.includes(index) ? mine[index] : theirs));
    this.#push(joints);
  }

  /** As the server takes them. */
  toKeypoints() {
    return this.joints.map(({ x, y, z, visibility, name }) => ({ x, y, z, visibility, name }));
  }

  #step(by) {
    this.finish();
    const at = this.#at + by;
    if (at < 0 || at >= this.#states.length) return;
    this.#at = at;
    this.#last = { what: null, time: 0 };
    this.onChange();
  }

  #push(joints) {
    if (!joints.every((joint, index) => isSame(joint, this.#states[this.#at][index]))) {
      this.#states = [...this.#states.slice(0, this.#at + 1), joints];
      this.#at += 1;
    }
    this.#last = { what: null, time: 0 };
    this.onChange();
  }
}

function withJoint(joints, index, values) {
  return joints.map((joint, at) => (at === index ? { ...joint, ...values } : joint));
}

function rounded(values) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value.toFixed(DIGITS))]));
}

function isSame(a, b) {
  return a === b || (a?.x === b?.x && a?.y === b?.y && a?.visibility === b?.visibility);
}
