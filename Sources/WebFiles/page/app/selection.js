// Several pictures of the gallery at once: which ones, and what can be done with them.

import { element } from "./dom.js";
import { formatCount } from "./format.js";
import { icon } from "./icons.js";
import { may } from "./rights.js";
import { announce } from "./toasts.js";

/** How long a finger rests on a picture to choose it, in ms. */
const LONG_PRESS = 500;
/** How far it may stray meanwhile, in pixels. */
const SLOP = 10;

export class Selection {
  /** The button that begins to choose. */
  button = element("button", { class: "quiet", type: "button", "aria-pressed": "false", "data-needs": "edit", onclick: () => this.#toggle() }, "Select");
  /** What is shown while pictures are chosen. */
  bar;
  #grid;
  #cards = new Set();
  #words = element("p", { role: "status" });
  #delete;
  #isOn = false;
  #last = null;

  /** `grid`: the list of cards; `cardOf(element)` the card of one; `remove(cards)` deletes them. */
  constructor(grid, cardOf, remove) {
    this.#grid = grid;
    this.#delete = element(
      "button",
      {
        class: "quiet danger", type: "button",
        onclick: () => {
          const cards = [...this.#cards];
          this.end();
          remove(cards);
        },
      },
      icon("trash"), "Delete",
    );
    this.bar = element(
      "div",
      { class: "selection-bar", role: "group", "aria-label": "Selected pictures", hidden: true },
      this.#words, this.#delete,
      element("button", { class: "quiet", type: "button", onclick: () => this.end() }, "Cancel"),
    );
    const cardAt = (event) => {
      const node = event.target.closest(".card");
      return node && cardOf(node);
    };
    this.#listenForLongPress(cardAt);
    grid.addEventListener("click", (event) => {
      const card = cardAt(event);
      if (!card || !may("edit") || !(this.#isOn || event.ctrlKey || event.metaKey || event.shiftKey)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.shiftKey && this.#last) this.#chooseUpTo(card, cardOf);
      else this.#choose(card, !this.#cards.has(card));
    }, { capture: true });
    grid.addEventListener("keydown", (event) => event.key === "Escape" && this.#isOn && this.end());
  }

  get isOn() {
    return this.#isOn;
  }

  end() {
    if (!this.#isOn) return;
    const hadFocus = this.bar.contains(document.activeElement);
    for (const card of this.#cards) card.setSelected(false);
    this.#cards.clear();
    this.#last = null;
    this.#set(false);
    if (hadFocus) this.button.focus();
  }

  #toggle() {
    if (this.#isOn) this.end();
    else this.#set(true);
  }

  #set(isOn) {
    this.#isOn = isOn;
    this.button.setAttribute("aria-pressed", String(isOn));
    this.#grid.classList.toggle("selecting", isOn);
    this.bar.hidden = !isOn;
    this.#show();
  }

  #show() {
    const words = `${formatCount(this.#cards.size, "picture")} selected`;
    if (this.#words.textContent !== words) this.#words.textContent = words;
    this.#delete.disabled = this.#cards.size === 0;
  }

  #choose(card, isChosen) {
    if (!this.#isOn) this.#set(true);
    card.setSelected(isChosen);
    if (isChosen) this.#cards.add(card);
    else this.#cards.delete(card);
    this.#last = card;
    this.#show();
    announce(isChosen ? "selected" : "not selected");
  }

  /** All from the one that was chosen last. */
  #chooseUpTo(card, cardOf) {
    const nodes = [...this.#grid.children].filter((node) => !node.hidden);
    const [from, to] = [nodes.indexOf(this.#last.element), nodes.indexOf(card.element)].sort((a, b) => a - b);
    for (const node of nodes.slice(Math.max(from, 0), to + 1)) this.#choose(cardOf(node), true);
  }

  #listenForLongPress(cardAt) {
    let timer = null;
    let wasLong = false;
    let resting = null; // the card under a finger
    let place = { x: 0, y: 0 };
    const choose = () => {
      clearTimeout(timer);
      if (wasLong || !resting) return;
      wasLong = true;
      this.#choose(resting, true);
    };
    const stop = () => {
      clearTimeout(timer);
      resting = null;
    };
    this.#grid.addEventListener("pointerdown", (event) => {
      wasLong = false;
      resting = event.pointerType === "touch" && !this.#isOn && may("edit") ? cardAt(event) : null;
      place = { x: event.clientX, y: event.clientY };
      if (resting) timer = setTimeout(choose, LONG_PRESS);
    });
    this.#grid.addEventListener("pointermove", (event) => {
      if (Math.hypot(event.clientX - place.x, event.clientY - place.y) > SLOP) stop();
    });
    for (const name of ["pointerup", "pointercancel"]) this.#grid.addEventListener(name, stop);
    // the finger that chose goes up, which is no press on the picture
    this.#grid.addEventListener("click", (event) => {
      if (!wasLong) return;
      wasLong = false;
      event.preventDefault();
      event.stopImmediatePropagation();
    }, { capture: true });
    // a browser may find that a press was long before its time is over
    this.#grid.addEventListener("contextmenu", (event) => {
      if (!resting) return;
      event.preventDefault();
      choose();
    });
  }
}
