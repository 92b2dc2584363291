// Deleting with a way back: the server hears of it only after some seconds without a change of mind.

import { deletePose, listTrash, restoreFromTrash } from "./api.js";
import { formatCount } from "./format.js";
import { may } from "./rights.js";
import { showError, showToast } from "./toasts.js";

const SECONDS = 8;
/** What leaving the page had deleted, for the page that comes after it in this tab: `{ids, at}`. */
const LEFT = "posevault-deleted";
/** In ms: who comes back later than that has turned to something else. */
const RETURNS_WITHIN = 60_000;
/** How often and after how many ms it is looked for in the trash: the server may still be at it. */
const LOOKS = 6;
const PAUSE = 300;
/** After the message was put away, the gallery still has a way back. */
const SECONDS_HIDDEN = 30;

export class Deletions {
  /** Called whenever a pose went from sight or came back. */
  onChange = () => {};
  /** Called when the server has deleted a pose. */
  onDeleted = () => {};
  /** Called with the id of a pose that is back from the trash. */
  onRestored = () => {};
  /** What was deleted together and is taken back together: `{tags: id → tag, toast, timer, onUndo, isSent}`. */
  #groups = new Set();
  #deleted = new Set();

  constructor() {
    // who closes the page meant it
    addEventListener("pagehide", () => {
      const ids = [...this.#groups].flatMap(({ tags }) => [...tags.keys()]);
      if (ids.length > 0) sessionStorage.setItem(LEFT, JSON.stringify({ ids, at: Date.now() }));
      for (const { tags, toast, timer } of this.#groups) {
        clearTimeout(timer);
        toast.remove();
        for (const [id, tag] of tags) deletePose(id, tag, { keepalive: true }).catch(() => {});
      }
      this.#groups.clear();
    });
  }

  /** Offers what was deleted when this page was left, by a reload perhaps, where there is a trash to bring it back from. */
  async resume() {
    const { ids, at } = JSON.parse(sessionStorage.getItem(LEFT) ?? "{}");
    sessionStorage.removeItem(LEFT);
    if (!ids || Date.now() - at > RETURNS_WITHIN || !may("own")) return;
    const items = await inTrash(ids);
    if (items.length === 0) return;
    const words = items.length === 1 ? "Pose deleted." : `${formatCount(items.length, "pose")} deleted.`;
    showToast(words, { seconds: SECONDS, action: { label: "Undo", run: () => this.#restore(items) } });
  }

  async #restore(items) {
    try {
      for (const { id, pose } of items) {
        await restoreFromTrash(id);
        this.onRestored(pose.id);
      }
    } catch (error) {
      showError(error);
    }
  }

  /** Deleted, or about to be. */
  isGone(id) {
    return this.#deleted.has(id) || [...this.#groups].some(({ tags }) => tags.has(id));
  }

  isDeleted(id) {
    return this.#deleted.has(id);
  }

  countWaiting() {
    return [...this.#groups].reduce((count, { tags }) => count + tags.size, 0);
  }

  /**
   * `tags`: id → what names the state that the reader saw, so that nothing is deleted that someone else has just
   * corrected, or null where that was not to be seen.
   */
  schedule(tags, { onUndo = () => {} } = {}) {
    const group = { tags: new Map(tags), toast: null, timer: null, onUndo, isSent: false };
    const words = group.tags.size === 1 ? "Pose deleted." : `${formatCount(group.tags.size, "pose")} deleted.`;
    group.toast = showToast(words, {
      seconds: SECONDS,
      action: { label: "Undo", run: () => this.#undo(group) },
      onGone: () => this.#delete(group),
      // putting the message away is no word on the pose
      onDismiss: () => (group.timer = setTimeout(() => this.#delete(group), SECONDS_HIDDEN * 1000)),
    });
    this.#groups.add(group);
    this.onChange();
  }

  /** Takes back what was deleted last and still waits. */
  undoLast() {
    const group = this.#lastToUndo;
    if (group) this.#undo(group);
  }

  get canUndo() {
    return this.#lastToUndo !== undefined;
  }

  get #lastToUndo() {
    return [...this.#groups].findLast(({ isSent }) => !isSent);
  }

  #undo(group) {
    if (group.isSent || !this.#groups.delete(group)) return;
    clearTimeout(group.timer);
    group.toast.remove();
    this.onChange();
    group.onUndo();
  }

  async #delete(group) {
    if (!this.#groups.has(group)) return;
    group.isSent = true;
    const failures = [];
    for (const [id, tag] of group.tags) {
      try {
        await deletePose(id, tag);
        this.#deleted.add(id);
        this.onDeleted();
      } catch (error) {
        if (error.status === 404) this.#deleted.add(id);
        else failures.push({ id, tag, error });
      }
    }
    this.#groups.delete(group);
    if (failures.length > 0) this.#tell(failures);
    this.onChange();
  }

  #tell(failures) {
    const [{ id, error }] = failures;
    if (failures.length === 1 && error.status === 412) {
      showToast("Someone else changed this pose in the meantime, so it was not deleted. Have a look at it first.", {
        isError: true, seconds: 12,
        action: { label: "Show it", run: () => (location.hash = `#/poses/${id}`) },
      });
      return;
    }
    const again = failures.map((failure) => [failure.id, failure.tag]);
    const words = failures.length === 1 ? error.message : `${formatCount(failures.length, "pose")} could not be deleted. ${error.message}`;
    showError({ message: words }, { label: failures.length === 1 ? "Delete it now" : "Delete them now", run: () => this.schedule(again) });
  }
}

/** The trash's items of those poses that come to lie there; none where there is no trash, or it can't be asked. */
async function inTrash(ids) {
  let items = [];
  for (let look = 0; look < LOOKS && items.length < ids.length; look += 1) {
    if (look > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    try {
      const answers = await Promise.all(ids.map((pose) => listTrash({ pose, limit: 1 })));
      items = answers.flatMap((answer) => answer.poses);
    } catch {
      return [];
    }
  }
  return items;
}
