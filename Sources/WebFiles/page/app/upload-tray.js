// The list of pictures on their way, at the edge of the page.

import { element } from "./dom.js";
import { formatCount, formatPercent } from "./format.js";
import { icon } from "./icons.js";
import { announce } from "./toasts.js";

export class UploadTray {
  #queue;
  #holder;
  #rows = new Map(); // upload → row
  #title = element("h2", { id: "tray-title" });
  #list = element("ul", {});
  #tray;

  constructor(holder, queue) {
    this.#holder = holder;
    this.#queue = queue;
    const close = element(
      "button",
      { class: "icon-button", type: "button", "aria-label": "Close the list of uploads", onclick: () => this.#close() },
      icon("close"),
    );
    this.#tray = element(
      "section",
      { class: "tray", "aria-labelledby": "tray-title" },
      element("div", { class: "tray-head" }, this.#title, close),
      this.#list,
    );
    queue.onChange = (upload) => this.#update(upload);
    // who goes on has seen what there was
    addEventListener("hashchange", () => this.#close());
  }

  #close() {
    this.#queue.clear();
    const left = new Set(this.#queue.uploads);
    for (const [upload, row] of this.#rows) {
      if (left.has(upload)) continue;
      row.element.remove();
      this.#rows.delete(upload);
    }
    this.#showTitle();
    if (left.size === 0) this.#tray.remove();
  }

  #update(upload) {
    if (!this.#tray.isConnected) this.#holder.append(this.#tray);
    let row = this.#rows.get(upload);
    if (!row) {
      row = new UploadRow(upload, () => this.#queue.retry(upload));
      this.#rows.set(upload, row);
      this.#list.append(row.element);
    }
    row.show();
    this.#showTitle();
    if (upload.isOver) announce(`${upload.name}: ${row.words}`);
  }

  #showTitle() {
    const uploads = this.#queue.uploads;
    const open = uploads.filter((upload) => !upload.isOver).length;
    const added = uploads.filter((upload) => upload.state === "done").length;
    if (open > 0) this.#title.textContent = `Adding ${formatCount(uploads.length, "picture")} · ${uploads.length - open} done`;
    else this.#title.textContent = added > 0 ? `${formatCount(added, "picture")} added` : "No picture added";
  }
}

class UploadRow {
  #upload;
  #retry;
  #bar = element("progress", { max: 1 });
  #words = element("p", { class: "words" });
  #actions = element("div", { class: "row-actions" });

  constructor(upload, retry) {
    this.#upload = upload;
    this.#retry = retry;
    this.#bar.setAttribute("aria-label", `Upload of ${upload.name}`);
    this.element = element(
      "li",
      { class: "tray-row" },
      element("img", { src: upload.preview, alt: "", width: 44, height: 44 }),
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
      default:
        return message;
    }
  }

  show() {
    const { state, progress, isOver, poseIds } = this.#upload;
    this.element.dataset.state = state;
    this.#bar.hidden = isOver;
    if (state === "sending") this.#bar.value = progress;
    else this.#bar.removeAttribute("value");
    this.#words.textContent = this.words;
    if (state === "done") {
      this.#actions.replaceChildren(element("a", { class: "quiet", href: `#/poses/${poseIds[0]}` }, "Show"));
    } else if (state === "failed") {
      this.#actions.replaceChildren(element("button", { class: "quiet", type: "button", onclick: this.#retry }, "Try again"));
    } else {
      this.#actions.replaceChildren();
    }
  }
}
