// Sends pictures to the server, two at a time, and keeps what became of each.

import { uploadPicture } from "./upload-request.js";

const AT_ONCE = 2;
const MOST_RETRIES = 5;

/**
 * A picture's way: `waiting` → `sending` → `searching` → `done`, `nobody` (no person in it) or `failed`; `full` while
 * a busy server asked to be left alone for a moment.
 */
export class Upload {
  state = "waiting";
  /** How much of it was sent, 0…1. */
  progress = 0;
  message = "";
  poseIds = [];
  retries = 0;

  constructor(file) {
    this.file = file;
    this.name = file.name || "Pasted picture";
    this.preview = URL.createObjectURL(file);
  }

  get isOver() {
    return this.state === "done" || this.isLost;
  }

  /** Whether the picture was not kept. */
  get isLost() {
    return this.state === "nobody" || this.state === "failed";
  }
}

export class UploadQueue {
  /** Called with an upload whenever something about it changed. */
  onChange = () => {};
  /** Called with the ids of the poses that were found in a picture. */
  onStored = () => {};
  #uploads = [];
  #running = 0;

  get uploads() {
    return this.#uploads;
  }

  add(files) {
    for (const file of files) {
      const upload = new Upload(file);
      this.#uploads.push(upload);
      this.onChange(upload);
    }
    this.#startNext();
  }

  retry(upload) {
    upload.retries = 0;
    this.#set(upload, "waiting");
    this.#startNext();
  }

  /** Forgets the uploads that `isSeen` tells of. */
  clear(isSeen) {
    for (const upload of this.#uploads.filter(isSeen)) URL.revokeObjectURL(upload.preview);
    this.#uploads = this.#uploads.filter((one) => !isSeen(one));
  }

  #set(upload, state, message = "") {
    upload.state = state;
    upload.message = message;
    this.onChange(upload);
  }

  #startNext() {
    while (this.#running < AT_ONCE) {
      const upload = this.#uploads.find((one) => one.state === "waiting");
      if (!upload) return;
      this.#running += 1;
      this.#run(upload).finally(() => {
        this.#running -= 1;
        this.#startNext();
      });
    }
  }

  async #run(upload) {
    this.#set(upload, "sending");
    try {
      const poses = await uploadPicture(upload.file, (share) => {
        upload.progress = share;
        this.#set(upload, share < 1 ? "sending" : "searching");
      });
      upload.poseIds = poses.map((pose) => pose.id);
      this.#set(upload, "done");
      this.onStored(upload.poseIds);
    } catch (error) {
      await this.#fail(upload, error);
    }
  }

  async #fail(upload, error) {
    if (error.code === "NO_PERSON_FOUND") {
      this.#set(upload, "nobody", "No person was found in this picture, so it was not kept.");
      return;
    }
    if (error.status === 503 && upload.retries < MOST_RETRIES) {
      upload.retries += 1;
      this.#set(upload, "full", "The server is busy; trying again soon …");
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfter ?? upload.retries) * 1000));
      this.#set(upload, "waiting");
      return;
    }
    this.#set(upload, "failed", error.message);
  }
}
