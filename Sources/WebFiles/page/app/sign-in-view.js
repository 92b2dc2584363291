// What a sign-in link opens, such as one that a phone's camera has read.

import { element, emptyState } from "./dom.js";
import { signInByLink } from "./session.js";

export class SignInView {
  title = "Sign in";
  element = element("div", {}, element("p", { class: "loading", role: "status" }, "Signing in …"));
  #code;

  constructor(code) {
    this.#code = code;
  }

  async show() {
    try {
      await signInByLink(this.#code);
      // the code is used, and has no place in the history
      location.replace("#/");
    } catch (error) {
      const words = error.status === 401 ? "This link was used already, or its ten minutes are over. Ask for a new one." : error.message;
      this.element.replaceChildren(emptyState("Could not sign in", words, element("a", { class: "button", href: "#/" }, "All poses")));
    }
  }

  hide() {}
}
