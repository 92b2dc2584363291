// The start: puts the page's parts together.

import { onTrouble } from "./api.js";
import { askForKey, onSession } from "./session.js";
import { BackupsView } from "./backups-view.js";
import { Camera } from "./camera.js";
import { announce } from "./toasts.js";
import { Deletions } from "./deletions.js";
import { emptyState, element } from "./dom.js";
import { GalleryView } from "./gallery-view.js";
import { Health } from "./health.js";
import { icon } from "./icons.js";
import { PoseView } from "./pose-view.js";
import { guardLeaving, startRouter } from "./router.js";
import { signOutButton } from "./sign-out.js";
import { UploadQueue } from "./upload-queue.js";
import { UploadTray } from "./upload-tray.js";
import { acceptDrops, acceptPastes, filePicker } from "./upload-sources.js";

const main = document.getElementById("main");
const health = new Health(document.getElementById("banners"));
onTrouble({
  unreachable: () => health.serverIsGone(), unavailable: () => health.refresh(), unauthorized: askForKey,
});

const uploads = new UploadQueue();
new UploadTray(document.getElementById("tray"), uploads);
const deletions = new Deletions();

const add = (files) => uploads.add(files);
const picker = filePicker(add);
const camera = new Camera((file) => add([file]));
acceptDrops(add);
acceptPastes(add);

function addButton(label, more = "") {
  return element(
    "button",
    { class: "primary", type: "button", "aria-label": label + more, onclick: () => picker.click() },
    icon("add"),
    element("span", {}, label, element("span", { class: "wide-only" }, more)),
  );
}

function cameraButton() {
  return element(
    "button",
    { class: "secondary", type: "button", "aria-label": "Camera: take a picture", onclick: () => camera.open() },
    icon("camera"),
    element("span", { class: "wide-only" }, "Camera"),
  );
}

document.querySelector(".bar-links").append(signOutButton());
document.getElementById("actions").append(cameraButton(), addButton("Add", " pictures"));

const gallery = new GalleryView({ deletions, emptyActions: () => [addButton("Choose pictures"), cameraButton()] });
uploads.onStored = (ids) => gallery.addStored(ids);

/** Loads again what could not be loaded before. */
function retryAll() {
  gallery.retry();
  if (view !== gallery) view?.retry?.();
}

health.onReturn = retryAll;
onSession(() => {
  retryAll();
  health.refresh();
});

let view = null;

function show(route) {
  view?.hide();
  guardLeaving(null);
  view = makeView(route);
  main.replaceChildren(view.element);
  document.body.dataset.view = route.name;
  document.title = view.title ? `${view.title} – PoseVault` : "PoseVault";
  for (const link of document.querySelectorAll(".bar-links a")) {
    if (link.hash === (location.hash || "#/")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  view.show();
}

function makeView(route) {
  switch (route.name) {
    case "gallery":
      return gallery;
    case "pose":
      return new PoseView(route.id, { deletions, onChanged: (pose) => gallery.replace(pose) });
    case "backups":
      return new BackupsView(health);
    default:
      return {
        title: "Not found",
        element: emptyState("There is nothing here", "The address leads nowhere.", element("a", { href: "#/" }, "All poses")),
        show: () => announce("There is nothing here"),
        hide: () => {},
      };
  }
}

startRouter((route) => {
  const isFirst = view === null;
  show(route);
  // A reader who can't see the page change hears of it by where the focus goes.
  if (!isFirst && !view.takeFocus?.()) main.focus({ preventScroll: true });
});
// a fragment of its own would be taken for a view's address
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
health.start();
