// What there is to save, and the way back and forth: shown while there is something to undo, redo or save.

import { element } from "./dom.js";
import { formatCount } from "./format.js";
import { icon } from "./icons.js";

export class SaveBar {
  #correction;
  #words = element("p", { role: "status" });
  #undo;
  #redo;
  #discard;
  #save;
  #giveFocus;

  /** `actions`: `undo`, `redo`, `discard`, `save`, and `giveFocus`, which takes the focus from a bar that goes. */
  constructor(correction, actions) {
    this.#correction = correction;
    this.#giveFocus = actions.giveFocus;
    const button = (attributes, act, content) => {
      const node = element("button", { type: "button", ...attributes }, content);
      node.addEventListener("click", () => node.getAttribute("aria-disabled") !== "true" && act());
      return node;
    };
    const iconButton = (label, name, act) => button({ class: "icon-button", "aria-label": label, title: label }, act, icon(name));
    this.#undo = iconButton("Undo", "undo", actions.undo);
    this.#redo = iconButton("Redo", "redo", actions.redo);
    this.#discard = button({ class: "quiet" }, actions.discard, "Discard");
    this.#save = button({ class: "primary" }, actions.save, "Save");
    this.element = element(
      "div",
      { class: "save-bar", role: "group", "aria-label": "Correction" },
      this.#undo, this.#redo, this.#words, this.#discard, this.#save,
    );
    this.show({ isSaving: false, wasSaved: false });
  }

  /** `wasSaved`: whether what is shown was saved here, rather than never changed. */
  show({ isSaving, wasSaved }) {
    const { changed, canUndo, canRedo } = this.#correction;
    const isDirty = changed.length > 0;
    const isVisible = isDirty || canUndo || canRedo;
    if (!isVisible && this.element.contains(document.activeElement)) this.#giveFocus();
    this.element.classList.toggle("visible", isVisible);
    this.element.inert = !isVisible;
    // a button that is disabled loses the focus, and who works with keys would start over
    const allow = (node, isPossible) => node.setAttribute("aria-disabled", String(!isPossible || isSaving));
    allow(this.#undo, canUndo);
    allow(this.#redo, canRedo);
    allow(this.#discard, isDirty);
    allow(this.#save, isDirty);
    const words = isSaving ? "Saving …" : isDirty ? `${formatCount(changed.length, "joint")} changed` : wasSaved ? "Saved" : "No changes";
    if (this.#words.textContent !== words) this.#words.textContent = words;
  }
}
