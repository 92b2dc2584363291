// One picture in the gallery, with all people found in it.

import { element, keepingFocus } from "./dom.js";
import { formatDay, formatTime, splitName } from "./format.js";
import { icon } from "./icons.js";
import { withQuery } from "./router.js";
import { thumbnail } from "./thumbnail.js";

export class GalleryCard {
  element = element("li", { class: "card" });
  #poses; // the best first: by ascending id
  #hidden = new Set();
  #query;
  #isNear = false;
  #isSelected = false;

  /** `query`: what the list was searched by, which the way into a pose keeps. */
  constructor(pose, query) {
    this.#poses = [pose];
    this.#query = query;
    this.#draw();
  }

  get ids() {
    return this.#poses.map((pose) => pose.id);
  }

  /** When its picture was added; null for rows of other programs that don't tell. */
  get time() {
    return this.#poses[0].createdAt ?? null;
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

  /** Whether it is one of several that something is to be done with. */
  setSelected(isSelected) {
    this.#isSelected = isSelected;
    this.element.classList.toggle("selected", isSelected);
    this.#draw();
  }

  /** Far from what is seen, a card is an empty place: a document of many thousand pictures would be slow. */
  setNear(isNear) {
    if (isNear === this.#isNear || (!isNear && this.element.contains(document.activeElement))) return;
    this.#isNear = isNear;
    if (isNear) this.#draw();
    else this.element.replaceChildren();
  }

  #draw() {
    const poses = this.#poses.filter((pose) => !this.#hidden.has(pose.id));
    keepingFocus(this.element, document.getElementById("main"), () => (this.element.hidden = poses.length === 0));
    if (poses.length === 0 || !this.#isNear) return;
    keepingFocus(this.element, this.element.querySelector("a"), () => this.#fill(poses));
  }

  #fill(poses) {
    const [best] = poses;
    const name = best.image?.fileName ?? `Pose ${best.id}`;
    const { base, folder } = splitName(name);
    const day = formatDay(best.createdAt);
    const isCorrected = poses.some((pose) => pose.corrected);
    this.element.replaceChildren(
      element(
        "a",
        { href: withQuery(`#/poses/${best.id}`, this.#query), "aria-label": label(name, best, poses.length, isCorrected, this.#isSelected) },
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
          element("span", { class: "name", title: name }, base),
          element("span", { class: "when" }, folder ? `${day} · ${folder}` : day),
        ),
      ),
    );
  }
}

function label(name, pose, count, isCorrected, isSelected) {
  const parts = [name, formatTime(pose.createdAt)];
  if (count > 1) parts.push(`${count} people`);
  if (isCorrected) parts.push("corrected");
  if (isSelected) parts.push("selected");
  return parts.join(", ");
}
