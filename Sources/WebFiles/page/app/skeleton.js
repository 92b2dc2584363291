// The 33 landmarks of MediaPipe Pose: their names, sides and bones, and how they are drawn.

import { svg } from "./dom.js";

export const LANDMARKS = [
  "nose",
  "left_eye_inner", "left_eye", "left_eye_outer",
  "right_eye_inner", "right_eye", "right_eye_outer",
  "left_ear", "right_ear",
  "mouth_left", "mouth_right",
  "left_shoulder", "right_shoulder",
  "left_elbow", "right_elbow",
  "left_wrist", "right_wrist",
  "left_pinky", "right_pinky",
  "left_index", "right_index",
  "left_thumb", "right_thumb",
  "left_hip", "right_hip",
  "left_knee", "right_knee",
  "left_ankle", "right_ankle",
  "left_heel", "right_heel",
  "left_foot_index", "right_foot_index",
];

/** Of the opacities that joints and bones are drawn with, what counts as hardly visible. */
const FAINT = 0.6;

const FACE = new Set(LANDMARKS.slice(0, 11));

/** Pairs of indices into `LANDMARKS`. */
export const BONES = [
  [0, 1], [1, 2], [2, 3], [3, 7], [0, 4], [4, 5], [5, 6], [6, 8], [9, 10],
  [11, 12], [23, 24], [11, 23], [12, 24],
  [11, 13], [13, 15], [15, 17], [15, 19], [15, 21], [17, 19],
  [12, 14], [14, 16], [16, 18], [16, 20], [16, 22], [18, 20],
  [23, 25], [25, 27], [27, 29], [27, 31], [29, 31],
  [24, 26], [26, 28], [28, 30], [28, 32], [30, 32],
];

export function sideOf(name) {
  if (name.includes("left")) return "left";
  return name.includes("right") ? "right" : "middle";
}

export function isOnFace(name) {
  return FACE.has(name);
}

/** "left foot index". */
export function readableName(name) {
  return name.replaceAll("_", " ");
}

/** What is hardly visible in the picture is drawn fainter, but never invisible. */
export function opacityOf(joint) {
  const visibility = Number.isFinite(joint.visibility) ? Math.min(Math.max(joint.visibility, 0), 1) : 0;
  return 0.25 + 0.75 * visibility;
}

/**
 * The 33 keypoints in `LANDMARKS`' order; `null` where one is missing or not finite.
 * Rows that older programs wrote may lack some.
 */
export function orderedKeypoints(keypoints) {
  const byName = new Map((Array.isArray(keypoints) ? keypoints : []).map((joint) => [joint?.name, joint]));
  return LANDMARKS.map((name) => {
    const joint = byName.get(name);
    return Number.isFinite(joint?.x) && Number.isFinite(joint?.y) ? joint : null;
  });
}

/** The bones whose two ends are there, as `{from, to, side, opacity}`. */
export function bonesOf(joints) {
  return BONES.filter(([from, to]) => joints[from] && joints[to]).map(([from, to]) => ({
    from: joints[from],
    to: joints[to],
    side: sideOf(LANDMARKS[from]) === sideOf(LANDMARKS[to]) ? sideOf(LANDMARKS[from]) : "middle",
    opacity: Math.min(opacityOf(joints[from]), opacityOf(joints[to])),
  }));
}

/**
 * A skeleton that only shows: bones and dots in a coordinate system of `place(joint)` → `[x, y]`. One path for all of a
 * side that are as visible as each other, for galleries have hundreds of skeletons.
 */
export function drawStill(keypoints, place, radius) {
  const joints = orderedKeypoints(keypoints);
  const paths = new Map(); // kind, side, opacity → what is drawn
  const put = (kind, side, opacity, line) => {
    const shade = opacity < FAINT ? " faint" : "";
    const name = `${kind} ${side}${shade}`;
    paths.set(name, `${paths.get(name) ?? ""}${line}`);
  };
  const number = (value) => Number(value.toFixed(2));
  for (const { from, to, side, opacity } of bonesOf(joints)) {
    const ends = [from, to].map((joint) => place(joint).map(number).join(" "));
    put("bone", side, opacity, `M${ends.join("L")}`);
  }
  for (const joint of joints.filter(Boolean)) {
    const r = number(isOnFace(joint.name) ? radius * 0.6 : radius);
    const [x, y] = place(joint);
    const half = `a${r} ${r} 0 1 0`;
    put("joint", sideOf(joint.name), opacityOf(joint), `M${number(x - r)} ${number(y)}${half} ${2 * r} 0${half} ${-2 * r} 0`);
  }
  return svg("g", {}, ...[...paths].map(([name, d]) => svg("path", { class: name, d })));
}

/** The smallest box around the joints inside the picture, in shares of it. */
export function boundsOf(keypoints) {
  const inside = orderedKeypoints(keypoints).filter(Boolean);
  if (inside.length === 0) return { left: 0, top: 0, right: 1, bottom: 1 };
  const clamp = (value) => Math.min(Math.max(value, 0), 1);
  const xs = inside.map((joint) => clamp(joint.x));
  const ys = inside.map((joint) => clamp(joint.y));
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}
