// Sends pictures to the server, two at a time, and keeps what became of each.

import { uploadKey, uploadPicture } from "./upload-request.js";

const AT_ONCE = 2;
const MOST_RETRIES = 5;
/** Without a key, too slow, too often: what is refused for itself is refused again. */
const MAY_PASS = new Set([401, 403, 408, 409, 429]);

/**
 * A picture's way: `waiting` → `sending` → `searching` → `done`, `known` (it was there before), `nobody` (no person in
 * it) or `failed`; `full` while a busy server asked to be left alone for a moment.
 */
export class Upload {
  state = "waiting";
  /** How much of it was sent, 0…1. */
  progress = 0;
  message = "";
  poseIds = [];
  retries = 0;
  /** Whether the same picture may do better another time. */
  canRetry = false;
  /** Whether it failed because the server was away, and not because of what it is. */
  isStranded = false;
  key = uploadKey();
  /** Whether it is stored once more where it is known. */
  evenIfKnown;

  /** `fromCamera`: whether there may be another try with another picture. */
  constructor(file, { fromCamera = false } = {}) {
    this.file = file;
    this.fromCamera = fromCamera;
    // one that was just taken is new, whatever it looks like
    this.evenIfKnown = fromCamera;
    this.name = file.name || "Pasted picture";
    this.preview = URL.createObjectURL(file);
  }

  get isOver() {
    return this.state === "done" || this.state === "known" || this.isLost;
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

  add(files, options = {}) {
    for (const file of files) {
      const upload = new Upload(file, options);
      this.#uploads.push(upload);
      this.onChange(upload);
    }
    this.#startNext();
  }

  /** Sends those of `uploads` again that may do better now. */
  retry(uploads) {
    for (const upload of uploads.filter((one) => one.state === "failed" && one.canRetry)) {
      upload.retries = 0;
      upload.progress = 0;
      this.#set(upload, "waiting");
    }
    this.#startNext();
  }

  /** Stores a picture once more that was there before. */
  addAgain(upload) {
    upload.evenIfKnown = true;
    upload.key = uploadKey();
    upload.progress = 0;
    this.#set(upload, "waiting");
    this.#startNext();
  }

  /** For when the server is back. */
  retryStranded() {
    this.retry(this.#uploads.filter((upload) => upload.isStranded));
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
    upload.isStranded = false;
    this.#set(upload, "sending");
    try {
      const { key, evenIfKnown } = upload;
      const onProgress = (share) => {
        upload.progress = share;
        this.#set(upload, share < 1 ? "sending" : "searching");
      };
      const { ids, isKnown } = await uploadPicture(upload.file, { key, evenIfKnown, onProgress });
      upload.poseIds = ids;
      this.#set(upload, isKnown ? "known" : "done");
      if (isKnown) return;
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
    // 409: the server still works on what was sent before its connection broke
    const isBusy = error.status === 503 || (error.status === 409 && error.retryAfter !== null);
    if (isBusy && upload.retries < MOST_RETRIES) {
      upload.retries += 1;
      this.#set(upload, "full", "The server is busy; trying again soon …");
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfter ?? upload.retries) * 1000));
      this.#set(upload, "waiting");
      return;
    }
    upload.isStranded = error.isUnreachable || error.status === 503;
    upload.canRetry = upload.isStranded || MAY_PASS.has(error.status) || error.status >= 500;
    this.#set(upload, "failed", [error.message, adviceFor(upload.file, error)].filter(Boolean).join(" "));
  }
}

/** What to do with a picture of a kind that is not read. */
function adviceFor(file, error) {
  if (error.status !== 415 || !/\.hei[cf]$/i.test(file.name)) return "";
  return "On an iPhone, Settings › Camera › Formats › Most Compatible takes JPEG; on a Mac, Preview exports it as JPEG.";
}
