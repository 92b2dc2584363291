// What a finger covers while it drags a joint, shown larger in a corner of the frame.

import { element } from "./dom.js";

/** Its width and height, in pixels. */
const SIZE = 132;
const MAGNIFICATION = 2.5;

export class Loupe {
  element = element("canvas", { class: "loupe", hidden: true, "aria-hidden": "true" });

  /**
   * `given`: the image `picture`, the `size` it is laid out in and its `scale` there, the `joint` in shares of it and
   * where that lies in the frame, `at`; or null.
   */
  show(given) {
    this.element.hidden = !given;
    if (!given) return;
    const { picture, size, scale, joint, at } = given;
    const ratio = devicePixelRatio;
    this.element.width = SIZE * ratio;
    this.element.height = SIZE * ratio;
    const context = this.element.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const zoom = scale * MAGNIFICATION;
    context.save();
    context.translate(SIZE / 2 - joint.x * size.width * zoom, SIZE / 2 - joint.y * size.height * zoom);
    if (picture.complete && picture.naturalWidth > 0) {
      context.drawImage(picture, 0, 0, size.width * zoom, size.height * zoom);
    }
    context.restore();
    for (const [color, width] of [["rgb(0 0 0 / 60%)", 3], ["#ffffff", 1.2]]) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.beginPath();
      context.arc(SIZE / 2, SIZE / 2, 7, 0, 2 * Math.PI);
      context.stroke();
    }
    // out of the finger's way
    const isNear = at[0] < SIZE + 60 && at[1] < SIZE + 60;
    this.element.classList.toggle("low", isNear);
  }
}
