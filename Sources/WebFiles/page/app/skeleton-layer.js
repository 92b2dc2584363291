// A person's skeleton in the frame, as elements that are moved rather than made anew.

import { svg } from "./dom.js";
import { BONES, LANDMARKS, isOnFace, opacityOf, sideOf } from "./skeleton.js";

export class SkeletonLayer {
  #bones = BONES.map(([from, to]) => {
    const [a, b] = [sideOf(LANDMARKS[from]), sideOf(LANDMARKS[to])];
    return svg("line", { class: `bone ${a === b ? a : "middle"}` });
  });
  #joints = LANDMARKS.map((name) =>
    svg("circle", { class: `joint ${sideOf(name)}`, r: isOnFace(name) ? 3.2 : 5 }),
  );
  #ring = svg("circle", { class: "ring", r: 11 });

  /** `kind`: "person active", the one that is shown and corrected, "person", one beside, or "ghost", as it was detected. */
  constructor(kind) {
    this.element = svg(
      "g",
      { class: kind },
      svg("g", {}, ...this.#bones),
      this.#ring,
      svg("g", {}, ...this.#joints),
    );
  }

  /** `place` turns a joint into frame coordinates; `changed` are the indices not saved yet. */
  draw(joints, place, { selected = null, changed = [] } = {}) {
    const points = joints.map((joint) => (joint ? place(joint) : null));
    BONES.forEach(([from, to], index) => {
      const [a, b] = [points[from], points[to]];
      const opacity = a && b ? Math.min(opacityOf(joints[from]), opacityOf(joints[to])) : 0;
      set(this.#bones[index], { x1: a?.[0] ?? 0, y1: a?.[1] ?? 0, x2: b?.[0] ?? 0, y2: b?.[1] ?? 0, opacity });
    });
    this.#joints.forEach((circle, index) => {
      const point = points[index];
      set(circle, { cx: point?.[0] ?? 0, cy: point?.[1] ?? 0, opacity: point ? opacityOf(joints[index]) : 0 });
      circle.classList.toggle("changed", changed.includes(index));
    });
    const ringed = selected === null ? null : points[selected];
    set(this.#ring, { cx: ringed?.[0] ?? 0, cy: ringed?.[1] ?? 0, opacity: ringed ? 1 : 0 });
  }
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}
