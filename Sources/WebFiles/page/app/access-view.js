// Who gets in: the keys, for owners, and where somebody is signed in.

import { addKey, endSession, getSession, listKeys, listSessions, revokeKey } from "./api.js";
import { choose, openDialog } from "./dialog.js";
import { element, emptyState, keepingFocus } from "./dom.js";
import { formatAge, formatTime } from "./format.js";
import { showError, showToast } from "./toasts.js";

const ROLES = {
  viewer: "Viewer: sees poses and pictures",
  uploader: "Uploader: adds pictures only",
  editor: "Editor: sees, adds, corrects, deletes, exports",
  monitor: "Monitor: server numbers and health",
  operator: "Operator: the same, and backups",
  owner: "Owner: everything, including keys",
};

export class AccessView {
  title = "Access";
  element = element("div", { class: "backups access" });
  #keys = element("div", {});
  #sessions = element("div", {});
  #button = element("button", { class: "primary", type: "button", hidden: true, onclick: () => this.#add() }, "New key");
  #isShown = false;

  constructor() {
    this.element.append(
      element(
        "div",
        { class: "page-head" },
        element("h1", {}, "Access"),
        element("a", { class: "button", href: "#/audit", "data-needs": "own" }, "Audit"),
        this.#button,
      ),
      this.#keys,
      this.#sessions,
    );
  }

  show() {
    this.#isShown = true;
    this.#load();
  }

  hide() {
    this.#isShown = false;
  }

  /** Loads again what could not be loaded before. */
  retry() {
    if (this.#isShown) this.#load();
  }

  async #load() {
    try {
      const { role } = await getSession();
      const isOwner = role === "owner";
      this.#button.hidden = !isOwner;
      const [keys, sessions] = await Promise.all([isOwner ? listKeys() : null, listSessions()]);
      keepingFocus(this.element, this.#button, () => {
        this.#keys.replaceChildren(...(keys ? [this.#keyTable(keys)] : []));
        this.#sessions.replaceChildren(this.#sessionTable(sessions));
      });
    } catch (error) {
      this.#keys.replaceChildren(emptyState("Keys could not be loaded", error.message));
      this.#sessions.replaceChildren();
    }
  }

  #keyTable({ keys, apiKey }) {
    const rows = keys.map((key) =>
      element(
        "tr",
        { class: key.state },
        element("td", {}, key.name),
        element("td", {}, key.role),
        element("td", {}, stateWords(key)),
        element("td", {}, usedWords(key)),
        element("td", {}, key.state === "valid" ? this.#revokeButton(key) : ""),
      ),
    );
    return element(
      "section",
      {},
      element("h2", {}, "Keys"),
      apiKey && element("p", {}, "API_KEY in the server’s settings is an owner’s key, too."),
      keys.length > 0 ? table(["Name", "Role", "Valid", "Last used"], rows) : element("p", {}, "No keys yet."),
    );
  }

  #revokeButton(key) {
    return element(
      "button",
      { type: "button", "aria-label": `Revoke ${key.name}`, onclick: () => this.#revoke(key) },
      "Revoke …",
    );
  }

  #sessionTable(sessions) {
    const rows = sessions.map((session) =>
      element(
        "tr",
        {},
        element("td", {}, session.name),
        element("td", {}, session.role),
        element("td", {}, formatTime(session.createdAt)),
        element("td", {}, usedWords(session)),
        element(
          "td",
          {},
          session.current
            ? "This browser"
            : element("button", { type: "button", onclick: () => this.#end(session) }, "Sign out"),
        ),
      ),
    );
    return element(
      "section",
      {},
      element("h2", {}, "Signed in"),
      sessions.length > 0
        ? table(["Key", "Role", "Since", "Last used"], rows)
        : element("p", {}, "No browser is signed in."),
    );
  }

  async #revoke(key) {
    const answer = await choose(`Revoke ${key.name}?`, "Whoever uses this key loses access at once, for good.", [
      { value: "cancel", label: "Cancel" },
      { value: "revoke", label: "Revoke", kind: "danger" },
    ]);
    if (answer !== "revoke") return;
    await this.#change(() => revokeKey(key.id), "Key revoked.");
  }

  async #end(session) {
    await this.#change(() => endSession(session.id), "Signed out.");
  }

  async #change(work, words) {
    try {
      await work();
      showToast(words);
    } catch (error) {
      showError(error);
    }
    await this.#load();
  }

  #add() {
    const name = element("input", { id: "key-name", required: true, maxlength: 100, autocomplete: "off" });
    const role = element(
      "select",
      { id: "key-role" },
      ...Object.entries(ROLES).map(([value, words]) => element("option", { value }, words)),
    );
    const until = element("input", { id: "key-until", type: "date" });
    const fault = element("p", { class: "fault", role: "alert" });
    const submit = element("button", { class: "primary", type: "submit" }, "Create key");
    const send = async (event) => {
      event.preventDefault();
      submit.disabled = true;
      fault.textContent = "";
      try {
        const { key } = await addKey({ name: name.value, role: role.value, until: until.value || null });
        dialog.close();
        showKey(name.value, key);
        this.#load();
      } catch (error) {
        fault.textContent = error.message;
        submit.disabled = false;
      }
    };
    const dialog = openDialog(
      "New key",
      element(
        "form",
        { onsubmit: send },
        element("label", { for: "key-name" }, "Name"),
        name,
        element("label", { for: "key-role" }, "Role"),
        role,
        element("label", { for: "key-until" }, "Last day (optional)"),
        until,
        fault,
        element(
          "div",
          { class: "dialog-actions" },
          element("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
          submit,
        ),
      ),
    );
    name.focus();
  }
}

/** The one time that the key is seen. */
function showKey(name, key) {
  const field = element("input", { id: "new-key", readonly: true, value: key, onfocus: () => field.select() });
  const copy = async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(key);
      showToast("Key copied.");
    } catch {
      // without TLS a page may not write there: the key is selected, and the reader copies it
      showToast("Press Ctrl+C to copy the key.");
    }
  };
  const dialog = openDialog(
    `Key for ${name}`,
    element(
      "div",
      {},
      element("p", {}, "Copy this key now. It can’t be shown again."),
      element("label", { for: "new-key" }, "Key"),
      field,
      element(
        "div",
        { class: "dialog-actions" },
        element("button", { type: "button", onclick: () => dialog.close() }, "Done"),
        element("button", { class: "primary", type: "button", onclick: copy }, "Copy"),
      ),
    ),
  );
  field.focus();
}

function stateWords({ state, until, revokedAt }) {
  if (state === "revoked") return `revoked ${formatTime(revokedAt)}`;
  if (state === "ended") return `ended ${formatTime(until)}`;
  return until ? `until ${formatTime(until)}` : "yes";
}

function usedWords({ lastUsedAt, lastUsedFrom }) {
  if (!lastUsedAt) return "never";
  return lastUsedFrom ? `${formatAge(lastUsedAt)} from ${lastUsedFrom}` : formatAge(lastUsedAt);
}

function table(heads, rows) {
  return element(
    "table",
    { class: "backup-list" },
    element(
      "thead",
      {},
      element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)), element("td", {})),
    ),
    element("tbody", {}, ...rows),
  );
}
