// The world landmarks in space, turning: metres, the hips' middle in the centre, y down, as MediaPipe gives them.

import { element } from "./dom.js";
import { icon } from "./icons.js";
import { LANDMARKS, bonesOf, isOnFace, opacityOf, orderedKeypoints, sideOf } from "./skeleton.js";

const TURN = 0.5; // radians per second
const KEY_TURN = 0.15;
const DRAG_TURN = 0.01; // radians per pixel
const CAMERA = 4; // metres from the hips
const FILL = 0.42; // how much of the half canvas the pose takes

export class WorldView {
  #canvas = element("canvas", {
    tabindex: "0", role: "img",
    "aria-label": "The pose in 3D. Arrow keys turn it, the space bar starts and stops its turning.",
  });
  #toggle = element("button", { class: "icon-button", type: "button", onclick: () => this.#setTurning(!this.#isTurning) });
  #joints = [];
  #center = [0, 0, 0];
  #reach = 1;
  #yaw = -0.5;
  #pitch = 0.12;
  #isTurning = false;
  #frame = null;
  #time = null;
  #colors = null;
  #isSeen = false;
  #resize = new ResizeObserver(() => this.#draw());
  #sight = new IntersectionObserver((entries) => this.#onSight(entries.at(-1).isIntersecting));
  #scheme = matchMedia("(prefers-color-scheme: dark)");
  #onScheme = () => {
    this.#colors = null;
    this.#draw();
  };

  constructor() {
    this.element = element("div", { class: "world" }, this.#canvas, this.#toggle);
    this.#canvas.addEventListener("pointerdown", (event) => this.#grab(event));
    this.#canvas.addEventListener("keydown", (event) => this.#press(event));
    this.#resize.observe(this.#canvas);
    this.#sight.observe(this.#canvas);
    this.#scheme.addEventListener("change", this.#onScheme);
    // motion beside fine work is for who asks for it
    this.#setTurning(false);
  }

  /** 33 world landmarks. */
  show(keypoints) {
    this.#joints = orderedKeypoints(keypoints);
    const there = this.#joints.filter(Boolean);
    const middle = (axis) => {
      const values = there.map((joint) => joint[axis]);
      return (Math.min(...values) + Math.max(...values)) / 2;
    };
    this.#center = [0, middle("y"), 0];
    this.#reach = Math.max(0.3, ...there.map((joint) => Math.hypot(joint.x, joint.y - this.#center[1], joint.z)));
    this.#draw();
  }

  close() {
    this.#setTurning(false);
    this.#resize.disconnect();
    this.#sight.disconnect();
    this.#scheme.removeEventListener("change", this.#onScheme);
  }

  #setTurning(isTurning) {
    this.#isTurning = isTurning;
    const label = isTurning ? "Stop turning" : "Turn";
    this.#toggle.setAttribute("aria-label", label);
    this.#toggle.title = label;
    this.#toggle.replaceChildren(icon(isTurning ? "pause" : "play"));
    this.#animate();
  }

  #onSight(isSeen) {
    if (isSeen === this.#isSeen) return;
    this.#isSeen = isSeen;
    this.#animate();
  }

  /** Goes on turning only where that is seen. */
  #animate() {
    cancelAnimationFrame(this.#frame);
    this.#time = null;
    if (this.#isTurning && this.#isSeen) this.#frame = requestAnimationFrame((time) => this.#turn(time));
  }

  #turn(time) {
    if (this.#time !== null) this.#yaw += (TURN * Math.min(time - this.#time, 100)) / 1000;
    this.#time = time;
    this.#draw();
    this.#frame = requestAnimationFrame((next) => this.#turn(next));
  }

  #grab(event) {
    this.#setTurning(false);
    this.#canvas.setPointerCapture(event.pointerId);
    let { clientX: x, clientY: y } = event;
    const move = (moved) => {
      this.#rotate((moved.clientX - x) * DRAG_TURN, (moved.clientY - y) * DRAG_TURN);
      ({ clientX: x, clientY: y } = moved);
    };
    const end = () => {
      this.#canvas.removeEventListener("pointermove", move);
      this.#canvas.removeEventListener("pointerup", end);
      this.#canvas.removeEventListener("pointercancel", end);
    };
    this.#canvas.addEventListener("pointermove", move);
    this.#canvas.addEventListener("pointerup", end);
    this.#canvas.addEventListener("pointercancel", end);
  }

  #press(event) {
    const turns = {
      ArrowLeft: [-KEY_TURN, 0], ArrowRight: [KEY_TURN, 0], ArrowUp: [0, -KEY_TURN], ArrowDown: [0, KEY_TURN],
    };
    if (event.key === " ") this.#setTurning(!this.#isTurning);
    else if (event.key in turns) {
      this.#setTurning(false);
      this.#rotate(...turns[event.key]);
    } else return;
    event.preventDefault();
  }

  #rotate(yaw, pitch) {
    this.#yaw += yaw;
    this.#pitch = Math.min(Math.max(this.#pitch + pitch, -1.4), 1.4);
    this.#draw();
  }

  /** In canvas pixels, with the depth: greater is farther. */
  #project([x, y, z], width, height) {
    const [cos, sin] = [Math.cos(this.#yaw), Math.sin(this.#yaw)];
    const [cosPitch, sinPitch] = [Math.cos(this.#pitch), Math.sin(this.#pitch)];
    const turnedX = x * cos + z * sin;
    const turnedZ = z * cos - x * sin;
    const turnedY = y * cosPitch - turnedZ * sinPitch;
    const depth = y * sinPitch + turnedZ * cosPitch;
    const scale = ((Math.min(width, height) * FILL) / this.#reach) * (CAMERA / (CAMERA + depth));
    return { x: width / 2 + turnedX * scale, y: height / 2 + turnedY * scale, depth, scale };
  }

  #draw() {
    const { width, height } = this.#canvas.getBoundingClientRect();
    if (width === 0) return;
    const ratio = devicePixelRatio;
    // setting a canvas's size clears it, even to the same size
    if (this.#canvas.width !== Math.round(width * ratio)) this.#canvas.width = Math.round(width * ratio);
    if (this.#canvas.height !== Math.round(height * ratio)) this.#canvas.height = Math.round(height * ratio);
    const context = this.#canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#colors ??= readColors(this.#canvas);
    this.#drawGround(context, width, height);
    this.#drawPose(context, width, height);
  }

  #drawGround(context, width, height) {
    const floor = Math.max(...this.#joints.filter(Boolean).map((joint) => joint.y), 0) - this.#center[1];
    context.strokeStyle = this.#colors.grid;
    context.lineWidth = 1;
    const reach = 0.8;
    for (let step = -4; step <= 4; step += 1) {
      const at = (step * reach) / 4;
      for (const [from, to] of [[[at, floor, -reach], [at, floor, reach]], [[-reach, floor, at], [reach, floor, at]]]) {
        const [a, b] = [this.#project(from, width, height), this.#project(to, width, height)];
        context.beginPath();
        context.moveTo(a.x, a.y);
        context.lineTo(b.x, b.y);
        context.stroke();
      }
    }
  }

  #drawPose(context, width, height) {
    const place = (joint) => this.#project([joint.x, joint.y - this.#center[1], joint.z], width, height);
    const bones = bonesOf(this.#joints).map((bone) => ({ ...bone, a: place(bone.from), b: place(bone.to) }));
    const dots = this.#joints.filter(Boolean).map((joint) => ({ joint, a: place(joint), b: place(joint) }));
    const byDepth = (one, other) => other.a.depth + other.b.depth - one.a.depth - one.b.depth;
    context.lineCap = "round";
    for (const { a, b, side, opacity, joint } of [...bones, ...dots].sort(byDepth)) {
      context.globalAlpha = joint ? opacityOf(joint) : opacity;
      if (joint) {
        context.fillStyle = this.#colors[sideOf(joint.name)];
        context.beginPath();
        context.arc(a.x, a.y, isOnFace(joint.name) ? 1.8 : 3.4, 0, 2 * Math.PI);
        context.fill();
      } else {
        context.strokeStyle = this.#colors[side];
        context.lineWidth = 2.2;
        context.beginPath();
        context.moveTo(a.x, a.y);
        context.lineTo(b.x, b.y);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }
}

/** A canvas knows no style sheet: its colours are read from there. */
function readColors(node) {
  const style = getComputedStyle(node);
  const color = (name) => style.getPropertyValue(name).trim();
  return {
    left: color("--left"), right: color("--right"), middle: color("--middle-on-page"), grid: color("--line"),
  };
}

/** Whether there is anything to show. */
export function hasWorld(keypoints) {
  return orderedKeypoints(keypoints).filter(Boolean).length === LANDMARKS.length;
}
