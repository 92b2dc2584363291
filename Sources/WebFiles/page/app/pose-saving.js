// Saving a correction, also when someone else saved first, and taking all corrections back.

import { getPose, revertPose, savePose } from "./api.js";
import { choose } from "./dialog.js";
import { showError, showToast } from "./toasts.js";

export class PoseSaving {
  isSaving = false;
  /** Whether what is shown without changes was saved here. */
  wasSaved = false;
  /** Names the state of the pose that the reader began with. */
  tag = null;
  #correction;
  #actions;
  #id = null;

  /** `actions`: `showPose(pose)` with what the server has now, `update()`. */
  constructor(correction, actions) {
    this.#correction = correction;
    this.#actions = actions;
  }

  begin(pose, tag) {
    this.#id = pose.id;
    this.tag = tag;
    this.wasSaved = false;
    this.#correction.reset(pose.keypoints);
  }

  get isDirty() {
    return this.#correction.changed.length > 0;
  }

  async save() {
    if (!this.isDirty || this.isSaving) return;
    await this.#busy(
      async () => {
        this.#correction.finish();
        const sent = this.#correction.joints;
        const { pose, tag } = await savePose(this.#id, this.#correction.toKeypoints(), this.tag);
        this.tag = tag;
        this.wasSaved = true;
        this.#correction.accept(pose.keypoints, sent);
        this.#actions.showPose(pose);
        showToast("Saved.", { seconds: 3 });
      },
      () => this.save(),
    );
  }

  async revert() {
    const answer = await choose(
      "Discard all corrections?",
      "Every joint goes back to where the model found it.",
      [
        { value: "revert", label: "Discard corrections", kind: "primary" },
        { value: null, label: "Cancel" },
      ],
    );
    if (answer === "revert") await this.#putDetectionBack();
  }

  async #putDetectionBack() {
    await this.#busy(
      async () => {
        this.#take(await revertPose(this.#id, this.tag));
        showToast("Corrections discarded.", { seconds: 4 });
      },
      () => this.#putDetectionBack(),
    );
  }

  /** Whether the reader may go elsewhere, after asking where something would be lost. */
  async mayLeave() {
    if (!this.isDirty) return true;
    const answer = await choose("Leave without saving?", "The joints that you changed are not saved yet.", [
      { value: "save", label: "Save and leave", kind: "primary" },
      { value: "leave", label: "Leave without saving" },
      { value: null, label: "Stay here" },
    ]);
    if (answer === "save") {
      await this.save();
      return !this.isDirty;
    }
    return answer === "leave";
  }

  async #busy(work, tryAgain) {
    this.isSaving = true;
    this.#actions.update();
    try {
      await work();
    } catch (error) {
      await this.#answer(error, tryAgain);
    } finally {
      this.isSaving = false;
      this.#actions.update();
    }
  }

  #take({ pose, tag }) {
    this.begin(pose, tag);
    this.#actions.showPose(pose);
  }

  async #answer(error, tryAgain) {
    if (error.status === 412) return this.#answerConflict();
    if (error.status === 404) {
      showToast("This pose was deleted in the meantime, so your changes can’t be saved.", { isError: true, seconds: 12 });
      return;
    }
    showError(error, { label: "Try again", run: tryAgain });
  }

  async #answerConflict() {
    let theirs;
    try {
      theirs = await getPose(this.#id);
    } catch (error) {
      showError(error);
      return;
    }
    if (!this.isDirty) {
      this.#take(theirs);
      showToast("Someone else changed this pose in the meantime. This is how it is now.", { seconds: 8 });
      return;
    }
    const answer = await choose(
      "Someone else saved first",
      "This pose was changed while you were correcting it. Keep your changes, and the joints that you moved stay where " +
        "you put them on the newer version; you can look at it before you save.",
      [
        { value: "mine", label: "Keep my changes", kind: "primary" },
        { value: "theirs", label: "Use theirs" },
        { value: null, label: "Cancel" },
      ],
    );
    if (answer === null) return;
    if (answer === "theirs") {
      this.#take(theirs);
      return;
    }
    this.tag = theirs.tag;
    this.#correction.rebase(theirs.pose.keypoints);
    this.#actions.showPose(theirs.pose);
  }
}
