// One picture in the gallery, with all people found in it.

import { element, keepingFocus } from "./dom.js";
import { formatDay, formatTime } from "./format.js";
import { icon } from "./icons.js";
import { thumbnail } from "./thumbnail.js";

export class GalleryCard {
  element = element("li", { class: "card" });
  #poses; // the best first: by ascending id
  #hidden = new Set();

  constructor(pose) {
    this.#poses = [pose];
    this.#draw();
  }

  get ids() {
    return this.#poses.map((pose) => pose.id);
  }

  add(pose) {
    if (this.ids.includes(pose.id)) return this.replace(pose);
    this.#poses = [...this.#poses, pose].sort((a, b) => a.id - b.id);
    this.#draw();
  }

  replace(pose) {
    const index = this.ids.indexOf(pose.id);
    if (index < 0) return;
    this.#poses[index] = pose;
    this.#draw();
  }

  /** Hides the people that `isGone` tells of, and itself with the last of them; how many are left. */
  without(isGone) {
    const hidden = new Set(this.ids.filter(isGone));
    if (hidden.symmetricDifference(this.#hidden).size > 0) {
      this.#hidden = hidden;
      this.#draw();
    }
    return this.#poses.length - hidden.size;
  }

  #draw() {
    const poses = this.#poses.filter((pose) => !this.#hidden.has(pose.id));
    keepingFocus(this.element, document.getElementById("main"), () => (this.element.hidden = poses.length === 0));
    if (poses.length > 0) keepingFocus(this.element, this.element.querySelector("a"), () => this.#fill(poses));
  }

  #fill(poses) {
    const [best] = poses;
    const name = best.image?.fileName ?? `Pose ${best.id}`;
    const isCorrected = poses.some((pose) => pose.corrected);
    this.element.replaceChildren(
      element(
        "a",
        { href: `#/poses/${best.id}`, "aria-label": label(name, best, poses.length, isCorrected) },
        thumbnail(poses),
        element(
          "div",
          { class: "marks" },
          poses.length > 1 && element("span", { class: "mark" }, icon("people"), String(poses.length)),
          isCorrected && element("span", { class: "mark corrected" }, icon("pencil"), "corrected"),
        ),
        element(
          "div",
          { class: "caption" },
          element("span", { class: "name", title: name }, name),
          element("span", { class: "when" }, formatDay(best.createdAt)),
        ),
      ),
    );
  }
}

function label(name, pose, count, isCorrected) {
  const parts = [name, formatTime(pose.createdAt)];
  if (count > 1) parts.push(`${count} people`);
  if (isCorrected) parts.push("corrected");
  return parts.join(", ");
}
