// The list of pictures on their way, at the edge of the page.

import { element, focusMain, keepingFocus, replaceContent } from "./dom.js";
import { formatCount, formatPercent } from "./format.js";
import { icon } from "./icons.js";
import { announce } from "./toasts.js";

export class UploadTray {
  #queue;
  #holder;
  #camera;
  #rows = new Map(); // upload → row
  #title = element("h2", { id: "tray-title" });
  #list = element("ul", { id: "tray-list" });
  #fold = element(
    "button",
    {
      class: "icon-button", type: "button", "aria-label": "List of uploads", "aria-controls": "tray-list",
      onclick: () => this.#setFolded(!this.#tray.classList.contains("folded")),
    },
  );
  #retryAll = element(
    "button",
    { class: "quiet", type: "button", hidden: true, onclick: () => this.#queue.retry(this.#queue.uploads) },
    "Try all again",
  );
  #tray;

  /** `camera` takes another picture in place of one that it took. */
  constructor(holder, queue, camera) {
    this.#holder = holder;
    this.#queue = queue;
    this.#camera = camera;
    const close = element(
      "button",
      { class: "icon-button", type: "button", "aria-label": "Close the list of uploads", onclick: () => this.#close() },
      icon("close"),
    );
    this.#tray = element(
      "section",
      { class: "tray", "aria-labelledby": "tray-title" },
      element("div", { class: "tray-head" }, this.#title, element("div", { class: "tray-actions" }, this.#retryAll, this.#fold, close)),
      this.#list,
    );
    queue.onChange = (upload) => this.#update(upload);
    // Who goes on has seen what was added. What was not kept stays until it is dismissed, out of the next view's way.
    addEventListener("hashchange", () => {
      this.#clear((upload) => upload.state === "done");
      this.#setFolded(true);
    });
    // another page, such as that of the API, has no list of them
    addEventListener("beforeunload", (event) => {
      if (queue.uploads.some((upload) => !upload.isOver || upload.isLost)) event.preventDefault();
    });
  }

  #close() {
    const hadFocus = this.#tray.contains(document.activeElement);
    this.#clear((upload) => upload.isOver);
    if (hadFocus && !this.#tray.isConnected) focusMain();
  }

  /** Forgets the uploads that `isSeen` tells of. */
  #clear(isSeen) {
    this.#queue.clear(isSeen);
    const left = new Set(this.#queue.uploads);
    for (const [upload, row] of this.#rows) {
      if (left.has(upload)) continue;
      row.element.remove();
      this.#rows.delete(upload);
    }
    this.#showTitle();
    if (left.size === 0) this.#tray.remove();
  }

  #setFolded(isFolded) {
    this.#tray.classList.toggle("folded", isFolded);
    this.#fold.setAttribute("aria-expanded", String(!isFolded));
    this.#fold.replaceChildren(icon(isFolded ? "up" : "down"));
  }

  #update(upload) {
    if (!this.#tray.isConnected) {
      this.#holder.append(this.#tray);
      this.#setFolded(false);
    }
    let row = this.#rows.get(upload);
    if (!row) {
      row = new UploadRow(upload, {
        retry: () => this.#queue.retry([upload]), retake: () => this.#camera.open(), addAgain: () => this.#queue.addAgain(upload),
      });
      this.#rows.set(upload, row);
      this.#list.append(row.element);
    }
    keepingFocus(row.element, this.#tray.querySelector("button"), () => row.show());
    if (upload.isLost) this.#putFirst(row);
    this.#showTitle();
    if (upload.isOver) announce(`${upload.name}: ${row.words}`);
  }

  /** Pictures that were not kept stand first, where they are seen. */
  #putFirst(row) {
    const lost = [...this.#rows].filter(([upload, one]) => upload.isLost && one !== row).length;
    const place = [...this.#list.children].filter((node) => node !== row.element)[lost] ?? null;
    if (row.element.nextSibling !== place) {
      keepingFocus(this.#list, this.#tray.querySelector("button"), () => this.#list.insertBefore(row.element, place));
    }
    // who is in the list is not moved
    if (!this.#list.matches(":hover, :focus-within")) this.#list.scrollTop = 0;
  }

  #showTitle() {
    const uploads = this.#queue.uploads;
    const count = (state) => uploads.filter((upload) => upload.state === state).length;
    const over = uploads.filter((upload) => upload.isOver).length;
    const added = count("done");
    const others = [[count("nobody"), "without a person"], [count("failed"), "failed"], [count("known"), "already there"]]
      .filter(([number]) => number > 0)
      .map(([number, words]) => `${number} ${words}`);
    const words =
      over < uploads.length
        ? `Adding ${formatCount(uploads.length, "picture")} · ${over} done`
        : added > 0 ? `${formatCount(added, "picture")} added` : "No picture added";
    this.#title.textContent = [words, ...others].join(", ");
    const again = uploads.filter((upload) => upload.state === "failed" && upload.canRetry).length;
    keepingFocus(this.#tray, this.#fold, () => (this.#retryAll.hidden = again < 2));
  }
}

class UploadRow {
  #upload;
  #deeds;
  #bar = element("progress", { max: 1 });
  #words = element("p", { class: "words" });
  #actions = element("div", { class: "row-actions" });

  /** `deeds`: `retry()`, `retake()`, `addAgain()`. */
  constructor(upload, deeds) {
    this.#upload = upload;
    this.#deeds = deeds;
    // one behind the other is decoded when it is seen; what no browser shows has no preview
    const preview = element("img", { src: upload.preview, alt: "", width: 44, height: 44, loading: "lazy", decoding: "async" });
    preview.addEventListener("error", () => preview.replaceWith(element("span", { class: "no-preview" }, icon("picture"))));
    this.#bar.setAttribute("aria-label", `Upload of ${upload.name}`);
    this.element = element(
      "li",
      { class: "tray-row" },
      preview,
      element("div", { class: "tray-words" }, element("p", { class: "name" }, upload.name), this.#bar, this.#words),
      this.#actions,
    );
  }

  get words() {
    const { state, progress, message, poseIds } = this.#upload;
    switch (state) {
      case "waiting":
        return "Waiting";
      case "sending":
        return `Sending, ${formatPercent(progress)}`;
      case "searching":
        return "Looking for people …";
      case "done":
        return `${formatCount(poseIds.length, "person", "people")} found`;
      case "known":
        return "Already there, so it was not added again.";
      default:
        return message;
    }
  }

  show() {
    const { state, progress, isOver, isLost, poseIds, canRetry, fromCamera } = this.#upload;
    this.element.dataset.state = state;
    this.#bar.hidden = isOver;
    if (state === "sending") this.#bar.value = progress;
    else this.#bar.removeAttribute("value");
    this.#words.textContent = this.words;
    const button = (label, act) => element("button", { class: "quiet", type: "button", onclick: act }, label);
    replaceContent(
      this.#actions,
      (state === "done" || state === "known") && element("a", { class: "quiet", href: `#/poses/${poseIds[0]}`, "data-needs": "read" }, "Show"),
      state === "known" && button("Add again", this.#deeds.addAgain),
      state === "failed" && canRetry && button("Try again", this.#deeds.retry),
      isLost && fromCamera && !canRetry && button("Retake", this.#deeds.retake),
    );
  }
}
