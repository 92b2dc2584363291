// All pictures with their poses, newest first, loaded as the reader scrolls.

import { exportURL, getPose, listPage, listPoses } from "./api.js";
import { emptyState, element, keepingFocus } from "./dom.js";
import { formatCount } from "./format.js";
import { GalleryCard } from "./gallery-card.js";
import { GalleryFilter } from "./gallery-filter.js";
import { filterOf, filterUpTo, isUpsideDown, knownWords } from "./gallery-query.js";
import { may, roleWords } from "./rights.js";
import { replaceQuery } from "./router.js";
import { Selection } from "./selection.js";
import { announce, showError } from "./toasts.js";

const PAGE = 48;
/** How often the list is compared with what the server has, in ms. */
const PERIOD = 30_000;
const EXPORTS = [
  ["JSON Lines", { format: "jsonl" }], ["CSV", { format: "csv" }], ["COCO", { format: "coco" }],
  ["ZIP with pictures", { format: "coco", images: "true" }],
];

export class GalleryView {
  title = "";
  #deletions;
  #emptyActions;
  #filter = new GalleryFilter(() => {
    replaceQuery(this.query);
    this.#reload();
  });
  #cards = new Map(); // image id → GalleryCard
  #head = element("div", { class: "gallery-head" });
  #grid = element("ul", { class: "grid" });
  #state = element("div", { class: "grid-state" });
  #newer = element("button", { class: "newer", type: "button", hidden: true, onclick: () => this.#loadNewer() }, "Newer pictures");
  #count = element("p", { class: "grid-count" });
  #exports = element("nav", { class: "exports", "aria-label": "Export", "data-needs": "export" });
  #sentinel = element("div", { class: "sentinel", "aria-hidden": "true" });
  #observer = new IntersectionObserver((entries) => this.#onSentinel(entries), { rootMargin: "800px" });
  /** Has cards filled that are seen, or soon will be. */
  #nearness = new IntersectionObserver((entries) => this.#onNearness(entries), { rootMargin: "1500px 0px" });
  #byElement = new WeakMap(); // card's element → GalleryCard
  #undo = element("button", { class: "quiet", type: "button", hidden: true, onclick: () => this.#deletions.undoLast() }, "Undo delete");
  #selection = new Selection(this.#grid, (node) => this.#byElement.get(node), (cards) => this.#delete(cards));
  #timer = null;
  #onVisible = () => {
    if (document.visibilityState === "visible") this.#lookForNew();
  };
  #next = null;
  /** The number of the first page that is loaded; above it are newer ones where the reader jumped to a day. */
  #page = 1;
  #total = null;
  #loading = null;
  #hasFailed = false;
  #isLoaded = false;
  #scroll = 0;
  #opened = null; // the card that was opened last

  /** `emptyActions` makes what is offered where there is no pose yet. */
  constructor({ deletions, emptyActions }) {
    this.#deletions = deletions;
    this.#emptyActions = emptyActions;
    deletions.onChange = () => this.#refresh();
    deletions.onDeleted = () => {
      if (this.#total !== null) this.#total -= 1;
    };
    // not every browser gives the focus to a link that is clicked
    this.#grid.addEventListener("click", (event) => (this.#opened = event.target.closest(".card")));
    this.#head.append(this.#filter.element, element(
      "div",
      { class: "grid-about" },
      this.#undo, this.#count, this.#selection.button, this.#exports,
      element("a", { href: "#/trash", "data-needs": "own" }, "Trash"),
    ));
    this.element = element(
      "div",
      { class: "gallery" },
      element("h1", { class: "visually-hidden" }, "All poses"),
      this.#head,
      this.#newer,
      this.#grid,
      this.#state,
      this.#sentinel,
      this.#selection.bar,
    );
  }

  /** `query`: the address's. Without one, the list is what it was. */
  show(query) {
    const wanted = knownWords(query);
    const isOther = wanted.size > 0 && wanted.toString() !== this.query.toString();
    if (isOther) this.#filter.query = wanted;
    replaceQuery(this.query);
    for (const card of this.#cards.values()) this.#nearness.observe(card.element);
    this.#observer.observe(this.#sentinel);
    addEventListener("visibilitychange", this.#onVisible);
    this.#timer = setInterval(this.#onVisible, PERIOD);
    if (this.#isLoaded && !isOther) {
      scrollTo(0, this.#scroll);
      this.#lookForNew();
    } else this.#reload();
  }

  /** What is looked for, as the address says it. */
  get query() {
    return this.#filter.query;
  }

  /** To the card that was opened last; `false` where there is none any more. */
  takeFocus() {
    if (!this.#opened?.isConnected || this.#opened.hidden) return false;
    this.#byElement.get(this.#opened).setNear(true);
    const link = this.#opened.querySelector("a");
    link?.focus({ preventScroll: true });
    return Boolean(link);
  }

  hide() {
    this.#opened = document.activeElement?.closest(".card") ?? this.#opened;
    this.#scroll = scrollY;
    this.#observer.disconnect();
    this.#nearness.disconnect();
    this.#selection.end();
    removeEventListener("visibilitychange", this.#onVisible);
    clearInterval(this.#timer);
  }

  /** Loads again what could not be loaded before. */
  retry() {
    if (this.#hasFailed) this.#load();
  }

  /** Begins anew, since another role may see more, or less. */
  renew() {
    if (this.element.isConnected) this.#reload();
    else this.#isLoaded = false;
  }

  /** Takes up newly stored poses of one picture, unless a filter is set that they may not pass. */
  async addStored(ids) {
    if (!may("read") || (!this.#isLoaded && !this.#loading)) return;
    if (this.#page > 1) {
      // above what is loaded
      this.#total += ids.length;
      this.#refresh();
      return;
    }
    // the list that is on its way may be older than these poses
    if (!this.#isLoaded || this.#filter.isSet) {
      await this.#reload();
      return;
    }
    try {
      const stored = await Promise.all(ids.map((id) => getPose(id)));
      this.#take(stored.map(({ pose }) => pose).sort((a, b) => b.id - a.id), { atTop: true });
      if (this.#total !== null) this.#total += ids.length;
      this.#refresh();
    } catch (error) {
      showError(error);
    }
  }

  /** Takes up what other tabs, programs and people have added meanwhile. */
  async #lookForNew() {
    // who reads farther down is not disturbed
    if (!this.#isLoaded || this.#loading || this.#page > 1 || scrollY > innerHeight) return;
    const filter = filterOf(this.query);
    const known = Math.max(0, ...[...this.#cards.values()].flatMap((card) => card.ids));
    try {
      const [newest] = (await listPoses({ limit: 1, filter })).poses;
      if (!newest || newest.id <= known) return;
      const { poses, total } = await listPoses({ limit: PAGE, filter });
      if (this.#loading || JSON.stringify(filter) !== JSON.stringify(filterOf(this.query))) return;
      const fresh = poses.filter((pose) => pose.id > known);
      // more than a page: the list in between is not known
      if (fresh.length === poses.length && this.#cards.size > 0) await this.#reload();
      else this.#takeAtTop(fresh, total);
    } catch {
      // told by the banner, or found the next time
    }
  }

  #takeAtTop(poses, total) {
    // the one that is prepended last comes first
    this.#take(poses.toSorted((a, b) => a.id - b.id), { atTop: true });
    this.#total = total;
    this.#refresh();
  }

  #onNearness(entries) {
    for (const { target, isIntersecting } of entries) this.#byElement.get(target).setNear(isIntersecting);
  }

  /** Shows a pose as it is now. */
  replace(pose) {
    const card = this.#cards.get(pose.imageId);
    if (card) card.replace(pose);
    this.#refresh();
  }

  async #reload() {
    this.#loading?.abort();
    this.#next = null;
    this.#isLoaded = false;
    if (may("read")) await this.#load();
    else this.#showNothingToRead();
  }

  async #load() {
    const loading = new AbortController();
    this.#loading = loading;
    this.#hasFailed = false;
    const isFirst = !this.#isLoaded;
    let jumpedTo = null;
    this.#showLoading(isFirst);
    try {
      const filter = filterOf(this.query);
      const { signal } = loading;
      const page = isFirst ? await this.#pageToBeginWith(filter, signal) : null;
      const answer =
        page === null
          ? await listPoses({ after: isFirst ? null : this.#next, limit: PAGE, filter, signal })
          : await listPage({ page, limit: PAGE, filter, signal });
      if (isFirst) {
        this.#forget();
        this.#total = answer.total;
        this.#page = page ?? 1;
      }
      this.#isLoaded = true;
      this.#next = answer.next;
      this.#take(answer.poses);
      if (isFirst && this.#filter.isSet) announce(`${this.#totalText()} found`);
      jumpedTo = page === null ? null : filterUpTo(this.query).to;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#hasFailed = true;
      this.#loading = null;
      // what stands there is no answer to what is looked for now
      if (isFirst) this.#forget();
      this.#showFailure(error);
      return;
    }
    this.#loading = null;
    this.#refresh();
    if (jumpedTo !== null) this.#showDay(jumpedTo);
    // a tall screen may show the end still
    if (this.#next !== null) {
      this.#observer.unobserve(this.#sentinel);
      this.#observer.observe(this.#sentinel);
    }
  }

  /** The number of the page with the day that the reader jumps to; null for the list's beginning. */
  async #pageToBeginWith(filter, signal) {
    const upTo = filterUpTo(this.query);
    if (!upTo) return null;
    const [all, older] = await Promise.all([filter, upTo].map((one) => listPage({ page: 1, limit: 1, filter: one, signal })));
    // where nothing is so old, the oldest are shown
    return Math.floor(Math.max(Math.min(all.total - older.total, all.total - 1), 0) / PAGE) + 1;
  }

  /** Scrolls to the first picture that is not newer than `time`. */
  #showDay(time) {
    const isNewer = (card) => card.time !== null && Date.parse(card.time) > Date.parse(time);
    const cards = [...this.#cards.values()];
    const card = cards.find((one) => !isNewer(one)) ?? cards.at(-1);
    if (card && card !== cards[0]) card.element.scrollIntoView({ block: "start" });
  }

  async #loadNewer() {
    const loading = new AbortController();
    this.#loading = loading;
    try {
      const { poses, total } = await listPage({
        page: this.#page - 1, limit: PAGE, filter: filterOf(this.query), signal: loading.signal,
      });
      this.#page -= 1;
      this.#loading = null;
      this.#takeAtTop(poses, total);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#loading = null;
      showError(error);
    }
  }

  /** Deletes all people of the pictures, with one way back. */
  #delete(cards) {
    // what a card shows may have been corrected since: only a closer look has a tag to name it by
    this.#deletions.schedule(cards.flatMap((card) => card.ids).filter((id) => !this.#deletions.isGone(id)).map((id) => [id, null]));
  }

  #forget() {
    this.#newer.hidden = true;
    this.#selection.end();
    this.#nearness.disconnect();
    this.#cards.clear();
    this.#grid.replaceChildren();
    this.#count.textContent = "";
    this.#exports.replaceChildren();
  }

  #onSentinel(entries) {
    const isNear = entries.some((entry) => entry.isIntersecting);
    if (isNear && this.#next !== null && !this.#loading && !this.#hasFailed) this.#load();
  }

  /** Poses of one picture share a card. */
  #take(poses, { atTop = false } = {}) {
    for (const pose of poses) {
      const known = this.#cards.get(pose.imageId);
      if (known) {
        known.add(pose);
        continue;
      }
      const card = new GalleryCard(pose, this.query);
      this.#cards.set(pose.imageId, card);
      this.#byElement.set(card.element, card);
      if (this.element.isConnected) this.#nearness.observe(card.element);
      if (atTop) this.#grid.prepend(card.element);
      else this.#grid.append(card.element);
    }
  }

  /** Brings the page in line with what is loaded and what is being deleted. */
  #refresh() {
    let shown = 0;
    for (const [imageId, card] of this.#cards) {
      const left = card.without((id) => this.#deletions.isGone(id));
      if (left === 0 && card.ids.every((id) => this.#deletions.isDeleted(id))) {
        card.element.remove();
        this.#cards.delete(imageId);
      }
      if (left > 0) shown += 1;
    }
    keepingFocus(this.element, document.getElementById("main"), () => (this.#undo.hidden = !this.#deletions.canUndo));
    if (this.#loading || this.#hasFailed || !this.#isLoaded) return;
    this.#count.textContent = shown === 0 ? "" : this.#totalText();
    this.#exports.replaceChildren(...(shown === 0 ? [] : this.#exportLinks()));
    this.#selection.button.hidden = shown === 0;
    // nothing to search in yet
    keepingFocus(this.element, this.#grid.querySelector(".card a"), () => (this.#newer.hidden = this.#page === 1));
    this.#head.hidden = shown === 0 && this.#next === null && !this.#filter.isSet && !this.#deletions.canUndo;
    if (shown > 0 || this.#next !== null) this.#replaceState();
    else if (this.#filter.isSet) this.#showNothingFound();
    else this.#showNothingYet();
  }

  /** Of what is looked for, all pages of it. */
  #exportLinks() {
    return EXPORTS.map(([name, form]) =>
      element("a", { href: exportURL({ ...form, ...filterOf(this.query) }), download: "", "aria-label": `Export as ${name}` }, name),
    );
  }

  #totalText() {
    return this.#total === null ? "" : formatCount(this.#total - this.#deletions.countWaiting(), "pose");
  }

  #replaceState(...nodes) {
    keepingFocus(this.#state, document.getElementById("main"), () => this.#state.replaceChildren(...nodes));
  }

  #showLoading(isFirst) {
    // shapes where pictures will be, so that nothing jumps; only when there is nothing to see yet
    const shapes = isFirst && this.#cards.size === 0 ? 12 : 0;
    this.#replaceState(
      shapes > 0
        ? element("div", { class: "grid", "aria-hidden": "true" }, ...Array.from({ length: shapes }, placeholder))
        : element("p", { class: "loading", role: "status" }, "Loading …"),
    );
  }

  #showFailure(error) {
    this.#replaceState(
      emptyState(
        "The poses could not be loaded",
        error.message,
        element("button", { class: "secondary", type: "button", onclick: () => this.#load() }, "Try again"),
      ),
    );
  }

  /** For a key that adds pictures only, or has nothing to do with them. */
  #showNothingToRead() {
    this.#loading = null;
    this.#forget();
    this.#head.hidden = true;
    const canAdd = may("add");
    this.#replaceState(
      emptyState(
        canAdd ? "Add pictures" : "No poses to see",
        `${roleWords()} ${canAdd ? "It adds pictures, and can’t see those that are stored." : "It can’t see poses or pictures."}`,
        ...(canAdd ? this.#emptyActions() : []),
        element("a", { class: "button", href: "#/backups", "data-needs": "backups" }, "Backups"),
      ),
    );
  }

  #showNothingFound() {
    const clear = element("button", { class: "secondary", type: "button", onclick: () => this.#filter.clear() }, "Show all poses");
    const words = isUpsideDown(this.query) ? "“From” is later than “to”." : "No poses match these filters.";
    this.#replaceState(emptyState("Nothing found", words, clear));
  }

  #showNothingYet() {
    this.#replaceState(
      element(
        "div",
        { class: "welcome" },
        emptyState(
          "Add your first picture",
          (matchMedia("(hover: none)").matches
            ? "Choose pictures of people, or take one. "
            : "Drop pictures of people anywhere on this page, paste one, or choose them here. ") +
            "PoseVault finds each person’s 33 landmarks and keeps them with the picture.",
          ...this.#emptyActions(),
          element("a", { class: "button", href: "#/trash", "data-needs": "own" }, "Trash"),
        ),
      ),
    );
  }
}

function placeholder() {
  return element("div", { class: "card placeholder" }, element("div", { class: "thumbnail" }));
}
