// One picture on its way to the server. XMLHttpRequest, because fetch does not tell how much was sent.

import { failure, noAnswer } from "./api.js";
import { askForKey } from "./session.js";

/** The server looks for as many people as it allows; the best one comes first. */
const MOST_PEOPLE = 10;

/** A name for an upload. What is sent again under it, after an answer that got lost, is stored once. */
export function uploadKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The poses found, or those that are stored of the same picture: `{ids, isKnown}`; `onProgress` hears the share that was
 * sent. Throws `APIError`.
 */
export async function uploadPicture(file, { key, evenIfKnown, onProgress }) {
  const once = () => send(file, { key, evenIfKnown, onProgress });
  try {
    return await once();
  } catch (error) {
    if (error.status === 401 && (await askForKey())) return once();
    throw error;
  }
}

function send(file, { key, evenIfKnown, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `api/extract-pose?maxPoses=${MOST_PEOPLE}${evenIfKnown ? "" : "&duplicate=skip"}`);
    request.setRequestHeader("Idempotency-Key", key);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.loaded < event.total) onProgress(event.loaded / event.total);
    });
    request.upload.addEventListener("load", () => onProgress(1));
    request.addEventListener("load", () => {
      const answer = request.response;
      const poses = answer?.data?.poses ?? [answer?.data];
      if (request.status === 201 && answer) resolve({ ids: poses.map((pose) => pose.id), isKnown: false });
      else if (request.status === 200 && answer?.data?.duplicate) resolve({ ids: poses.map((pose) => pose.id), isKnown: true });
      else reject(failure(request.status, answer, request.getResponseHeader("Retry-After")));
    });
    request.addEventListener("error", () => reject(noAnswer("The connection to the server was lost.")));
    const form = new FormData();
    form.append("image", file, file.name || "pasted.png");
    request.send(form);
  });
}
