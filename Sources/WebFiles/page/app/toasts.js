// Short messages at the edge of the page, also read out by screen readers.

import { element, focusMain } from "./dom.js";
import { icon } from "./icons.js";

const holder = document.getElementById("toasts");
// Regions have to be there before their content, or screen readers miss it.
const polite = element("div", { role: "status" });
const urgent = element("div", { role: "alert" });
holder.append(polite, urgent);

/**
 * Shows `text`, with a button where `action` is `{label, run}`, for `seconds`, or until it is dismissed where that is
 * `null`; waits while the pointer or the focus is on it. `onGone` is called when its time is over, `onDismiss` when it was
 * put away before.
 */
export function showToast(
  text, { action = null, seconds = 5, isError = false, onGone = () => {}, onDismiss = () => {} } = {},
) {
  let left = (seconds ?? 0) * 1000;
  let since = 0;
  let timer = null;
  /** What had the focus before the toast got it. */
  let origin = null;

  const toast = element("div", { class: isError ? "toast error" : "toast" }, element("span", {}, text));
  function remove() {
    clearTimeout(timer);
    const hadFocus = toast.contains(document.activeElement);
    toast.remove();
    if (!hadFocus) return;
    if (origin?.isConnected) origin.focus({ preventScroll: true });
    if (!origin?.isConnected || document.activeElement !== origin) focusMain();
  }
  function end() {
    remove();
    onGone();
  }
  function dismiss() {
    remove();
    onDismiss();
  }
  function resume() {
    clearTimeout(timer);
    if (seconds === null || toast.matches(":hover, :focus-within")) return;
    since = performance.now();
    timer = setTimeout(end, left);
  }
  function pause() {
    clearTimeout(timer);
    if (since > 0) left -= performance.now() - since;
    since = 0;
  }

  if (action) {
    const press = () => {
      remove();
      action.run();
    };
    toast.append(element("button", { class: "quiet", type: "button", onclick: press }, action.label));
  }
  toast.append(
    element("button", { class: "icon-button", type: "button", "aria-label": "Dismiss", onclick: dismiss }, icon("close")),
  );
  toast.addEventListener("pointerenter", pause);
  toast.addEventListener("pointerleave", resume);
  toast.addEventListener("focusin", (event) => {
    pause();
    if (!toast.contains(event.relatedTarget)) origin = event.relatedTarget;
  });
  toast.addEventListener("focusout", () => setTimeout(() => toast.isConnected && resume()));
  (isError ? urgent : polite).append(toast);
  resume();
  return { remove };
}

export function showError(error, action = null) {
  return showToast(error.message, { isError: true, seconds: 10, action });
}

const announcer = element("div", { class: "visually-hidden", role: "status" });
holder.append(announcer);

/** Says something to screen readers alone. */
export function announce(text) {
  announcer.textContent = text;
}
