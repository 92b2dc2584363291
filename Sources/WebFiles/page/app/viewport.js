// Where a picture lies in a frame, and how zooming and panning move it. Arithmetic only.

const MOST_ZOOM = 24;
const STEP = 1.4;
/** The part of the frame that a picture fitted into it leaves free at each side, in pixels. */
const MARGIN = 12;

/** `scale` is frame pixels for a picture pixel; `x`, `y` where the picture's corner lies in the frame. */
export class Viewport {
  scale = 1;
  x = 0;
  y = 0;
  isFitted = true;
  #frame = { width: 1, height: 1 };
  #picture = { width: 1, height: 1 };

  setPicture(width, height) {
    this.#picture = { width, height };
    this.fit();
  }

  /** Keeps what is in the middle there, or the picture fitted. */
  setFrame(width, height) {
    const { width: before, height: beforeHeight } = this.#frame;
    this.#frame = { width, height };
    if (this.isFitted) {
      this.fit();
      return;
    }
    this.x += (width - before) / 2;
    this.y += (height - beforeHeight) / 2;
    this.#keepInSight();
  }

  fit() {
    this.scale = this.#fittedScale;
    this.x = (this.#frame.width - this.#picture.width * this.scale) / 2;
    this.y = (this.#frame.height - this.#picture.height * this.scale) / 2;
    this.isFitted = true;
  }

  /** Brings a part of the picture, in shares of it, into the middle, with as much around it as it is large. */
  show({ left, top, right, bottom }) {
    this.fit();
    const width = Math.max((right - left) * this.#picture.width, 1);
    const height = Math.max((bottom - top) * this.#picture.height, 1);
    const scale = Math.min(this.#frame.width / width, this.#frame.height / height) / 2;
    this.zoom(scale / this.scale);
    const [x, y] = this.toFrame({ x: (left + right) / 2, y: (top + bottom) / 2 });
    this.pan(this.#frame.width / 2 - x, this.#frame.height / 2 - y);
  }

  /** Zooms by `factor`, leaving what is at `(x, y)` of the frame there; by default its middle. */
  zoom(factor, x = this.#frame.width / 2, y = this.#frame.height / 2) {
    const least = this.#fittedScale;
    const scale = Math.min(Math.max(this.scale * factor, least), least * MOST_ZOOM);
    const ratio = scale / this.scale;
    this.x = x - (x - this.x) * ratio;
    this.y = y - (y - this.y) * ratio;
    this.scale = scale;
    if (scale === least) this.fit();
    else {
      this.isFitted = false;
      this.#keepInSight();
    }
  }

  zoomIn() {
    this.zoom(STEP);
  }

  zoomOut() {
    this.zoom(1 / STEP);
  }

  pan(dx, dy) {
    if (this.isFitted) return;
    this.x += dx;
    this.y += dy;
    this.#keepInSight();
  }

  /** From shares of the picture, as keypoints have them, to the frame. */
  toFrame({ x, y }) {
    return [this.x + x * this.#picture.width * this.scale, this.y + y * this.#picture.height * this.scale];
  }

  /** From the frame to shares of the picture. */
  toPicture(x, y) {
    return {
      x: (x - this.x) / this.scale / this.#picture.width,
      y: (y - this.y) / this.scale / this.#picture.height,
    };
  }

  /** Brings a place of the picture into the frame, at least `margin` from its edge. */
  reveal(place, margin = 48) {
    const [x, y] = this.toFrame(place);
    const shift = (value, size) => (value < margin ? margin - value : Math.min(0, size - margin - value));
    this.pan(shift(x, this.#frame.width), shift(y, this.#frame.height));
  }

  get #fittedScale() {
    const width = Math.max(this.#frame.width - 2 * MARGIN, 1);
    const height = Math.max(this.#frame.height - 2 * MARGIN, 1);
    return Math.min(width / this.#picture.width, height / this.#picture.height);
  }

  /** The middle of the frame always shows some of the picture. */
  #keepInSight() {
    const clamp = (value, size, frame) => Math.min(Math.max(value, frame / 2 - size), frame / 2);
    this.x = clamp(this.x, this.#picture.width * this.scale, this.#frame.width);
    this.y = clamp(this.y, this.#picture.height * this.scale, this.#frame.height);
  }
}
