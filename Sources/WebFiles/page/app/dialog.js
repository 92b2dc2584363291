// Questions that have to be answered before anything else goes on.

import { element } from "./dom.js";

/** A modal dialog; `onClose` is called once, however it was closed. */
export function openDialog(title, content, onClose = () => {}) {
  const dialog = element(
    "dialog",
    { "aria-labelledby": "dialog-title" },
    element("h2", { id: "dialog-title" }, title),
    content,
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Asks with one button for each of `choices`, `{value, label, kind}`; the first one is the one to recommend.
 * Closing without an answer gives `null`.
 */
export function choose(title, text, choices) {
  return new Promise((resolve) => {
    let answer = null;
    const buttons = choices.map(({ value, label, kind }) =>
      element(
        "button",
        {
          class: kind ?? "",
          type: "button",
          onclick: () => {
            answer = value;
            dialog.close();
          },
        },
        label,
      ),
    );
    const dialog = openDialog(
      title,
      element("div", {}, element("p", {}, text), element("div", { class: "dialog-actions" }, ...buttons)),
      () => resolve(answer),
    );
    buttons[0].focus();
  });
}
