// The start: puts the page's parts together.

import { onTrouble } from "./api.js";
import { AccessView } from "./access-view.js";
import { AuditView } from "./audit-view.js";
import { askForKey, began, onSession, whenSignedIn } from "./session.js";
import { BackupsView } from "./backups-view.js";
import { Camera } from "./camera.js";
import { announce, showError } from "./toasts.js";
import { Deletions } from "./deletions.js";
import { emptyState, element } from "./dom.js";
import { GalleryView } from "./gallery-view.js";
import { Health } from "./health.js";
import { icon } from "./icons.js";
import { PoseView } from "./pose-view.js";
import { may, onRights, roleWords } from "./rights.js";
import { guardLeaving, startRouter } from "./router.js";
import { SignInView } from "./sign-in-view.js";
import { signOutButton } from "./sign-out.js";
import { TrashView } from "./trash-view.js";
import { UploadQueue } from "./upload-queue.js";
import { UploadTray } from "./upload-tray.js";
import { acceptDrops, accepted, acceptPastes, filePicker } from "./upload-sources.js";

const main = document.getElementById("main");
const health = new Health(document.getElementById("banners"));
onTrouble({
  unreachable: () => health.serverIsGone(), unavailable: () => health.refresh(), unauthorized: askForKey,
});

const uploads = new UploadQueue();
const deletions = new Deletions();

const add = (files) => {
  if (may("add")) uploads.add(files);
  else showError({ message: `${roleWords()} It can’t add pictures.` });
};
const picker = filePicker(add);
health.onFormats = (types) => {
  picker.accept = accepted(types);
};
const camera = new Camera((file) => uploads.add([file], { fromCamera: true }));
new UploadTray(document.getElementById("tray"), uploads, camera);
acceptDrops(add);
acceptPastes(add);

function addButton(label, more = "") {
  return element(
    "button",
    { class: "primary", type: "button", "aria-label": label + more, "data-needs": "add", onclick: () => picker.click() },
    icon("add"),
    element("span", {}, label, element("span", { class: "wide-only" }, more)),
  );
}

function cameraButton() {
  return element(
    "button",
    {
      class: "secondary", type: "button", "aria-label": "Camera: take a picture", "data-needs": "add",
      onclick: () => camera.open(),
    },
    icon("camera"),
    element("span", { class: "wide-only" }, "Camera"),
  );
}

/** Where there is room for words, and nobody knows the icon yet. */
function welcomeCameraButton() {
  return element("button", { type: "button", "data-needs": "add", onclick: () => camera.open() }, icon("camera"), "Take a picture");
}

const accessLink = element("a", { class: "wide-only", href: "#/access", hidden: true }, "Access");
whenSignedIn(() => (accessLink.hidden = false));
document.querySelector(".bar-links").append(accessLink, signOutButton());
document.getElementById("actions").append(cameraButton(), addButton("Add", " pictures"));

const gallery = new GalleryView({ deletions, emptyActions: () => [addButton("Choose pictures"), welcomeCameraButton()] });
uploads.onStored = (ids) => gallery.addStored(ids);
deletions.onRestored = (id) => gallery.addStored([id]);

/** Loads again what could not be loaded before. */
function retryAll() {
  gallery.retry();
  if (view !== gallery) view?.retry?.();
}

health.onReturn = () => {
  retryAll();
  uploads.retryStranded();
};
onRights(() => gallery.renew());
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
    if (link.hash === (location.hash || "#/").split("?")[0]) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  view.show(route.query);
}

function makeView(route) {
  switch (route.name) {
    case "gallery":
      return gallery;
    case "pose":
      return new PoseView(route, { deletions, onChanged: (pose) => gallery.replace(pose) });
    case "backups":
      return new BackupsView(health);
    case "access":
      return new AccessView();
    case "trash":
      return new TrashView({ onRestored: (id) => gallery.addStored([id]) });
    case "audit":
      return new AuditView();
    case "sign-in":
      return new SignInView(route.code);
    default:
      return {
        title: "Not found",
        element: emptyState("Page not found", "No page has this address.", element("a", { href: "#/" }, "All poses")),
        show: () => announce("Page not found"),
        hide: () => {},
      };
  }
}

// a fragment of its own would be taken for a view's address
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
health.start();
// what is asked for depends on the role
await began;
deletions.resume();
startRouter((route) => {
  const isFirst = view === null;
  show(route);
  // A reader who can't see the page change hears of it by where the focus goes.
  if (!isFirst && !view.takeFocus?.()) main.focus({ preventScroll: true });
});
