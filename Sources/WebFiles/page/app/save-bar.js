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

  /** `actions`: `undo`, `redo`, `discard`, `save`. */
  constructor(correction, actions) {
    this.#correction = correction;
    const iconButton = (label, name, act) =>
      element("button", { class: "icon-button", type: "button", "aria-label": label, title: label, onclick: act }, icon(name));
    this.#undo = iconButton("Undo", "undo", actions.undo);
    this.#redo = iconButton("Redo", "redo", actions.redo);
    this.#discard = element("button", { class: "quiet", type: "button", onclick: actions.discard }, "Discard");
    this.#save = element("button", { class: "primary", type: "button", onclick: actions.save }, "Save");
    this.element = element(
      "div",
      { class: "save-bar", role: "group", "aria-label": "Correction" },
      this.#undo, this.#redo, this.#words, this.#discard, this.#save,
    );
    this.show({ isSaving: false });
  }

  show({ isSaving }) {
    const { changed, canUndo, canRedo } = this.#correction;
    const isDirty = changed.length > 0;
    this.element.classList.toggle("visible", isDirty || canUndo || canRedo);
    this.element.inert = !(isDirty || canUndo || canRedo);
    this.#undo.disabled = !canUndo || isSaving;
    this.#redo.disabled = !canRedo || isSaving;
    this.#discard.disabled = !isDirty || isSaving;
    this.#save.disabled = !isDirty || isSaving;
    const words = isSaving ? "Saving …" : isDirty ? `${formatCount(changed.length, "joint")} changed` : "No changes";
    if (this.#words.textContent !== words) this.#words.textContent = words;
  }
}
