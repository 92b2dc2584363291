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
      element("h2", { id: "world-title" }, "In space"),
      this.#body,
    );
  }

  show(pose) {
    if (!hasWorld(pose.worldKeypoints)) {
      this.close();
      this.#body.replaceChildren(element("p", { class: "hint" }, "No landmarks in metres are kept with this pose."));
      return;
    }
    this.#view ??= new WorldView();
    this.#view.show(pose.worldKeypoints);
    replaceContent(
      this.#body,
      this.#view.element,
      pose.worldKeypointsStale &&
        element("p", { class: "hint" }, "As it was detected: corrections move joints in the picture only."),
    );
  }

  close() {
    this.#view?.close();
    this.#view = null;
  }
}
