// Takes a picture with the camera: in the page where it may use one, else by the phone's own camera program.

import { openDialog } from "./dialog.js";
import { element, replaceContent } from "./dom.js";
import { icon } from "./icons.js";
import { announce, showToast } from "./toasts.js";

const QUALITY = 0.92;
/** Seconds between the press of the button and the picture, for who stands in it. */
const DELAYS = [0, 3, 10];

export class Camera {
  #onPicture;
  #fallback;
  #facing = "environment";
  #delay = 0;

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
      const stream = await this.#start();
      new CameraDialog(stream, await countCameras(), {
        delay: this.#delay,
        setDelay: (seconds) => (this.#delay = seconds),
        other: () => {
          this.#facing = this.#facing === "user" ? "environment" : "user";
          return this.#start();
        },
        take: (file) => this.#onPicture(file),
      });
    } catch (error) {
      showToast(words(error), { isError: true, seconds: 8 });
    }
  }

  #start() {
    return navigator.mediaDevices.getUserMedia({
      video: { facingMode: this.#facing, width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
  }
}

/** The camera's picture, a shutter with a timer, and a look at what was taken before it is added. */
class CameraDialog {
  #stream;
  #deeds;
  #dialog;
  #delay;
  #timer = null;
  #file = null;
  #video = element("video", { autoplay: true, playsinline: true, "aria-label": "What the camera sees" });
  #taken = element("img", { alt: "The picture that was taken", hidden: true });
  #count = element("p", { class: "countdown", role: "timer", hidden: true });
  #actions = element("div", { class: "dialog-actions" });
  #shoot = element("button", { class: "primary", type: "button", disabled: true, onclick: () => this.#press() }, "Take picture");
  #turn = element("button", { type: "button", onclick: () => this.#turnOver() }, icon("turn"), "Other camera");
  #timing;
  #cancel = element("button", { type: "button", onclick: () => this.#dialog.close() }, "Cancel");

  /** `deeds`: `delay`, `setDelay(seconds)`, `other()` → a stream of the other camera, `take(file)`. */
  constructor(stream, cameras, deeds) {
    this.#deeds = deeds;
    this.#delay = deeds.delay;
    this.#turn.hidden = cameras < 2;
    this.#timing = element(
      "select",
      { "aria-label": "Timer", onchange: () => this.#setDelay(Number(this.#timing.value)) },
      ...DELAYS.map((seconds) => element("option", { value: String(seconds) }, seconds === 0 ? "No timer" : `${seconds} s timer`)),
    );
    this.#timing.value = String(this.#delay);
    this.#video.muted = true;
    this.#video.addEventListener("loadeddata", () => {
      this.#shoot.disabled = false;
      if (!this.#dialog.contains(document.activeElement) || document.activeElement === this.#dialog) this.#shoot.focus();
    });
    this.#dialog = openDialog(
      "Camera",
      element("div", { class: "camera" }, element("div", { class: "sight" }, this.#video, this.#taken, this.#count), this.#actions),
      () => this.#close(),
    );
    this.#show(stream);
    this.#look();
  }

  #show(stream) {
    this.#stream = stream;
    // as in a mirror, where the camera looks at who holds it
    const isMirror = stream.getVideoTracks()[0]?.getSettings().facingMode === "user";
    this.#video.classList.toggle("mirrored", isMirror);
    this.#video.srcObject = stream;
  }

  #stop() {
    for (const track of this.#stream.getTracks()) track.stop();
  }

  #close() {
    clearInterval(this.#timer);
    this.#stop();
    this.#forget();
  }

  async #turnOver() {
    this.#shoot.disabled = true;
    // a phone gives one camera at a time
    this.#stop();
    try {
      const stream = await this.#deeds.other();
      this.#show(stream);
      if (!this.#dialog.isConnected) this.#stop();
    } catch (error) {
      this.#dialog.close();
      showToast(words(error), { isError: true, seconds: 8 });
    }
  }

  #setDelay(seconds) {
    this.#delay = seconds;
    this.#deeds.setDelay(seconds);
  }

  #press() {
    if (this.#timer !== null) {
      this.#stopCounting();
      return;
    }
    if (this.#delay === 0) {
      this.#take();
      return;
    }
    let left = this.#delay;
    const tell = () => {
      this.#count.textContent = String(left);
      announce(String(left));
    };
    this.#count.hidden = false;
    this.#shoot.textContent = "Stop timer";
    tell();
    this.#timer = setInterval(() => {
      left -= 1;
      if (left > 0) {
        tell();
        return;
      }
      this.#stopCounting();
      this.#take();
    }, 1000);
  }

  #stopCounting() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#count.hidden = true;
    this.#shoot.textContent = "Take picture";
  }

  async #take() {
    this.#shoot.disabled = true;
    this.#file = await still(this.#video);
    this.#taken.src = URL.createObjectURL(this.#file);
    this.#taken.hidden = false;
    this.#video.hidden = true;
    const use = element("button", { class: "primary", type: "button", onclick: () => this.#use() }, "Use picture");
    replaceContent(
      this.#actions, use, element("button", { type: "button", onclick: () => this.#retake() }, "Retake"), this.#cancel,
    );
    use.focus();
  }

  #use() {
    const file = this.#file;
    this.#dialog.close();
    this.#deeds.take(file);
  }

  #retake() {
    this.#forget();
    this.#look();
    this.#shoot.focus();
  }

  #forget() {
    if (this.#file) URL.revokeObjectURL(this.#taken.src);
    this.#file = null;
  }

  #look() {
    this.#taken.hidden = true;
    this.#video.hidden = false;
    this.#shoot.disabled = this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA;
    replaceContent(this.#actions, this.#shoot, this.#timing, this.#turn, this.#cancel);
  }
}

/** How many there are to choose between; told only once one may be used. */
async function countCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.filter((device) => device.kind === "videoinput").length;
}

/** What the video shows at this moment, as a JPEG file named by the reader's clock. */
async function still(video) {
  const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return new File([blob], `camera-${stamp(new Date())}.jpg`, { type: "image/jpeg" });
}

/** "2026-12-04-18-05-33". */
function stamp(time) {
  const parts = [
    time.getFullYear(), time.getMonth() + 1, time.getDate(), time.getHours(), time.getMinutes(), time.getSeconds(),
  ];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

function words(error) {
  switch (error.name) {
    case "NotAllowedError":
      return "Camera access is blocked. Allow it in the address bar.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "No camera was found.";
    default:
      return "The camera could not be started. Another program may be using it.";
  }
}
