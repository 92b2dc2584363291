// Who did what: the audit trail, newest first, for owners.

import { auditURL, listAudit, listKeys } from "./api.js";
import { element, emptyState, keepingFocus } from "./dom.js";
import { formatTime } from "./format.js";

const PAGE = 100;
/** What the trail says of those who have no key. */
const CALLERS = { none: "no key needed", nobody: "nobody", command: "command line", program: "PoseVault itself", API_KEY: "API_KEY" };

export class AuditView {
  title = "Audit";
  element = element("div", { class: "backups audit" });
  #by = element("select", { id: "audit-by" });
  #action = element("input", { id: "audit-action", type: "search", placeholder: "DELETE /api/poses", autocomplete: "off" });
  #subject = element("input", { id: "audit-subject", type: "search", placeholder: "pose 7", autocomplete: "off" });
  #csv = element("a", { class: "button", download: "audit.csv" }, "CSV");
  #list = element("div", {});
  #body = null;
  #older = element("button", { type: "button", hidden: true, onclick: () => this.#load({ goesOn: true }) }, "Older entries");
  #names = new Map(); // key's id → name
  #next = null;
  #isShown = false;

  constructor() {
    const field = (input, text) => element("div", { class: "field" }, element("label", { for: input.id }, text), input);
    this.element.append(
      element("div", { class: "page-head" }, element("h1", {}, "Audit"), this.#csv),
      element(
        "form",
        {
          class: "audit-filter", role: "search",
          onsubmit: (event) => event.preventDefault(),
          onchange: () => this.#load(),
        },
        field(this.#by, "Key"),
        field(this.#action, "Action"),
        field(this.#subject, "About"),
      ),
      this.#list,
      element("p", { class: "older" }, this.#older),
    );
  }

  async show() {
    this.#isShown = true;
    await this.#loadNames();
    await this.#load();
  }

  hide() {
    this.#isShown = false;
  }

  /** Loads again what could not be loaded before. */
  retry() {
    if (this.#isShown) this.show();
  }

  async #loadNames() {
    try {
      const { keys } = await listKeys();
      this.#names = new Map(keys.map((key) => [String(key.id), key.name]));
    } catch {
      // ids are shown in place of names; what is wrong, the list tells
    }
    const option = (value, words) => element("option", { value }, words);
    const chosen = this.#by.value;
    this.#by.replaceChildren(
      option("", "Everybody"),
      ...[...this.#names].map(([id, name]) => option(id, name)),
      ...Object.entries(CALLERS).map(([value, words]) => option(value, words)),
    );
    this.#by.value = chosen;
  }

  get #filter() {
    return { by: this.#by.value, action: this.#action.value.trim(), subject: this.#subject.value.trim() };
  }

  async #load({ goesOn = false } = {}) {
    const filter = this.#filter;
    this.#csv.href = auditURL(filter);
    try {
      const { entries, chains, pagination } = await listAudit({ after: goesOn ? this.#next : null, limit: PAGE, ...filter });
      // meanwhile something else may be looked for
      if (JSON.stringify(filter) !== JSON.stringify(this.#filter)) return;
      const rows = entries.map((entry) => this.#row(entry));
      if (goesOn) this.#body.append(...rows);
      else this.#showList(rows, chains);
      this.#next = pagination.next;
      keepingFocus(this.element, this.#by, () => (this.#older.hidden = this.#next === null));
    } catch (error) {
      this.#older.hidden = true;
      this.#list.replaceChildren(emptyState("The audit trail could not be loaded", error.message));
    }
  }

  #showList(rows, chains) {
    if (rows.length === 0) {
      this.#list.replaceChildren(emptyState("No entries", "Nobody did anything like that."));
      return;
    }
    const heads = ["When", "Who", "From", "Action", "About", "Outcome"].map((text) => element("th", { scope: "col" }, text));
    this.#body = element("tbody", {}, ...rows);
    this.#list.replaceChildren(
      element("table", { class: "backup-list" }, element("thead", {}, element("tr", {}, ...heads)), this.#body),
      ends(chains),
    );
  }

  #row(entry) {
    const who = this.#names.get(entry.by) ?? CALLERS[entry.by] ?? `key ${entry.by}`;
    const times = entry.count > 1 ? ` (${entry.count} times)` : "";
    return element(
      "tr",
      { class: entry.outcome >= 400 ? "failed" : null },
      element("td", {}, formatTime(entry.time)),
      element("td", {}, who),
      element("td", {}, entry.from ?? "–"),
      element("td", {}, entry.action),
      element("td", {}, entry.subjects.join(", ")),
      element("td", {}, `${entry.outcome}${times}`),
    );
  }
}

/** The newest hash of each server, to be noted elsewhere. */
function ends(chains) {
  const sealed = chains.filter((chain) => chain.hash !== null);
  return element(
    "details",
    { class: "audit-ends" },
    element("summary", {}, "Newest hashes"),
    element(
      "p", {}, "Note these elsewhere: posevault doctor --audit-head HASH tells whether the trail was changed since.",
    ),
    element(
      "ul",
      {},
      ...sealed.map(({ server, number, hash }) => element("li", {}, `${server}, entry ${number}: `, element("code", {}, hash))),
    ),
  );
}
