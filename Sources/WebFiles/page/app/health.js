// How server, storage and backup are doing: a banner when something is wrong.

import { getHealth } from "./api.js";
import { element, focusMain } from "./dom.js";
import { icon } from "./icons.js";

const PERIOD = 60_000;
const PERIOD_IN_TROUBLE = 3_000;

export class Health {
  /** Called with the media types of the pictures that the server reads. */
  onFormats = () => {};
  /** Called when a server that was gone, or had no storage, is well again. */
  onReturn = () => {};
  #banners;
  #shown = new Map(); // kind → banner
  #timer = null;
  #isGone = false;
  #isDown = false;
  #last = null;
  #dismissed = null;

  constructor(banners) {
    this.#banners = banners;
  }

  start() {
    this.refresh();
  }

  serverIsGone() {
    if (this.#isGone) return;
    this.#isGone = true;
    this.setBanner("server", "The server does not answer. This page tries again every few seconds.");
    this.#askAgain(PERIOD_IN_TROUBLE);
  }

  /** Shows a banner of that kind, or takes it away when `text` is null. */
  setBanner(kind, text, link = null) {
    const known = this.#shown.get(kind);
    if (known?.dataset.text === text) return;
    known?.remove();
    this.#shown.delete(kind);
    if (!text) return;
    const banner = element("div", { class: "banner", role: "alert", "data-text": text }, icon("warning"), element("p", {}, text), link);
    this.#banners.append(banner);
    this.#shown.set(kind, banner);
  }

  async refresh() {
    let health;
    try {
      health = await getHealth();
    } catch {
      this.serverIsGone();
      this.#askAgain(PERIOD_IN_TROUBLE);
      return;
    }
    const wasAway = this.#isGone || this.#isDown;
    this.#isGone = false;
    this.#last = health;
    if (health.formats) this.onFormats(health.formats);
    this.setBanner("server", null);
    this.#isDown = this.#showStorage(health);
    this.#showWarnings(health.warnings ?? []);
    if (health.backup?.troubles) this.showBackupTroubles(health.backup.troubles);
    if (wasAway && !this.#isDown) this.onReturn();
    this.#askAgain(this.#isDown ? PERIOD_IN_TROUBLE : PERIOD);
  }

  /** "MySQL and MongoDB connected", or what is not. */
  storageWords() {
    if (!this.#last) return "not asked yet";
    const { mysql, mongodb, storage, pictures } = this.#last;
    if (mysql === mongodb) return storage ? `embedded, ${storage}` : `MySQL and MongoDB ${mysql}`;
    const poses = mysql === "not configured" ? `SQLite ${storage}` : `MySQL ${mysql}`;
    return mongodb === "not configured" ? `${poses}, pictures ${pictures}` : `${poses}, MongoDB ${mongodb}`;
  }

  /** What a person must know of the backup, one sentence each. */
  showBackupTroubles(troubles) {
    this.setBanner("backup", troubles.join(" ") || null, element("a", { href: "#/backups", "data-needs": "backups" }, "Backups"));
  }

  /** Where others could get at what is secret. Who has read it may put it away until the page is loaded again. */
  #showWarnings(warnings) {
    const text = warnings.join(" ");
    if (text === this.#dismissed) return;
    const dismiss = () => {
      this.#dismissed = text;
      this.setBanner("warnings", null);
      focusMain();
    };
    const button = element("button", { class: "icon-button", type: "button", "aria-label": "Dismiss", onclick: dismiss }, icon("close"));
    this.setBanner("warnings", text || null, button);
  }

  #askAgain(period) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), period);
  }

  /** Whether nothing can be read or stored. */
  #showStorage(health) {
    const down = [
      ["MySQL", health.mysql],
      ["MongoDB", health.mongodb],
      ["The storage", health.storage],
    ].filter(([, state]) => state === "disconnected");
    const names = down.map(([name]) => name).join(" and ");
    const answers = down.length > 1 ? "they answer" : "it answers";
    let text = null;
    if (down.length > 0) text = `${names} can’t be reached. Nothing can be read or stored until ${answers} again.`;
    else if (health.restoring) text = "A backup is being restored. Nothing can be read or stored until it is done.";
    this.setBanner("storage", text);
    return text !== null;
  }
}
