// The nightly backups: when the next one comes, how the last one went, and all that are kept.

import { acceptBackup, listBackups, startBackup } from "./api.js";
import { backupRow, comparison, isInDoubt, phaseWords, verdictWords } from "./backup-row.js";
import { choose } from "./dialog.js";
import { emptyState, element, keepingFocus, replaceContent } from "./dom.js";
import { formatAge, formatCount, formatTime, formatTimeIn } from "./format.js";
import { may, roleWords } from "./rights.js";
import { showError, showToast } from "./toasts.js";

const PERIOD = 15_000;
const PERIOD_WHILE_RUNNING = 1_000;
const PAGE = 20;
const MOST = 1000;

export class BackupsView {
  title = "Backups";
  element = element("div", { class: "backups" });
  #health;
  #running = element("div", { role: "status" });
  #doubt = element("div", {});
  #summary = element("dl", {});
  #list = element("div", {});
  #button = element("button", { class: "primary", type: "button", "data-needs": "backups", onclick: () => this.#start() }, "Back up now");
  #older = element("button", { type: "button", hidden: true, onclick: () => this.#showOlder() }, "Older backups");
  #limit = PAGE;
  #timer = null;
  #isShown = false;
  /** The run that is watched, until its end is told. */
  #watched = null;
  #rows = new Map(); // id → {json, node}

  constructor(health) {
    this.#health = health;
    this.element.append(
      element("div", { class: "page-head" }, element("h1", {}, "Backups"), this.#button),
      element("div", { class: "panel summary" }, this.#summary, this.#doubt, this.#running),
      this.#list,
      element("p", { class: "older" }, this.#older),
    );
  }

  show() {
    this.#isShown = true;
    this.#health.refresh();
    this.#load();
  }

  hide() {
    this.#isShown = false;
    clearTimeout(this.#timer);
  }

  async #load() {
    clearTimeout(this.#timer);
    if (!may("backups")) {
      this.#list.replaceChildren(emptyState("No backups to see", `${roleWords()} It can’t see backups.`));
      return;
    }
    let period = PERIOD;
    try {
      const answer = await listBackups({ limit: this.#limit });
      if (answer.backups.some((backup) => backup.state === "running")) period = PERIOD_WHILE_RUNNING;
      this.#show(answer);
    } catch (error) {
      if (this.#rows.size === 0) this.#list.replaceChildren(emptyState("The backups could not be loaded", error.message));
    }
    if (this.#isShown) this.#timer = setTimeout(() => this.#load(), period);
  }

  /** A button that is disabled loses the focus, so it only says that it does nothing now. */
  #allowStart(isPossible) {
    this.#button.setAttribute("aria-disabled", String(!isPossible));
  }

  /** Loads again what could not be loaded before. */
  retry() {
    if (this.#isShown) this.#load();
  }

  async #start() {
    if (this.#button.getAttribute("aria-disabled") === "true") return;
    this.#allowStart(false);
    try {
      this.#watched = (await startBackup()).id;
    } catch (error) {
      this.#allowStart(true);
      showError(error);
    }
    this.#load();
  }

  #showOlder() {
    this.#limit = Math.min(this.#limit + PAGE, MOST);
    this.#load();
  }

  #show({ backups, pagination, nextRun, lastProven, unsentMail, troubles, timeZone, mail }) {
    const running = backups.find((backup) => backup.state === "running") ?? null;
    this.#tellEnd(backups);
    this.#watched = running?.id ?? null;
    this.#allowStart(running === null);
    keepingFocus(this.element, this.#button, () => (this.#older.hidden = pagination.next === null));
    this.#health.showBackupTroubles(troubles);
    this.#showRunning(running);
    this.#showDoubt(lastProven);
    const ended = backups.filter((backup) => backup !== running);
    replaceContent(
      this.#summary,
      fact("Next run", nextRun ? formatTimeIn(nextRun, timeZone) : "not planned"),
      // where that is the last verified one, the next line says it
      ended[0] && ended[0].id !== lastProven?.id && fact("Last run", `${formatTime(ended[0].finishedAt)}: ${verdictWords(ended[0])}`),
      fact("Last verified", lastProven ? proof(lastProven) : "none yet"),
      fact("Storage", this.#health.storageWords()),
      unsentMail.length > 0 && fact("Mail", mailWords(unsentMail)),
      mail === "not configured" &&
        fact("Mail", "Off. Set TO_EMAIL and a mail server to hear of backups that fail."),
    );
    keepingFocus(this.#list, this.#button, () => this.#showList(ended));
  }

  /** Says how the run ended that was under way a moment ago. */
  #tellEnd(backups) {
    const ended = backups.find((backup) => backup.id === this.#watched && backup.state !== "running");
    if (!ended) return;
    if (ended.state === "failed") showError({ message: `The backup failed. ${ended.message}` });
    else if (isInDoubt(ended)) showError({ message: `The backup is in doubt. ${ended.doubts.join(" ")}` });
    else showToast("Backup finished and verified.");
    this.#health.refresh();
  }

  /** What may be missing in the last archive, and the button that says that it is right. */
  #showDoubt(run) {
    if (!run || !isInDoubt(run)) {
      keepingFocus(this.#doubt, this.#button, () => this.#doubt.replaceChildren());
      return;
    }
    if (this.#doubt.dataset.run === String(run.id) && this.#doubt.firstChild) return;
    this.#doubt.dataset.run = run.id;
    const button = element(
      "button", { type: "button", "data-needs": "own", onclick: () => this.#accept(run, button) }, "Accept this loss …",
    );
    this.#doubt.replaceChildren(
      element(
        "div",
        { class: "doubt" },
        element("p", {}, "The last backup may not hold everything. Older backups are kept until this is resolved."),
        element("ul", {}, ...run.doubts.map((line) => element("li", {}, line))),
        button,
      ),
    );
  }

  async #accept(run, button) {
    const text = "Later backups are compared with this one, and older ones are removed by age again.";
    const answer = await choose("Accept what is missing?", text, [
      { value: "cancel", label: "Cancel" },
      { value: "accept", label: "Accept", kind: "danger" },
    ]);
    if (answer !== "accept") return;
    this.#button.focus();
    button.disabled = true;
    try {
      await acceptBackup(run.id);
      showToast("Accepted.");
    } catch (error) {
      button.disabled = false;
      showError(error);
    }
    this.#load();
    this.#health.refresh();
  }

  #showRunning(run) {
    if (!run) {
      this.#running.replaceChildren();
      return;
    }
    let bar = this.#running.querySelector("progress");
    if (!bar) {
      bar = element("progress", { max: 1, "aria-label": "Progress of the backup" });
      this.#running.replaceChildren(element("div", { class: "running" }, element("p", {}), bar));
    }
    // what stays the same is not read out again
    const words = `${phaseWords(run)} …`;
    const line = this.#running.querySelector("p");
    if (line.textContent !== words) line.textContent = words;
    bar.value = run.progress;
  }

  /** Rows that stay the same are left alone, so that one that is unfolded stays so. */
  #showList(backups) {
    if (backups.length === 0) {
      this.#list.replaceChildren(emptyState("No backup yet", "The first one runs by itself. You can also start one now."));
      return;
    }
    const rows = backups.map((backup) => {
      const json = JSON.stringify(backup);
      const known = this.#rows.get(backup.id);
      return [backup.id, known?.json === json ? known : { json, node: backupRow(backup) }];
    });
    this.#rows = new Map(rows);
    const body = this.#list.querySelector("tbody");
    const nodes = rows.map(([, { node }]) => node);
    if (body) {
      if (nodes.length !== body.children.length || nodes.some((node, index) => node !== body.children[index])) body.replaceChildren(...nodes);
      return;
    }
    const heads = ["When", "File", "Size", "Result"].map((text) => element("th", { scope: "col" }, text));
    this.#list.replaceChildren(
      element(
        "table",
        { class: "backup-list" },
        element("thead", {}, element("tr", {}, ...heads, element("td", {}))),
        element("tbody", {}, ...nodes),
      ),
    );
  }
}

function fact(name, value) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, value));
}

function proof(run) {
  return `${formatAge(run.finishedAt)}, ${comparison(run)}`;
}

function mailWords(mails) {
  const last = mails.at(-1);
  const next = last.givenUpAt ? "given up" : `tries again ${formatTime(last.dueAt)}`;
  const reason = last.failure ? `: ${last.failure}` : "";
  return `${formatCount(mails.length, "mail")} not sent, ${next}${reason}`;
}
