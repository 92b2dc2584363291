// All values of a pose, one joint a row.

import { element } from "./dom.js";
import { formatPercent } from "./format.js";
import { LANDMARKS, readableName, sideOf } from "./skeleton.js";

const COLUMNS = ["x", "y", "z", "visibility"];

export class ValuesTable {
  #rows;

  /** `select` is called with a joint's index. */
  constructor(select) {
    this.#rows = LANDMARKS.map((name, index) => {
      const button = element("button", { type: "button", onclick: () => select(index) }, readableName(name));
      const cells = COLUMNS.map(() => element("td", {}));
      const mark = element("span", { class: "row-mark" });
      const row = element(
        "tr",
        { class: sideOf(name) },
        element("th", { scope: "row" }, button, mark),
        ...cells,
      );
      return { row, button, cells, mark };
    });
    this.element = element(
      "div",
      { class: "values", tabindex: "0", role: "region", "aria-label": "Values of all joints" },
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element("tr", {}, ...["Joint", "x", "y", "z", "Visibility"].map((text) => element("th", { scope: "col" }, text))),
        ),
        element("tbody", {}, ...this.#rows.map(({ row }) => row)),
      ),
    );
  }

  /** `changed`: indices that are not saved yet; `corrected`: those that differ from the detection. */
  show(joints, { selected, changed, corrected }) {
    this.#rows.forEach(({ row, button, cells, mark }, index) => {
      const joint = joints[index];
      COLUMNS.forEach((column, at) => {
        const value = joint?.[column];
        const words = column === "visibility" ? formatPercent : (number) => number.toFixed(3);
        cells[at].textContent = Number.isFinite(value) ? words(value) : "–";
      });
      row.classList.toggle("selected", index === selected);
      if (index === selected) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      mark.textContent = changed.includes(index) ? "changed" : corrected.includes(index) ? "corrected" : "";
    });
  }
}
