// The joint that is being worked on: which one, where it is, how visible.

import { element, keepingFocus } from "./dom.js";
import { formatPercent } from "./format.js";
import { icon } from "./icons.js";
import { LANDMARKS, readableName } from "./skeleton.js";

/** Corrections are rounded to this. */
const LEAST = 1e-6;

export class JointPanel {
  #select = element("select", { id: "joint-name", onchange: () => this.#onSelect() });
  #x = element("input", { id: "joint-x", type: "number", step: "0.001", onchange: () => this.#onNumber("x") });
  #y = element("input", { id: "joint-y", type: "number", step: "0.001", onchange: () => this.#onNumber("y") });
  #visibility = element("input", {
    id: "joint-visibility", type: "range", min: "0", max: "1", step: "0.01", oninput: () => this.#onVisibility(),
  });
  #output = element("output", { for: "joint-visibility" });
  #outside = element("p", { class: "hint", role: "status" });
  #putBack = element("button", { type: "button", onclick: () => this.#actions.putBack(this.#index) }, icon("revert"), "Back to detection");
  #actions;
  #correction;
  #index = null;

  /** `actions`: `select(index)`, `putBack(index)`. */
  constructor(correction, actions) {
    this.#correction = correction;
    this.#actions = actions;
    this.#select.append(
      element("option", { value: "" }, "Choose a joint …"),
      ...LANDMARKS.map((name, index) => element("option", { value: String(index) }, readableName(name))),
    );
    const field = (id, text, input, extra = null) => element("div", { class: "field" }, element("label", { for: id }, text, extra), input);
    this.element = element(
      "section",
      { class: "panel joint-panel", "aria-labelledby": "joint-title" },
      element("h2", { id: "joint-title" }, "Joint"),
      element(
        "div",
        { class: "fields" },
        field("joint-name", "Name", this.#select),
        field("joint-x", "x", this.#x),
        field("joint-y", "y", this.#y),
        field("joint-visibility", "Visibility ", this.#visibility, this.#output),
      ),
      this.#putBack,
      this.#outside,
      element(
        "p", { class: "hint", "data-needs": "edit" },
        matchMedia("(pointer: coarse)").matches
          ? "Drag a joint in the picture. Two fingers zoom."
          : "Drag a joint in the picture, or choose one and use the arrow keys.",
      ),
    );
  }

  /** `detected`: where the model found the joints. */
  show(index, detected) {
    this.#index = index;
    const joint = index === null ? null : this.#correction.joints[index];
    const isEditable = joint !== null && this.#correction.isPossible;
    this.#select.value = index === null ? "" : String(index);
    for (const input of [this.#x, this.#y, this.#visibility]) input.disabled = !isEditable;
    const text = (value) => (Number.isFinite(value) ? String(Number(value.toFixed(4))) : "");
    this.#write(this.#x, text(joint?.x));
    this.#write(this.#y, text(joint?.y));
    this.#write(this.#visibility, joint ? String(joint.visibility) : "0");
    this.#output.textContent = joint ? formatPercent(joint.visibility ?? 0) : "";
    const found = index === null ? null : detected[index];
    const isMoved = isEditable && found && ["x", "y", "visibility"].some((value) => Math.abs(joint[value] - found[value]) > LEAST);
    keepingFocus(this.element, this.#select, () => (this.#putBack.hidden = !isMoved));
    const isOutside = joint !== null && [joint.x, joint.y].some((value) => value < 0 || value > 1);
    const words = isOutside ? "This joint lies outside the picture: inside, x and y are between 0 and 1." : "";
    if (this.#outside.textContent !== words) this.#outside.textContent = words;
  }

  /** Leaves alone what the reader is typing. */
  #write(input, text) {
    if (document.activeElement !== input || Number(input.value) !== Number(text)) input.value = text;
  }

  #onSelect() {
    this.#actions.select(this.#select.value === "" ? null : Number(this.#select.value));
  }

  #onNumber(axis) {
    const value = (axis === "x" ? this.#x : this.#y).valueAsNumber;
    if (Number.isFinite(value)) this.#correction.set(this.#index, { [axis]: value });
    else this.#actions.select(this.#index);
  }

  #onVisibility() {
    this.#correction.set(this.#index, { visibility: this.#visibility.valueAsNumber });
  }
}
