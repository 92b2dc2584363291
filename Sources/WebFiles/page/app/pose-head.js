// What is known of a pose, the people beside it, and what can be done with it as a whole.

import { imageURL, overlayURL, poseURL } from "./api.js";
import { element, replaceContent } from "./dom.js";
import { formatPercent, formatTime, splitName } from "./format.js";
import { icon } from "./icons.js";
import { withQuery } from "./router.js";

export class PoseHead {
  element = element("div", { class: "pose-head" });
  about = element("section", { class: "panel about", "aria-labelledby": "about-title" });
  #actions;
  #people = element("div", { class: "people" });
  #neighbours = element("nav", { class: "neighbours", "aria-label": "Pictures" });
  #query;
  #pose;

  /** `query`: what the list was searched by that this pose was found in. `actions`: `revert`, `delete`. */
  constructor(pose, query, actions) {
    this.#query = query;
    this.#actions = actions;
    this.show(pose);
  }

  show(pose) {
    this.#pose = pose;
    const name = pose.image?.fileName ?? `Pose ${pose.id}`;
    replaceContent(
      this.element,
      element(
        "a", { class: "icon-button", href: withQuery("#/", this.#query), "aria-label": "Back to all poses", title: "Back" }, icon("back"),
      ),
      element("h1", { title: name }, splitName(name).base),
      pose.corrected ? element("span", { class: "mark corrected" }, icon("pencil"), "corrected") : null,
      this.#neighbours,
    );
    this.about.replaceChildren(
      element("h2", { id: "about-title", class: "visually-hidden" }, "About"),
      facts(pose),
      this.#people,
      this.#downloads(),
      this.#deeds(),
    );
  }

  /** The ways to the pictures before and after this one; `previous`, `next`: ids of poses, or null. */
  showNeighbours({ previous, next }) {
    const link = (id, label, key, name) =>
      id !== null &&
      element(
        "a", { class: "icon-button", href: this.#address(id), "aria-label": label, title: `${label} (${key})`, "aria-keyshortcuts": key },
        icon(name),
      );
    replaceContent(
      this.#neighbours, link(previous, "Previous picture", "K", "back"), link(next, "Next picture", "J", "next"),
    );
  }

  #address(id) {
    return withQuery(`#/poses/${id}`, this.#query);
  }

  /** All people of the picture, as ways to each other. */
  showPeople(people) {
    if (people.length < 2) {
      this.#people.replaceChildren();
      return;
    }
    const links = people.map((pose, index) =>
      element(
        "a",
        { href: this.#address(pose.id), "aria-current": pose.id === this.#pose.id ? "true" : null },
        `Person ${index + 1}`,
      ),
    );
    this.#people.replaceChildren(element("nav", { class: "chips", "aria-label": "People in this picture" }, ...links));
  }

  #downloads() {
    const { id, imageId } = this.#pose;
    const file = splitName(this.#pose.image?.fileName ?? "").base;
    const name = (file || `pose-${id}`).replace(/\.[^.]*$/, "");
    const link = (text, href, file) => element("a", { class: "button", href, download: file }, text);
    return element(
      "div",
      { class: "downloads", role: "group", "aria-label": "Downloads" },
      icon("download"),
      link("Picture", imageURL(imageId), file),
      link("Overlay", overlayURL(id), `${name}-overlay.png`),
      link("JSON", poseURL(id), `${name}-${id}.json`),
    );
  }

  #deeds() {
    return element(
      "div",
      { class: "deeds", "data-needs": "edit" },
      this.#pose.corrected
        ? element("button", { class: "quiet", type: "button", onclick: this.#actions.revert }, icon("revert"), "Revert to detection")
        : null,
      element("button", { class: "quiet danger", type: "button", onclick: this.#actions.delete }, icon("trash"), "Delete"),
    );
  }
}

function facts(pose) {
  const { image, score } = pose;
  const rows = [
    ["Uploaded", formatTime(pose.createdAt)],
    ["ID", String(pose.id)],
    image?.width ? ["Picture", `${image.width} × ${image.height}`] : null,
    Number.isFinite(score) ? ["Detection confidence", formatPercent(score)] : null,
    pose.correctedAt ? ["Corrected", formatTime(pose.correctedAt)] : null,
  ];
  return element(
    "dl",
    {},
    ...rows.filter(Boolean).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}
