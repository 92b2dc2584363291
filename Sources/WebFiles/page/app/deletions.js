// Deleting with a way back: the server hears of it only after some seconds without a change of mind.

import { deletePose } from "./api.js";
import { showError, showToast } from "./toasts.js";

const SECONDS = 8;

export class Deletions {
  /** Called whenever a pose went from sight or came back. */
  onChange = () => {};
  /** Called when the server has deleted a pose. */
  onDeleted = () => {};
  #waiting = new Map(); // id → {tag, toast}
  #deleted = new Set();

  constructor() {
    // who closes the page meant it
    addEventListener("pagehide", () => {
      for (const [id, { tag, toast }] of this.#waiting) {
        toast.remove();
        deletePose(id, tag, { keepalive: true }).catch(() => {});
      }
      this.#waiting.clear();
    });
  }

  /** Deleted, or about to be. */
  isGone(id) {
    return this.#waiting.has(id) || this.#deleted.has(id);
  }

  isDeleted(id) {
    return this.#deleted.has(id);
  }

  countWaiting() {
    return this.#waiting.size;
  }

  /** `tag` names what the reader saw, so that nothing is deleted that someone else has just corrected. */
  schedule(id, tag, { onUndo = () => {} } = {}) {
    const toast = showToast("Pose deleted.", {
      seconds: SECONDS,
      action: {
        label: "Undo",
        run: () => {
          this.#waiting.delete(id);
          this.onChange();
          onUndo();
        },
      },
      onGone: () => this.#delete(id, tag),
    });
    this.#waiting.set(id, { tag, toast });
    this.onChange();
  }

  async #delete(id, tag) {
    if (!this.#waiting.has(id)) return;
    try {
      await deletePose(id, tag);
      this.#deleted.add(id);
      this.onDeleted();
    } catch (error) {
      if (error.status === 404) this.#deleted.add(id);
      else this.#tellFailure(id, tag, error);
    }
    this.#waiting.delete(id);
    this.onChange();
  }

  #tellFailure(id, tag, error) {
    if (error.status === 412) {
      showToast("Someone else changed this pose in the meantime, so it was not deleted. Have a look at it first.", {
        isError: true, seconds: 12,
        action: { label: "Show it", run: () => (location.hash = `#/poses/${id}`) },
      });
      return;
    }
    showError(error, { label: "Delete it now", run: () => this.schedule(id, tag) });
  }
}
