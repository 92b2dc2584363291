// Where pictures come from: dropped onto the page, pasted, or chosen in the file dialogue.

import { element } from "./dom.js";
import { showToast } from "./toasts.js";

const TYPES = "image/jpeg,image/png,image/webp";

function pictures(files) {
  const all = [...files];
  const found = all.filter((file) => file.type.startsWith("image/"));
  const others = all.filter((file) => !found.includes(file));
  if (others.length > 0) {
    const what = others.length === 1 ? `${others[0].name} isn’t supported.` : `${others.length} files aren’t supported.`;
    showToast(`${what} Use JPEG, PNG or WebP.`, { isError: true, seconds: null });
  }
  return found;
}

/** An input that opens the file dialogue when it is clicked. */
export function filePicker(add) {
  const input = element("input", {
    type: "file", accept: TYPES, multiple: true, hidden: true,
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
  addEventListener("drop", (event) => {
    depth = 0;
    hint.classList.remove("visible");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    add(pictures(event.dataTransfer.files));
  });
}
