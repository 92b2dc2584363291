// What the gallery is searched by: file name, days, and whether a pose was corrected.

import { element } from "./dom.js";
import { icon } from "./icons.js";

const PAUSE = 250; // ms without a key before the search begins

export class GalleryFilter {
  #onChange;
  #timer = null;
  #name = element("input", {
    id: "filter-name", type: "search", placeholder: "Search file names", autocomplete: "off", "aria-label": "File name",
    oninput: () => this.#changeSoon(),
  });
  #from = element("input", { id: "filter-from", type: "date", onchange: () => this.#change() });
  #to = element("input", { id: "filter-to", type: "date", onchange: () => this.#change() });
  #corrected = element("input", { id: "filter-corrected", type: "checkbox", onchange: () => this.#change() });
  #clear = element("button", { class: "quiet", type: "button", onclick: () => this.clear() }, "Clear");

  constructor(onChange) {
    this.#onChange = onChange;
    const more = element(
      "div",
      { class: "filter-more", id: "filter-more" },
      element("label", { for: "filter-from" }, element("span", {}, "From"), this.#from),
      element("label", { for: "filter-to" }, element("span", {}, "to"), this.#to),
      element("label", { class: "check", for: "filter-corrected" }, this.#corrected, element("span", {}, "Corrected only")),
      this.#clear,
    );
    const toggle = element(
      "button",
      {
        class: "icon-button filter-toggle", type: "button", "aria-label": "More filters", "aria-expanded": "false",
        "aria-controls": "filter-more",
        onclick: () => toggle.setAttribute("aria-expanded", String(more.classList.toggle("open"))),
      },
      icon("filter"),
    );
    this.element = element(
      "form",
      { class: "filter", role: "search", onsubmit: (event) => this.#submit(event) },
      element("div", { class: "filter-name" }, icon("search"), this.#name, toggle),
      more,
    );
    this.#clear.hidden = true;
  }

  get isSet() {
    return Object.keys(this.values).length > 0;
  }

  /** As the API takes them; days are the reader's, so their bounds are told as instants. */
  get values() {
    const values = {};
    const name = this.#name.value.trim();
    if (name) values.fileName = name;
    if (this.#from.value) values.from = edgeOfDay(this.#from.value, 0, 0);
    if (this.#to.value) values.to = edgeOfDay(this.#to.value, 1, -1);
    if (this.#corrected.checked) values.corrected = "true";
    return values;
  }

  clear() {
    this.#name.value = "";
    this.#from.value = "";
    this.#to.value = "";
    this.#corrected.checked = false;
    this.#change();
  }

  #submit(event) {
    event.preventDefault();
    this.#change();
  }

  #changeSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#change(), PAUSE);
  }

  #change() {
    clearTimeout(this.#timer);
    if (!this.isSet && document.activeElement === this.#clear) this.#name.focus();
    this.#clear.hidden = !this.isSet;
    this.#onChange();
  }
}

/** The instant `days` and `seconds` after the beginning of a day where the reader is. */
function edgeOfDay(day, days, seconds) {
  const [year, month, date] = day.split("-").map(Number);
  const time = new Date(year, month - 1, date + days, 0, 0, seconds);
  return `${time.toISOString().slice(0, 19)}Z`;
}
