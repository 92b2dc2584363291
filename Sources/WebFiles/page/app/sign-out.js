// The way out for who shares a computer.

import { closeSession } from "./api.js";
import { element } from "./dom.js";
import { whenSignedIn } from "./session.js";
import { showError } from "./toasts.js";

/** A button that ends this browser’s session, hidden where there is none. */
export function signOutButton() {
  const button = element("button", { class: "quiet wide-only", type: "button", hidden: true, onclick: () => signOut() }, "Sign out");
  whenSignedIn(() => (button.hidden = false));
  return button;
}

async function signOut() {
  try {
    await closeSession();
    // what is on the screen and in memory goes, too
    location.reload();
  } catch (error) {
    showError(error);
  }
}
