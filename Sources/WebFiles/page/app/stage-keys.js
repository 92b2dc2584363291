// The keyboard on the stage: what a pointer can do there, keys can.

import { isShortcut, keyOf } from "./keys.js";
import { LANDMARKS, readableName } from "./skeleton.js";
import { announce } from "./toasts.js";
import { formatPercent } from "./format.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** In pixels of the frame. */
const STEP = 1;
const FAR_STEP = 10;
const PAN = 48;
const VISIBILITY_STEP = 0.1;

export class StageKeys {
  #stage;
  #actions;
  /** Whether the key that shows the detection is down. */
  #isHeld = false;

  constructor(stage, actions) {
    this.#stage = stage;
    this.#actions = actions;
    stage.frame.addEventListener("keydown", (event) => {
      if (isShortcut(event)) return;
      if (this.#press(event)) event.preventDefault();
    });
    // the detection is seen as long as its key is held
    const release = () => {
      if (this.#isHeld) stage.showDetection(false);
      this.#isHeld = false;
    };
    stage.frame.addEventListener("keyup", (event) => keyOf(event).toLowerCase() === "d" && release());
    stage.frame.addEventListener("blur", release);
  }

  /** Whether the key means something here. */
  #press(event) {
    const stage = this.#stage;
    if (event.key in ARROWS) {
      this.#arrow(ARROWS[event.key], event.shiftKey);
      return true;
    }
    switch (keyOf(event)) {
      case "n":
      case "N":
        return this.#walk(1);
      case "p":
      case "P":
        return this.#walk(-1);
      // brackets want two keys, or are missing, on most keyboards of Europe
      case "v":
      case "V":
        return this.#changeVisibility(event.shiftKey ? -VISIBILITY_STEP : VISIBILITY_STEP);
      case "[":
        return this.#changeVisibility(-VISIBILITY_STEP);
      case "]":
        return this.#changeVisibility(VISIBILITY_STEP);
      case "r":
      case "R":
        if (stage.selected !== null) this.#actions.putBack(stage.selected);
        return true;
      case "d":
      case "D":
        if (!event.repeat && !stage.showsDetection) {
          this.#isHeld = true;
          stage.showDetection(true);
        }
        return true;
      case "h":
      case "H":
        if (!event.repeat) stage.hideSkeleton(!stage.isBare);
        return true;
      case "+":
      case "=":
        stage.zoom("zoomIn");
        return true;
      case "-":
        stage.zoom("zoomOut");
        return true;
      case "0":
        stage.zoom("fit");
        return true;
      case "Escape":
        this.#actions.select(null);
        return true;
      default:
        return false;
    }
  }

  #arrow([dx, dy], isFar) {
    const { viewport, correction, selected } = this.#stage;
    const joint = selected === null ? null : correction.joints[selected];
    if (!joint) {
      viewport.pan(-dx * PAN, -dy * PAN);
      this.#stage.draw();
      return;
    }
    if (!correction.isPossible) return;
    const step = isFar ? FAR_STEP : STEP;
    const [x, y] = viewport.toFrame(joint);
    correction.set(selected, viewport.toPicture(x + dx * step, y + dy * step));
    const moved = correction.joints[selected];
    viewport.reveal(moved);
    this.#stage.draw();
    announce(`${readableName(LANDMARKS[selected])}, ${formatPercent(moved.x)} from the left, ${formatPercent(moved.y)} from the top`);
  }

  #walk(by) {
    const { correction, selected } = this.#stage;
    const count = LANDMARKS.length;
    let index = selected ?? (by > 0 ? -1 : count);
    // over joints that are missing; there may be none at all
    for (let tried = 0; tried < count; tried += 1) {
      index = (index + by + count) % count;
      if (correction.joints[index]) break;
    }
    const joint = correction.joints[index];
    if (!joint) return true;
    this.#actions.select(index);
    announce(`${readableName(LANDMARKS[index])}, visibility ${formatPercent(joint.visibility ?? 0)}`);
    return true;
  }

  #changeVisibility(by) {
    const { correction, selected } = this.#stage;
    const joint = selected === null ? null : correction.joints[selected];
    if (!joint || !correction.isPossible) return true;
    const visibility = Math.min(Math.max(joint.visibility + by, 0), 1);
    correction.set(selected, { visibility });
    announce(`visibility ${formatPercent(visibility)}`);
    return true;
  }
}
