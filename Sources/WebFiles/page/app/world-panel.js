// The pose in space, or why there is none.

import { element, replaceContent } from "./dom.js";
import { WorldView, hasWorld } from "./world-view.js";

export class WorldPanel {
  #body = element("div", {});
  #view = null;

  constructor() {
    this.element = element(
      "section",
      { class: "panel", "aria-labelledby": "world-title" },
      element("h2", { id: "world-title" }, "3D view"),
      this.#body,
    );
  }

  show(pose) {
    if (!hasWorld(pose.worldKeypoints)) {
      this.close();
      this.#body.replaceChildren(element("p", { class: "hint" }, "No 3D landmarks are stored for this pose."));
      return;
    }
    this.#view ??= new WorldView();
    this.#view.show(pose.worldKeypoints);
    replaceContent(
      this.#body,
      this.#view.element,
      pose.worldKeypointsStale &&
        element("p", { class: "hint" }, "3D shows the original detection; corrections apply to the picture only."),
    );
  }

  close() {
    this.#view?.close();
    this.#view = null;
  }
}
