// How server and storage are doing: a banner when something is wrong, a word at the page's links when all is well.

import { getHealth, listBackups } from "./api.js";
import { element } from "./dom.js";
import { icon } from "./icons.js";

const PERIOD = 60_000;
const PERIOD_WHEN_GONE = 3_000;

export class Health {
  /** Called when a server that was gone answers again. */
  onReturn = () => {};
  #banners;
  #links;
  #shown = new Map(); // kind → banner
  #timer = null;
  #isGone = false;

  constructor(banners, links) {
    this.#banners = banners;
    this.#links = links;
  }

  start() {
    this.#ask();
    this.#findBackups();
  }

  serverIsGone() {
    if (this.#isGone) return;
    this.#isGone = true;
    this.setBanner("server", "The server does not answer. This page tries again every few seconds.");
    this.#askAgain(PERIOD_WHEN_GONE);
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

  async #ask() {
    let health;
    try {
      health = await getHealth();
    } catch {
      this.serverIsGone();
      this.#askAgain(PERIOD_WHEN_GONE);
      return;
    }
    const wasGone = this.#isGone;
    this.#isGone = false;
    this.setBanner("server", null);
    this.#showStorage(health);
    if (wasGone) this.onReturn();
    this.#askAgain(PERIOD);
  }

  #askAgain(period) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), period);
  }

  #showStorage(health) {
    const down = [
      ["MySQL", health.mysql],
      ["MongoDB", health.mongodb],
      ["The storage", health.storage],
    ].filter(([, state]) => state === "disconnected");
    const names = down.map(([name]) => name).join(" and ");
    this.setBanner(
      "storage",
      down.length === 0 ? null : `${names} can’t be reached. Nothing can be read or stored until ${down.length > 1 ? "they answer" : "it answers"} again.`,
    );
  }

  /** The link to the backups, and a banner about them, where this server makes any. */
  async #findBackups() {
    try {
      const backups = await listBackups();
      if (!backups) return;
      this.#links.prepend(
        element("a", { href: "#/" }, "Poses"),
        element("a", { href: "#/backups" }, "Backups"),
      );
      this.showBackupTrouble(backups.trouble ?? null);
    } catch {
      // told elsewhere, if it goes on
    }
  }

  showBackupTrouble(text) {
    this.setBanner("backup", text, element("a", { href: "#/backups" }, "Backups"));
  }
}
