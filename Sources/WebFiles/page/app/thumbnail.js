// A picture in a square, with its people's skeletons drawn over it, cut so that the people are in view.

import { imageURL, isUnreadable, thumbnailURL } from "./api.js";
import { element, svg } from "./dom.js";
import { boundsOf, drawStill } from "./skeleton.js";

const RADIUS = 1.15; // of 100

// a tile is up to 260 wide, and a square of a picture that is longer than that
const SIZE = devicePixelRatio > 1 ? 640 : 384;

/** The address of the picture that the gallery shows, which the browser is likely to have. */
export function thumbnailOf(imageId) {
  return thumbnailURL(imageId, SIZE);
}

/** `poses`: all people of one picture. */
export function thumbnail(poses) {
  const [{ imageId }] = poses;
  const image = element("img", { alt: "", loading: "lazy", decoding: "async" });
  const overlay = svg("svg", { class: "skeleton", viewBox: "0 0 100 100", "aria-hidden": "true" });
  const holder = element("div", { class: "thumbnail" }, image, overlay);

  image.addEventListener("load", () => {
    const crop = cropAround(poses, image.naturalWidth, image.naturalHeight);
    image.style.objectPosition = `${crop.positionX}% ${crop.positionY}%`;
    overlay.replaceChildren(...poses.toReversed().map((pose) => drawStill(pose.keypoints, crop.place, RADIUS)));
    holder.classList.add("loaded");
  });
  let isOriginal = false;
  image.addEventListener("error", async () => {
    // the original, where the server can't read it; elsewhere it may stand in another way than its thumbnail
    if (!isOriginal && (await isUnreadable(image.src))) {
      isOriginal = true;
      image.src = imageURL(imageId);
      return;
    }
    holder.classList.add("lost");
    image.remove();
    holder.append(element("span", { class: "lost-word" }, "The picture is missing"));
  });
  image.src = thumbnailOf(imageId);
  return holder;
}

/**
 * The square that `object-fit: cover` shows of a picture when its position puts the people in the middle:
 * that position in per cent, and where a joint lies in a square of 100.
 */
export function cropAround(poses, width, height) {
  const boxes = poses.map((pose) => boundsOf(pose.keypoints));
  const left = Math.min(...boxes.map((box) => box.left));
  const right = Math.max(...boxes.map((box) => box.right));
  const top = Math.min(...boxes.map((box) => box.top));
  const bottom = Math.max(...boxes.map((box) => box.bottom));
  const side = Math.min(width, height);
  const clamp = (value, most) => Math.min(Math.max(value, 0), most);
  const x = clamp(((left + right) / 2) * width - side / 2, width - side);
  const y = clamp(((top + bottom) / 2) * height - side / 2, height - side);
  return {
    positionX: width > side ? (x / (width - side)) * 100 : 50,
    positionY: height > side ? (y / (height - side)) * 100 : 50,
    place: (joint) => [((joint.x * width - x) / side) * 100, ((joint.y * height - y) / side) * 100],
  };
}
