// Takes a picture with the camera: in the page where it may use one, else by the phone's own camera program.

import { openDialog } from "./dialog.js";
import { element } from "./dom.js";
import { showToast } from "./toasts.js";

const QUALITY = 0.92;

export class Camera {
  #onPicture;
  #fallback;

  constructor(onPicture) {
    this.#onPicture = onPicture;
    this.#fallback = element("input", {
      type: "file", accept: "image/*", capture: "environment", hidden: true,
      onchange: () => {
        if (this.#fallback.files.length > 0) onPicture(this.#fallback.files[0]);
        this.#fallback.value = "";
      },
    });
    document.body.append(this.#fallback);
  }

  async open() {
    // only for pages from this machine or over HTTPS
    if (!navigator.mediaDevices?.getUserMedia) {
      this.#fallback.click();
      return;
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } },
      });
      this.#show(stream);
    } catch (error) {
      showToast(words(error), { isError: true, seconds: 8 });
    }
  }

  #show(stream) {
    const video = element("video", { autoplay: true, playsinline: true, "aria-label": "What the camera sees" });
    video.muted = true;
    video.srcObject = stream;
    const shoot = element("button", { class: "primary", type: "button", disabled: true }, "Take the picture");
    video.addEventListener("loadeddata", () => {
      shoot.disabled = false;
      shoot.focus();
    });
    const cancel = element("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
    shoot.addEventListener("click", async () => {
      shoot.disabled = true;
      this.#onPicture(await still(video));
      dialog.close();
    });
    const dialog = openDialog(
      "Camera",
      element("div", { class: "camera" }, video, element("div", { class: "dialog-actions" }, shoot, cancel)),
      () => {
        for (const track of stream.getTracks()) track.stop();
      },
    );
  }
}

/** What the video shows at this moment, as a JPEG file. */
async function still(video) {
  const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return new File([blob], `camera-${time}.jpg`, { type: "image/jpeg" });
}

function words(error) {
  switch (error.name) {
    case "NotAllowedError":
      return "The browser does not let this page use the camera. Allow it beside the address.";
    case "NotFoundError":
      return "There is no camera here.";
    default:
      return "The camera could not be started. Another program may be using it.";
  }
}
