// The joint that is being worked on: which one, where it is, how visible.

import { element } from "./dom.js";
import { formatPercent } from "./format.js";
import { LANDMARKS, readableName } from "./skeleton.js";

export class JointPanel {
  #select = element("select", { id: "joint-name", onchange: () => this.#onSelect() });
  #x = element("input", { id: "joint-x", type: "number", step: "0.001", onchange: () => this.#onNumber("x") });
  #y = element("input", { id: "joint-y", type: "number", step: "0.001", onchange: () => this.#onNumber("y") });
  #visibility = element("input", {
    id: "joint-visibility", type: "range", min: "0", max: "1", step: "0.01", oninput: () => this.#onVisibility(),
  });
  #output = element("output", { for: "joint-visibility" });
  #actions;
  #correction;
  #index = null;

  /** `actions`: `select(index)`. */
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
      element("p", { class: "hint" }, "Drag a joint in the picture, or choose one and use the arrow keys."),
    );
  }

  show(index) {
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
    else this.show(this.#index);
  }

  #onVisibility() {
    this.#correction.set(this.#index, { visibility: this.#visibility.valueAsNumber });
  }
}
