// What was deleted: for owners, who can bring it back or delete it forever.

import { emptyTrash, listTrash, removeFromTrash, restoreFromTrash, trashThumbnailURL } from "./api.js";
import { choose } from "./dialog.js";
import { element, emptyState, keepingFocus } from "./dom.js";
import { formatCount, formatTime, splitName } from "./format.js";
import { icon } from "./icons.js";
import { announce, showError, showToast } from "./toasts.js";

const PAGE = 60;
const DAY = 86_400_000;
const THUMBNAIL = 384;

export class TrashView {
  title = "Trash";
  element = element("div", { class: "gallery trash" });
  #onRestored;
  #grid = element("ul", { class: "grid" });
  #state = element("div", {});
  #empty = element("button", { class: "quiet danger", type: "button", hidden: true, onclick: () => this.#emptyAll() }, "Empty trash");
  #more = element("button", { type: "button", hidden: true, onclick: () => this.#load({ goesOn: true }) }, "Show more");
  #next = null;
  #isShown = false;

  /** `onRestored(id)` is called when a pose is back. */
  constructor({ onRestored }) {
    this.#onRestored = onRestored;
    this.element.append(
      element("div", { class: "page-head" }, element("h1", {}, "Trash"), this.#empty),
      element("p", { class: "trash-about" }, "Deleted poses are kept here until their time is over, and are then deleted forever."),
      this.#state,
      this.#grid,
      element("p", { class: "older" }, this.#more),
    );
  }

  async show() {
    this.#isShown = true;
    await this.#load();
  }

  hide() {
    this.#isShown = false;
  }

  /** Loads again what could not be loaded before. */
  retry() {
    if (this.#isShown) this.#load();
  }

  async #load({ goesOn = false } = {}) {
    try {
      const { poses, pagination } = await listTrash({ after: goesOn ? this.#next : null, limit: PAGE });
      const cards = poses.map((item) => this.#card(item));
      this.#next = pagination.next;
      keepingFocus(this.element, this.#empty, () => {
        if (goesOn) this.#grid.append(...cards);
        else this.#grid.replaceChildren(...cards);
        this.#refresh();
      });
    } catch (error) {
      this.#grid.replaceChildren();
      this.#empty.hidden = true;
      this.#more.hidden = true;
      this.#state.replaceChildren(emptyState("The trash could not be loaded", error.message));
    }
  }

  #refresh() {
    const isEmpty = this.#grid.childElementCount === 0;
    this.#empty.hidden = isEmpty;
    this.#more.hidden = this.#next === null;
    if (isEmpty && this.#next === null) {
      this.#state.replaceChildren(emptyState("The trash is empty", "Poses that you delete show up here."));
    } else {
      this.#state.replaceChildren();
    }
  }

  #card(item) {
    const name = item.pose.image?.fileName ?? `Pose ${item.pose.id}`;
    const { base } = splitName(name);
    const picture = element("div", { class: "thumbnail" });
    const image = element("img", {
      alt: "", loading: "lazy", decoding: "async",
      onload: () => picture.classList.add("loaded"),
      onerror: () => picture.replaceChildren(element("span", { class: "lost-word" }, "No preview")),
    });
    image.src = trashThumbnailURL(item.id, THUMBNAIL);
    picture.append(image);
    const card = element(
      "li",
      { class: "card" },
      picture,
      element(
        "div",
        { class: "caption" },
        element("span", { class: "name", title: name }, base),
        element("span", { class: "when", title: `Deleted ${formatTime(item.deletedAt)}` }, daysLeft(item.until)),
      ),
      element(
        "div",
        { class: "trash-deeds" },
        element(
          "button", { class: "quiet", type: "button", "aria-label": `Restore ${base}`, onclick: () => this.#restore(item, card) },
          icon("revert"), "Restore",
        ),
        element(
          "button",
          { class: "quiet danger", type: "button", "aria-label": `Delete ${base} forever`, onclick: () => this.#remove(item, card) },
          "Delete forever",
        ),
      ),
    );
    return card;
  }

  async #restore(item, card) {
    try {
      await restoreFromTrash(item.id);
      this.#onRestored(item.pose.id);
      showToast("Pose restored.", { action: { label: "Show", run: () => (location.hash = `#/poses/${item.pose.id}`) } });
      this.#leave(card);
    } catch (error) {
      this.#tell(error, card);
    }
  }

  async #remove(item, card) {
    const answer = await choose("Delete forever?", "This pose can’t be restored afterwards. Its picture goes with its last pose.", [
      { value: "keep", label: "Cancel" },
      { value: "delete", label: "Delete forever", kind: "danger" },
    ]);
    if (answer !== "delete") return;
    try {
      await removeFromTrash(item.id);
      announce("Deleted forever");
      this.#leave(card);
    } catch (error) {
      this.#tell(error, card);
    }
  }

  async #emptyAll() {
    const answer = await choose("Empty the trash?", "Everything in it is deleted forever.", [
      { value: "keep", label: "Cancel" },
      { value: "empty", label: "Empty trash", kind: "danger" },
    ]);
    if (answer !== "empty") return;
    try {
      const { removed } = await emptyTrash();
      showToast(`${formatCount(removed, "pose")} deleted forever.`);
    } catch (error) {
      showError(error);
    }
    await this.#load();
  }

  /** Somebody else may have been faster. */
  #tell(error, card) {
    if (error.status === 404) this.#leave(card);
    showError(error.status === 404 ? { message: "This pose is no longer in the trash." } : error);
  }

  #leave(card) {
    keepingFocus(this.element, document.getElementById("main"), () => {
      card.remove();
      this.#refresh();
    });
  }
}

function daysLeft(until) {
  const days = Math.max(Math.ceil((new Date(until) - Date.now()) / DAY), 0);
  return days === 0 ? "deleted forever soon" : `${formatCount(days, "day")} left`;
}
