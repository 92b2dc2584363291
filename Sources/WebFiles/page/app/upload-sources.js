// Where pictures come from: dropped onto the page, pasted, or chosen in the file dialogue.

import { element } from "./dom.js";
import { showToast } from "./toasts.js";

/** What every server reads. */
const TYPES = ["image/jpeg", "image/png", "image/webp"];
/** The endings of types that some systems don't know. */
const ENDINGS = new Map([["image/heic", [".heic", ".heif"]], ["image/avif", [".avif"]]]);
/** Pictures whose type not every system knows; whether it reads one is for the server to say. */
const PICTURES = /\.(jpe?g|jfif|png|webp|hei[cf]|avif|tiff?|bmp|gif|jxl|mpo)$/i;
const CLIPS = /\.(mov|mp4|m4v|avi|mkv|webm|mts|3gp)$/i;

/** Those of `files` that are pictures; the others are named to the reader. */
function pictures(files) {
  const all = [...files];
  const isPicture = (file) => file.type.startsWith("image/") || PICTURES.test(file.name);
  const others = all.filter((file) => !isPicture(file));
  if (others.length > 0) showToast(words(others), { isError: true, seconds: null });
  return all.filter(isPicture);
}

function words(files) {
  const clips = files.filter((file) => file.type.startsWith("video/") || CLIPS.test(file.name));
  if (files.length > 1) {
    const what = clips.length === files.length ? "are videos, which aren’t supported." : "aren’t supported.";
    return `${files.length} files ${what} Use JPEG, PNG or WebP.`;
  }
  const what = clips.length > 0 ? "is a video. Videos aren’t supported." : "isn’t supported.";
  return `${files[0].name} ${what} Use JPEG, PNG or WebP.`;
}

/**
 * For the file dialogue. An iPhone gives a HEIC as it is where that is among them, and else makes it a JPEG first.
 */
export function accepted(types) {
  return types.flatMap((type) => [type, ...(ENDINGS.get(type) ?? [])]).join(",");
}

/** An input that opens the file dialogue when it is clicked. */
export function filePicker(add) {
  const input = element("input", {
    type: "file", accept: accepted(TYPES), multiple: true, hidden: true,
    onchange: () => {
      add(pictures(input.files));
      // so that the same file can be chosen again
      input.value = "";
    },
  });
  document.body.append(input);
  return input;
}

export function acceptPastes(add) {
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    add(pictures(files));
  });
}

/** The whole page is where to drop. */
export function acceptDrops(add) {
  const hint = element("div", { class: "drop-hint", "aria-hidden": "true" }, element("p", {}, "Drop pictures to add them"));
  document.body.append(hint);
  // entering a child leaves its parent: only as many leaves as enters mean that the pointer is gone
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    hint.classList.add("visible");
  });
  addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    if (depth === 0) hint.classList.remove("visible");
  });
  addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  addEventListener("drop", async (event) => {
    depth = 0;
    hint.classList.remove("visible");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const { files, folders } = dropped(event.dataTransfer);
    if (files.length > 0) add(pictures(files));
    for (const folder of folders) await addFolder(folder, add);
  });
}

/** What was dropped can only be asked for during the event. */
function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const folders = entries.filter((entry) => entry?.isDirectory);
  // a folder is among the files, too, as one that can't be read
  const names = new Set(folders.map((folder) => folder.name));
  const files = [...transfer.files].filter((file) => !(names.has(file.name) && file.type === ""));
  return { files, folders };
}

/** Adds the pictures of a folder and of those in it, in the order of their names. */
async function addFolder(folder, add) {
  try {
    const files = await filesIn(folder);
    const found = pictures(files);
    if (found.length > 0) add(found);
    else if (files.length === 0) showToast(`The folder ${folder.name} has no pictures.`, { isError: true, seconds: null });
  } catch {
    showToast(`The folder ${folder.name} could not be read.`, { isError: true, seconds: null });
  }
}

/** As `posevault import` walks: without what is hidden. */
async function filesIn(folder) {
  const reader = folder.createReader();
  const entries = [];
  // each call gives some of them, and the last one none
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    entries.push(...some.filter((entry) => !entry.name.startsWith(".")));
  }
  entries.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const files = [];
  for (const entry of entries) {
    if (entry.isDirectory) files.push(...(await filesIn(entry)));
    else files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
  }
  return files;
}
