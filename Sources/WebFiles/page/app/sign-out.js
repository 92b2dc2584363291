// The way out for who shares a computer.

import { closeSession, getSession } from "./api.js";
import { element } from "./dom.js";
import { onSession } from "./session.js";
import { showError } from "./toasts.js";

/** A button that forgets the key in this browser, hidden where there is nothing to forget. */
export function signOutButton() {
  const button = element("button", { class: "quiet wide-only", type: "button", hidden: true, onclick: () => signOut() }, "Sign out");
  const show = () => (button.hidden = false);
  onSession(show);
  // a page can't see the cookie; a server that does not answer is told of elsewhere
  getSession().then(({ required, active }) => required && active && show(), () => {});
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
