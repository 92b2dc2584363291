// Mouse, pen and fingers on the stage: joints are dragged, the picture is panned, pinched and scrolled bigger.

/** Pixels that a pointer moves before it counts as dragging; less is a click. */
const SLOP = 4;

export class StagePointer {
  #stage;
  #actions;
  #pointers = new Map(); // id → {x, y}
  #mode = null; // null, "joint", "pan", "pinch"
  #start = null;
  #hasMoved = false;

  constructor(stage, actions) {
    this.#stage = stage;
    this.#actions = actions;
    const { frame } = stage;
    frame.addEventListener("pointerdown", (event) => this.#down(event));
    frame.addEventListener("pointermove", (event) => this.#move(event));
    frame.addEventListener("pointerup", (event) => this.#up(event));
    frame.addEventListener("pointercancel", (event) => this.#cancel(event));
    frame.addEventListener("pointerleave", () => stage.hover(null));
    frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    frame.addEventListener("dblclick", (event) => this.#doubleClick(event));
    // a finger beside all joints scrolls the page, unless the picture is zoomed
    frame.addEventListener("touchstart", (event) => this.#keepTouch(event), { passive: false });
  }

  #place(event) {
    const box = this.#stage.frame.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #keepTouch(event) {
    const { x, y } = this.#place(event.touches[0]);
    const isOurs =
      event.touches.length > 1 || !this.#stage.viewport.isFitted || this.#stage.jointAt(x, y, "touch") !== null;
    if (isOurs && event.cancelable) event.preventDefault();
  }

  #down(event) {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    const stage = this.#stage;
    const place = this.#place(event);
    this.#pointers.set(event.pointerId, place);
    stage.frame.setPointerCapture(event.pointerId);
    if (this.#pointers.size === 2) {
      if (this.#mode === "joint") stage.correction.cancel();
      stage.magnify(null);
      this.#mode = "pinch";
      this.#hasMoved = true;
      return;
    }
    this.#hasMoved = false;
    const index = stage.jointAt(place.x, place.y, event.pointerType);
    if (index === null) {
      this.#mode = "pan";
      this.#start = { place, person: stage.personAt(place.x, place.y, event.pointerType) };
      return;
    }
    this.#mode = "joint";
    const [x, y] = stage.viewport.toFrame(stage.correction.joints[index]);
    // the joint keeps its distance to the pointer, so that grabbing it does not move it
    this.#start = { place, index, offset: { x: x - place.x, y: y - place.y } };
    this.#actions.select(index);
  }

  #move(event) {
    const stage = this.#stage;
    const place = this.#place(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before) {
      stage.hover(stage.jointAt(place.x, place.y, event.pointerType));
      return;
    }
    if (this.#mode === "pinch") {
      this.#pinch(event.pointerId, place);
      return;
    }
    this.#pointers.set(event.pointerId, place);
    const start = this.#start.place;
    this.#hasMoved ||= Math.hypot(place.x - start.x, place.y - start.y) > SLOP;
    if (!this.#hasMoved) return;
    if (this.#mode === "joint") {
      if (!stage.correction.isPossible) return;
      const { index, offset } = this.#start;
      stage.correction.drag(index, stage.viewport.toPicture(place.x + offset.x, place.y + offset.y));
      if (event.pointerType === "touch") stage.magnify(stage.correction.joints[index]);
    } else if (this.#mode === "pan") {
      stage.viewport.pan(place.x - before.x, place.y - before.y);
      stage.draw();
    }
  }

  #pinch(id, place) {
    const [first, second] = [...this.#pointers.keys()];
    const other = this.#pointers.get(id === first ? second : first);
    const before = this.#pointers.get(id);
    this.#pointers.set(id, place);
    if (!other) return;
    const distance = (a, b) => Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1);
    const middle = { x: (place.x + other.x) / 2, y: (place.y + other.y) / 2 };
    const { viewport } = this.#stage;
    viewport.pan((place.x - before.x) / 2, (place.y - before.y) / 2);
    viewport.zoom(distance(place, other) / distance(before, other), middle.x, middle.y);
    this.#stage.draw();
  }

  #up(event) {
    if (!this.#pointers.delete(event.pointerId)) return;
    const mode = this.#mode;
    if (mode === "pinch" && this.#pointers.size > 0) {
      // the finger that stays goes on panning
      const [place] = this.#pointers.values();
      this.#mode = "pan";
      this.#start = { place, person: null };
      return;
    }
    this.#mode = null;
    this.#stage.magnify(null);
    if (mode === "joint") this.#stage.correction.finish();
    if (mode === "pan" && !this.#hasMoved) this.#click();
  }

  #click() {
    if (this.#start.person) this.#actions.showPerson(this.#start.person);
    else this.#actions.select(null);
  }

  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    if (this.#mode === "joint") this.#stage.correction.cancel();
    this.#stage.magnify(null);
    this.#mode = null;
  }

  #wheel(event) {
    event.preventDefault();
    const { x, y } = this.#place(event);
    // a trackpad's pinch comes as a wheel with Ctrl, in much smaller steps
    const speed = event.ctrlKey ? 0.01 : 0.0015;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    this.#stage.viewport.zoom(Math.exp(-event.deltaY * lines * speed), x, y);
    this.#stage.draw();
  }

  #doubleClick(event) {
    const { viewport } = this.#stage;
    const { x, y } = this.#place(event);
    if (this.#stage.jointAt(x, y, "mouse") !== null) return;
    if (viewport.isFitted) viewport.zoom(2.5, x, y);
    else viewport.fit();
    this.#stage.draw();
  }
}
