// Asks for the API key, once, when the server wants one.

import { getSession, openSession, useLink } from "./api.js";
import { openDialog } from "./dialog.js";
import { element } from "./dom.js";
import { setRole } from "./rights.js";

let asking = null;
const OPENED = "posevault-session";

/** `listener` is called whenever the server took a key. */
export function onSession(listener) {
  addEventListener(OPENED, listener);
}

/** `listener` is called where this browser has shown a key, now or later; never where none is wanted. */
export function whenSignedIn(listener) {
  onSession(listener);
  began.then((session) => session?.required && session.active && listener());
}

/** What the server says of this browser at the page’s start; null where it does not answer, which is told of elsewhere. */
export const began = getSession().then(
  (session) => {
    setRole(session.role);
    return session;
  },
  () => null,
);

/** Signs in by a link that works once. Throws `APIError`. */
export async function signInByLink(code) {
  setRole((await useLink(code)).role);
  dispatchEvent(new Event(OPENED));
}

/** `true` once the server took the key. Calls that fail together share one question. */
export function askForKey() {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

function ask() {
  return new Promise((resolve) => {
    const input = element("input", {
      id: "api-key", type: "password", autocomplete: "current-password", required: true, "aria-describedby": "key-fault",
    });
    const fault = element("p", { id: "key-fault", class: "fault", role: "alert" });
    const submit = element("button", { class: "primary", type: "submit" }, "Unlock");
    let isOpen = false;

    async function send(event) {
      event.preventDefault();
      submit.disabled = true;
      fault.textContent = "";
      try {
        setRole((await openSession(input.value)).role);
        isOpen = true;
        dialog.close();
        dispatchEvent(new Event(OPENED));
      } catch (error) {
        fault.textContent = error.status === 401 ? "That key isn’t right." : error.message;
        input.focus();
        input.select();
      }
      submit.disabled = false;
    }

    const dialog = openDialog(
      "Enter the API key",
      element(
        "form",
        { onsubmit: send },
        element("p", {}, "You only need to do this once in this browser."),
        element("label", { for: "api-key" }, "API key"),
        input,
        fault,
        element("div", { class: "dialog-actions" }, submit),
      ),
      () => resolve(isOpen),
    );
    input.focus();
  });
}
