// One pose: its picture, its joints, what is known of it, and its correction.

import { getPose, peopleOf } from "./api.js";
import { Correction } from "./correction.js";
import { emptyState, element, keepingFocus } from "./dom.js";
import { JointPanel } from "./joint-panel.js";
import { formatPercent, splitName } from "./format.js";
import { filterOf, knownWords } from "./gallery-query.js";
import { newerThan, olderThan } from "./neighbours.js";
import { PoseHead } from "./pose-head.js";
import { PoseSaving } from "./pose-saving.js";
import { keyOf } from "./keys.js";
import { go, guardLeaving, withQuery } from "./router.js";
import { SaveBar } from "./save-bar.js";
import { LANDMARKS, orderedKeypoints, readableName } from "./skeleton.js";
import { Stage } from "./stage.js";
import { announce, showError } from "./toasts.js";
import { ValuesTable } from "./values-table.js";
import { WorldPanel } from "./world-panel.js";

export class PoseView {
  title;
  element = element("div", { class: "pose" });
  #id;
  #query;
  #deletions;
  #onChanged;
  #neighbours = { previous: null, next: null };
  #pose = null;
  #people = [];
  #selected = null;
  #correction = new Correction([]);
  #saving;
  #parts = null;
  #isOpen = true;
  #hasFailed = false;
  #onKey = (event) => this.#press(event);
  #onUnload = (event) => {
    if (this.#saving.isDirty) event.preventDefault();
  };

  /** `query`: what the list was searched by that this pose was found in. `onChanged` hears of the pose as it was saved. */
  constructor({ id, query }, { deletions, onChanged }) {
    this.#id = id;
    this.#query = knownWords(query);
    this.title = `Pose ${id}`;
    this.#deletions = deletions;
    this.#onChanged = onChanged;
    this.#saving = new PoseSaving(this.#correction, {
      showPose: (pose) => this.#showSaved(pose),
      update: () => this.#update(),
    });
  }

  show() {
    addEventListener("keydown", this.#onKey);
    addEventListener("beforeunload", this.#onUnload);
    this.#load();
  }

  hide() {
    this.#isOpen = false;
    removeEventListener("keydown", this.#onKey);
    removeEventListener("beforeunload", this.#onUnload);
    this.#parts?.stage.close();
    this.#parts?.world.close();
  }

  /** Loads again what could not be loaded before. */
  retry() {
    if (this.#hasFailed) this.#load();
  }

  async #load() {
    this.#hasFailed = false;
    keepingFocus(this.element, document.getElementById("main"), () =>
      this.element.replaceChildren(element("p", { class: "loading", role: "status" }, "Loading …")),
    );
    try {
      const { pose, tag } = await getPose(this.#id);
      if (!this.#isOpen) return;
      this.#saving.begin(pose, tag);
      this.#pose = pose;
      this.#build();
    } catch (error) {
      if (this.#isOpen) this.#showFailure(error);
      return;
    }
    await this.#loadPeople();
    await this.#findNeighbours();
  }

  async #findNeighbours() {
    const ids = [this.#id, ...this.#people.map((pose) => pose.id)];
    const filter = filterOf(this.#query);
    const found = (look) => look(ids, filter).catch(() => null);
    const [previous, next] = await Promise.all([found(newerThan), found(olderThan)]);
    if (!this.#isOpen) return;
    this.#neighbours = { previous, next };
    this.#parts.head.showNeighbours(this.#neighbours);
  }

  async #loadPeople() {
    try {
      const people = await peopleOf(this.#pose.imageId);
      if (!this.#isOpen) return;
      this.#people = people.filter((pose) => !this.#deletions.isGone(pose.id));
      this.#parts.head.showPeople(this.#people);
      this.#parts.stage.setOthers(this.#people.filter((pose) => pose.id !== this.#id));
    } catch (error) {
      showError(error);
    }
  }

  #showFailure(error) {
    const isGone = error.status === 404;
    this.#hasFailed = !isGone;
    this.element.replaceChildren(
      emptyState(
        isGone ? "This pose is gone" : "The pose could not be loaded",
        isGone ? "It was deleted or never existed." : error.message,
        isGone
          ? element("a", { class: "button", href: "#/" }, "All poses")
          : element("button", { class: "secondary", type: "button", onclick: () => this.#load() }, "Try again"),
      ),
    );
  }

  #build() {
    const actions = {
      select: (index) => this.#select(index),
      showPerson: (pose) => this.#go(pose.id),
      putBack: (index) => this.#putBack(index),
      undo: () => this.#correction.undo(),
      redo: () => this.#correction.redo(),
      discard: () => this.#correction.reset(this.#pose.keypoints),
      save: () => this.#saving.save(),
      revert: () => this.#saving.revert(),
      delete: () => this.#delete(),
      giveFocus: () => this.#parts.stage.frame.focus({ preventScroll: true }),
    };
    const stage = new Stage(this.#correction, actions);
    this.#parts = {
      stage,
      head: new PoseHead(this.#pose, this.#query, actions),
      joint: new JointPanel(this.#correction, actions),
      world: new WorldPanel(),
      table: new ValuesTable(actions.select),
      saveBar: new SaveBar(this.#correction, actions),
    };
    const { head, joint, world, table, saveBar } = this.#parts;
    stage.addBar(saveBar.element);
    this.element.replaceChildren(
      head.element,
      stage.element,
      element(
        "div",
        { class: "side" },
        head.about,
        joint.element,
        world.element,
        element("details", { class: "panel", open: true }, element("summary", {}, element("h2", {}, "Values")), table.element),
      ),
    );
    if (this.#pose.image?.fileName) this.title = splitName(this.#pose.image.fileName).base;
    document.title = `${this.title} – PoseVault`;
    this.#correction.onChange = () => this.#update();
    guardLeaving(() => this.#saving.mayLeave());
    stage.setOthers([]);
    stage.setDetection(this.#detected);
    stage.showPicture(this.#pose);
    world.show(this.#pose);
    this.#update();
    announce(`${this.title} loaded`);
  }

  /** Where the model found the joints. */
  get #detected() {
    return orderedKeypoints(this.#pose.detectedKeypoints ?? this.#pose.keypoints);
  }

  /** One joint back to where the model found it. */
  #putBack(index) {
    const detected = this.#detected[index];
    if (!detected || !this.#correction.isPossible) return;
    const { x, y, visibility } = detected;
    this.#correction.set(index, { x, y, visibility });
    announce(`${readableName(LANDMARKS[index])} back to the detection, visibility ${formatPercent(visibility)}`);
  }

  #go(id) {
    go(withQuery(`/poses/${id}`, this.#query));
  }

  #select(index) {
    this.#selected = index;
    this.#parts.stage.select(index);
    this.#update();
  }

  #update() {
    if (!this.#parts) return;
    const { stage, joint, table, saveBar } = this.#parts;
    stage.draw();
    joint.show(this.#selected, this.#detected);
    saveBar.show({ isSaving: this.#saving.isSaving, wasSaved: this.#saving.wasSaved });
    const corrected = this.#pose.keypoints.flatMap((keypoint, index) => (keypoint?.corrected ? [index] : []));
    table.show(this.#correction.joints, { selected: this.#selected, changed: this.#correction.changed, corrected });
  }

  #showSaved(pose) {
    this.#pose = pose;
    this.#people = this.#people.map((other) => (other.id === pose.id ? pose : other));
    this.#onChanged(pose);
    if (!this.#isOpen) return;
    keepingFocus(this.element, this.#parts.stage.frame, () => {
      this.#parts.head.show(pose);
      this.#parts.stage.setDetection(this.#detected);
      this.#parts.world.show(pose);
      this.#update();
    });
  }

  async #delete() {
    const { tag } = this.#saving;
    const id = this.#id;
    const left = this.#people.find((pose) => pose.id !== id);
    // what is not saved goes with the pose
    guardLeaving(null);
    this.#correction.reset(this.#pose.keypoints);
    this.#deletions.schedule([[id, tag]], { onUndo: () => this.#go(id) });
    if (left) this.#go(left.id);
    else go(withQuery("/", this.#query));
  }

  #press(event) {
    if (!this.#parts || document.querySelector("dialog[open]")) return;
    const key = keyOf(event).toLowerCase();
    const isText = event.target.matches?.("input[type=search], input[type=number], input[type=password], select");
    if (!event.ctrlKey && !event.metaKey) {
      if (!event.altKey && !isText) this.#walk(key);
      return;
    }
    if (key === "s") this.#saving.save();
    else if (key === "z" && !isText) event.shiftKey ? this.#correction.redo() : this.#correction.undo();
    else if (key === "y" && !isText) this.#correction.redo();
    else return;
    event.preventDefault();
  }
  /** To another picture by key. */
  #walk(key) {
    const { previous, next } = this.#neighbours;
    const id = key === "j" ? next : key === "k" ? previous : null;
    if (id !== null) this.#go(id);
  }
}
