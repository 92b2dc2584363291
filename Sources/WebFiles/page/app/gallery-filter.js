// What the gallery is searched by: file name, days, and whether a pose was corrected; and the day to begin with.

import { element } from "./dom.js";
import { knownWords } from "./gallery-query.js";
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
  #at = element("input", { id: "filter-at", type: "date", onchange: () => this.#change() });
  #corrected = element("input", { id: "filter-corrected", type: "checkbox", onchange: () => this.#change() });
  #clear = element("button", { class: "quiet", type: "button", onclick: () => this.clear() }, "Clear");

  constructor(onChange) {
    this.#onChange = onChange;
    const more = element(
      "div",
      { class: "filter-more", id: "filter-more" },
      element("label", { for: "filter-from" }, element("span", {}, "From"), this.#from),
      element("label", { for: "filter-to" }, element("span", {}, "to"), this.#to),
      element("label", { for: "filter-at" }, element("span", {}, "Jump to"), this.#at),
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
    return this.query.size > 0;
  }

  /** As in the page's address. */
  get query() {
    return knownWords(
      new URLSearchParams({
        name: this.#name.value.trim(),
        from: this.#from.value,
        to: this.#to.value,
        corrected: this.#corrected.checked ? "true" : "",
        at: this.#at.value,
      }),
    );
  }

  /** Shows what an address says, without a call of `onChange`. */
  set query(query) {
    this.#name.value = query.get("name") ?? "";
    this.#from.value = query.get("from") ?? "";
    this.#to.value = query.get("to") ?? "";
    this.#corrected.checked = query.get("corrected") === "true";
    this.#at.value = query.get("at") ?? "";
    this.#showClear();
  }

  clear() {
    this.query = new URLSearchParams();
    this.#change();
  }

  #showClear() {
    if (!this.isSet && document.activeElement === this.#clear) this.#name.focus();
    this.#clear.hidden = !this.isSet;
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
    this.#showClear();
    this.#onChange();
  }
}
