// The nightly backups: when the next one comes, how the last one went, and all that are kept.

import { backupURL, listBackups, startBackup } from "./api.js";
import { emptyState, element, replaceContent } from "./dom.js";
import { formatBytes, formatTime } from "./format.js";
import { showError, showToast } from "./toasts.js";

const PERIOD = 15_000;
const PERIOD_WHILE_RUNNING = 1_000;

export class BackupsView {
  title = "Backups";
  element = element("div", { class: "backups" });
  #health;
  #summary = element("div", { class: "panel summary" });
  #list = element("div", {});
  #run = element("button", { class: "primary", type: "button", onclick: () => this.#start() }, "Back up now");
  #timer = null;
  #wasRunning = false;

  constructor(health) {
    this.#health = health;
    this.element.append(
      element("div", { class: "page-head" }, element("h1", {}, "Backups"), this.#run),
      this.#summary,
      this.#list,
    );
  }

  show() {
    this.#load();
  }

  hide() {
    clearTimeout(this.#timer);
    this.#timer = -1;
  }

  async #load() {
    let period = PERIOD;
    try {
      const answer = await listBackups();
      if (!answer) {
        this.#showNone();
        return;
      }
      const { backups, nextRun = null, trouble = null } = answer;
      const running = backups.find((backup) => backup.state === "running");
      if (running) period = PERIOD_WHILE_RUNNING;
      if (this.#wasRunning && !running) showToast(backups[0]?.state === "failed" ? "The backup failed." : "The backup is done.");
      this.#wasRunning = Boolean(running);
      this.#run.disabled = Boolean(running);
      this.#health.showBackupTrouble(trouble);
      this.#showSummary(running, backups.find((backup) => backup !== running), nextRun);
      this.#showList(backups.filter((backup) => backup !== running));
    } catch (error) {
      if (!this.#list.hasChildNodes()) this.#list.replaceChildren(emptyState("The backups could not be loaded", error.message));
    }
    if (this.#timer !== -1) this.#timer = setTimeout(() => this.#load(), period);
  }

  async #start() {
    this.#run.disabled = true;
    try {
      await startBackup();
      this.#wasRunning = true;
    } catch (error) {
      this.#run.disabled = false;
      showError(error);
    }
    clearTimeout(this.#timer);
    this.#load();
  }

  #showNone() {
    this.#run.hidden = true;
    this.#summary.hidden = true;
    this.#list.replaceChildren(emptyState("No backups here", "This server makes no backups of its own."));
  }

  #showSummary(running, last, nextRun) {
    const fact = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, ...value));
    replaceContent(
      this.#summary,
      element(
        "dl",
        {},
        fact("Next run", nextRun ? formatTime(nextRun) : "not planned"),
        last ? fact("Last run", `${formatTime(last.finishedAt ?? last.startedAt)}: ${verdict(last)}`) : fact("Last run", "none yet"),
      ),
      running && progress(running),
    );
  }

  #showList(backups) {
    if (backups.length === 0) {
      this.#list.replaceChildren(emptyState("No backup yet", "The first one comes at its time, or now if you like."));
      return;
    }
    const head = ["When", "File", "Size", "Result", ""].map((text) => element("th", { scope: "col" }, text));
    this.#list.replaceChildren(
      element(
        "table",
        { class: "backup-list" },
        element("thead", {}, element("tr", {}, ...head)),
        element("tbody", {}, ...backups.map(row)),
      ),
    );
  }
}

function verdict(backup) {
  if (backup.state === "failed") return backup.message ?? "failed";
  return backup.verdict ?? backup.state;
}

function progress(backup) {
  const bar = element("progress", { max: 1, "aria-label": "Progress of the backup" });
  if (Number.isFinite(backup.progress)) bar.value = backup.progress;
  return element("div", { class: "running" }, element("p", { role: "status" }, backup.phase ?? "Running …"), bar);
}

function row(backup) {
  const isThere = backup.file && backup.state !== "failed";
  return element(
    "tr",
    { class: backup.state },
    element("td", {}, formatTime(backup.finishedAt ?? backup.startedAt)),
    element("td", {}, backup.file ?? "–"),
    element("td", {}, formatBytes(backup.size)),
    element("td", {}, verdict(backup)),
    element("td", {}, isThere ? element("a", { class: "button", href: backupURL(backup.id), download: backup.file, "aria-label": `Download ${backup.file}` }, "Download") : ""),
  );
}
