// The frame in which a picture lies with its people's skeletons, to look at closely and to correct.

import { renditionURL } from "./api.js";
import { element, svg } from "./dom.js";
import { formatPercent } from "./format.js";
import { icon } from "./icons.js";
import { Loupe } from "./loupe.js";
import { boundsOf, LANDMARKS, orderedKeypoints, readableName } from "./skeleton.js";
import { SkeletonLayer } from "./skeleton-layer.js";
import { StageKeys } from "./stage-keys.js";
import { StagePointer } from "./stage-pointer.js";
import { retrying, thumbnailOf } from "./thumbnail.js";
import { Viewport } from "./viewport.js";

/** Of the picture's longer side: more than is seen of it at the largest zoom, and no more than a phone can hold. */
const MOST_PIXELS = 4096;

/** How far from a joint a pointer may be to mean it, in pixels. */
const REACH = { mouse: 13, pen: 16, touch: 26 };

export class Stage {
  viewport = new Viewport();
  /** Index of the joint that is being worked on. */
  selected = null;
  correction;
  #actions;
  #others = []; // {pose, joints, layer}
  #layer = new SkeletonLayer("person active");
  #ghost = new SkeletonLayer("ghost");
  #detected = [];
  #loupe = new Loupe();
  #wantsPerson = matchMedia("(pointer: coarse)").matches;
  #overlay = svg("svg", { class: "skeleton", "aria-hidden": "true" });
  #preview = element("img", { class: "picture", alt: "" });
  #picture = element("img", { class: "picture", alt: "" });
  #label = element("div", { class: "joint-label", "aria-hidden": "true" });
  #message = element("p", { class: "stage-message" });
  #resize = new ResizeObserver(() => this.#fitFrame());
  #foot = element("div", { class: "stage-foot" });
  #size = { width: 0, height: 0 };
  #hovered = null;
  /** Whether the frame's size is known. */
  #isLaidOut = false;
  #hideButton;
  #ghostButton;

  /** `actions`: `select(index)`, `showPerson(pose)`, `undo()`, `redo()`. */
  constructor(correction, actions) {
    this.correction = correction;
    this.#actions = actions;
    this.frame = element(
      "div",
      {
        class: "frame", tabindex: "0", role: "application", "aria-roledescription": "picture with skeleton",
        "aria-label": "Picture with its skeleton", "aria-describedby": "stage-keys",
      },
      this.#preview, this.#picture, this.#overlay, this.#label, this.#message, legend(), this.#loupe.element,
    );
    this.#foot.append(keyHelp());
    this.element = element("div", { class: "stage" }, this.frame, this.#tools(), this.#foot);
    this.#picture.addEventListener("load", () => this.#onPicture());
    new StagePointer(this, this.#actions);
    new StageKeys(this, this.#actions);
    this.#resize.observe(this.frame);
  }

  /** Shows a pose's picture, at once in the size that is known of it. */
  showPicture(pose) {
    const { width, height } = pose.image ?? {};
    this.#wantsPerson &&= isSmall(boundsOf(pose.keypoints));
    if (width && height) {
      this.#setSize(width, height);
      this.#preview.src = thumbnailOf(pose.imageId);
    }
    // Browsers and server may see different orientations in a file, and then joints would lie, and be put, beside the
    // person. So what is shown is what the server turned; the original only where the server can't read it.
    retrying(this.#picture, pose.imageId, () => this.#onLost());
    this.#picture.src = renditionURL(pose.imageId, MOST_PIXELS);
  }

  /** Where the model found the joints, to be shown beside the correction. */
  setDetection(joints) {
    this.#detected = joints;
    this.draw();
  }

  /** Whether the detection is shown under the skeleton. */
  showDetection(isShown) {
    this.#ghostButton.setAttribute("aria-pressed", String(isShown));
    if (isShown) this.#overlay.prepend(this.#ghost.element);
    else this.#ghost.element.remove();
    this.draw();
  }

  /** Whether the picture is seen without what lies over it. */
  hideSkeleton(isHidden) {
    this.#hideButton.setAttribute("aria-pressed", String(isHidden));
    this.frame.classList.toggle("bare", isHidden);
    this.hover(null);
    this.draw();
  }

  get isBare() {
    return this.frame.classList.contains("bare");
  }

  get showsDetection() {
    return this.#ghost.element.isConnected;
  }

  /** Shows what lies under a finger that drags a joint; null puts it away. */
  magnify(joint) {
    this.#loupe.show(joint && { picture: this.#picture, size: this.#size, scale: this.viewport.scale, joint, at: this.viewport.toFrame(joint) });
  }

  /** The people beside the one that is shown. */
  setOthers(poses) {
    this.#others = poses.map((pose) => ({
      pose, joints: orderedKeypoints(pose.keypoints), layer: new SkeletonLayer("person"),
    }));
    this.#overlay.replaceChildren(...this.#others.map((other) => other.layer.element), this.#layer.element);
    this.draw();
  }

  /** Puts `bar` below the frame: on the picture it would cover joints. */
  addBar(bar) {
    this.#foot.append(bar);
  }

  close() {
    this.#resize.disconnect();
  }

  draw() {
    if (this.#size.width === 0) return;
    const { viewport, correction } = this;
    const place = (joint) => viewport.toFrame(joint);
    for (const image of [this.#preview, this.#picture]) {
      image.style.transform = `translate(${viewport.x}px, ${viewport.y}px) scale(${viewport.scale})`;
      image.style.width = `${this.#size.width}px`;
      image.style.height = `${this.#size.height}px`;
    }
    for (const { joints, layer } of this.#others) layer.draw(joints, place);
    if (this.showsDetection) this.#ghost.draw(this.#detected, place);
    this.#layer.draw(correction.joints, place, { selected: this.selected, changed: correction.changed });
    this.#drawLabel();
    this.frame.classList.toggle("zoomed", !viewport.isFitted);
  }

  /** The joint that a pointer at `(x, y)` of the frame means, or null; the person's own first. */
  jointAt(x, y, pointerType) {
    return this.#nearest(this.correction.joints, x, y, REACH[pointerType] ?? REACH.mouse)?.index ?? null;
  }

  /** The other person whose joint is at `(x, y)`, or null. */
  personAt(x, y, pointerType) {
    const found = this.#others
      .map(({ pose, joints }) => ({ pose, hit: this.#nearest(joints, x, y, REACH[pointerType] ?? REACH.mouse) }))
      .filter(({ hit }) => hit)
      .sort((a, b) => a.hit.distance - b.hit.distance);
    return found[0]?.pose ?? null;
  }

  hover(index) {
    if (index === this.#hovered) return;
    this.#hovered = index;
    this.frame.classList.toggle("on-joint", index !== null);
    this.draw();
  }

  /** Selects a joint and has it in sight. */
  select(index) {
    this.selected = index;
    if (index !== null && this.correction.joints[index]) this.viewport.reveal(this.correction.joints[index]);
    this.draw();
  }

  #nearest(joints, x, y, reach) {
    let best = null;
    if (this.isBare) return null;
    joints.forEach((joint, index) => {
      if (!joint) return;
      const [jointX, jointY] = this.viewport.toFrame(joint);
      const distance = Math.hypot(jointX - x, jointY - y);
      if (distance <= reach && (!best || distance < best.distance)) best = { index, distance };
    });
    return best;
  }

  #drawLabel() {
    const index = this.#hovered ?? this.selected;
    const joint = index === null || this.isBare ? null : this.correction.joints[index];
    this.#label.hidden = !joint;
    if (!joint) return;
    const [x, y] = this.viewport.toFrame(joint);
    this.#label.replaceChildren(
      readableName(LANDMARKS[index]),
      element("span", {}, Number.isFinite(joint.visibility) ? formatPercent(joint.visibility) : ""),
    );
    const isLow = y < 60;
    this.#label.style.transform = `translate(${x}px, ${y}px) translate(-50%, ${isLow ? "18px" : "calc(-100% - 16px)"})`;
  }

  #tools() {
    const button = (label, name, act, more = {}) =>
      element("button", { class: "icon-button", type: "button", "aria-label": label, title: label, onclick: act, ...more }, icon(name));
    const toggle = (label, name, key, act) => button(label, name, act, { "aria-pressed": "false", title: `${label} (${key})` });
    this.#hideButton = toggle("Hide skeleton", "hide", "H", () => this.hideSkeleton(!this.isBare));
    this.#ghostButton = toggle("Show detection", "ghost", "D", () => this.showDetection(!this.showsDetection));
    return element(
      "div",
      { class: "stage-tools", role: "group", "aria-label": "View" },
      button("Zoom in", "zoomIn", () => this.zoom("zoomIn")),
      button("Zoom out", "zoomOut", () => this.zoom("zoomOut")),
      button("Fit", "fit", () => this.zoom("fit")),
      this.#hideButton,
      this.#ghostButton,
    );
  }

  /** `how`: a method of the viewport without arguments. */
  zoom(how) {
    this.viewport[how]();
    this.draw();
  }

  #setSize(width, height) {
    if (width === this.#size.width && height === this.#size.height) return;
    this.#size = { width, height };
    this.viewport.setPicture(width, height);
    this.#showPerson();
    this.draw();
  }

  #fitFrame() {
    const { width, height } = this.frame.getBoundingClientRect();
    if (width === 0) return;
    this.viewport.setFrame(width, height);
    this.#isLaidOut = true;
    this.#showPerson();
    this.draw();
  }

  /** A small person in a small frame is shown closely at first: a finger could not mean one joint. */
  #showPerson() {
    if (!this.#wantsPerson || !this.#isLaidOut || this.#size.width === 0) return;
    this.#wantsPerson = false;
    this.viewport.show(boundsOf(this.correction.joints.filter(Boolean)));
  }

  #onPicture() {
    this.#message.textContent = "";
    if (this.#size.width === 0) this.#setSize(this.#picture.naturalWidth, this.#picture.naturalHeight);
    this.#picture.classList.add("loaded");
    this.#preview.remove();
  }

  #onLost() {
    this.#message.textContent = "The picture can’t be shown; the pose is still there.";
    this.#picture.hidden = true;
    if (this.#size.width === 0) this.#setSize(1000, 1000);
  }
}

/** Of the picture, both ways. */
const SMALL = 0.5;

function isSmall({ left, top, right, bottom }) {
  return right - left < SMALL && bottom - top < SMALL;
}

/** The colours' meaning. A person who faces the camera has the left side on the picture's right. */
function legend() {
  return element(
    "p", { class: "legend" },
    element("span", { class: "left" }, "person’s left"), element("span", { class: "right" }, "person’s right"),
  );
}

function keyHelp() {
  const key = (text) => element("kbd", {}, text);
  return element(
    "p",
    { class: "stage-keys", id: "stage-keys" },
    key("N"), " ", key("P"), " next and previous joint, ", key("←"), key("↑"), key("→"), key("↓"), " move it, ",
    key("Shift"), " farther, ", key("V"), " more visible, ", key("Shift"), key("V"), " less, ", key("+"), " ", key("−"), " ",
    key("0"), " zoom, ", key("R"), " back to the detection, ", key("D"), " show it, ", key("H"), " hide the skeleton, ",
    key("J"), " ", key("K"), " next and previous picture, ",
    key("Ctrl"), key("Z"), " undo",
  );
}
