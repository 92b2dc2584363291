// A picture in a square, with its people's skeletons drawn over it, cut so that the people are in view.

import { adviceFor, imageURL, thumbnailURL } from "./api.js";
import { element, svg } from "./dom.js";
import { boundsOf, drawStill } from "./skeleton.js";

const RADIUS = 1.15; // of 100

/** How often and how soon a busy server is asked for a picture again. */
const TRIES = 3;
const RETRY_AFTER = 3000; // milliseconds

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
  retrying(image, imageId, () => {
    holder.classList.add("lost");
    image.remove();
    holder.append(element("span", { class: "lost-word" }, "The picture is missing"));
  });
  image.src = thumbnailOf(imageId);
  return holder;
}

/** Has the image of a thumbnail or rendition loaded again as long as the server is busy; `onLost` where that is no use. */
export function retrying(image, imageId, onLost) {
  let triesLeft = TRIES;
  image.addEventListener("error", async () => {
    const advice = triesLeft > 0 ? await adviceFor(image.src) : "give up";
    triesLeft -= 1;
    if (advice === "original") {
      triesLeft = 0;
      image.src = imageURL(imageId);
    } else if (advice === "again") {
      const { src } = image;
      setTimeout(() => (image.src = src), RETRY_AFTER);
    } else {
      onLost();
    }
  });
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
