// The server's API: one function for each call that the page makes.

/** A call that failed; `message` is for a person. */
export class APIError extends Error {
  /** `status` is 0 when the server did not answer at all. */
  constructor(message, { status = 0, code = "UNREACHABLE", retryAfter = null } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    /** In seconds, where the server gave one. */
    this.retryAfter = retryAfter;
  }

  get isUnreachable() {
    return this.status === 0;
  }
}

const listeners = { unreachable: () => {}, unavailable: () => {}, unauthorized: async () => false };

/**
 * `unreachable` is called whenever the server did not answer, `unavailable` when it said that it can't at present;
 * `unauthorized` asks for the key and tells whether the call may be tried again.
 */
export function onTrouble(handlers) {
  Object.assign(listeners, handlers);
}

/** The JSON of a successful answer, with its headers. Throws `APIError`. */
async function call(method, path, { headers = {}, body, signal, keepalive } = {}) {
  let response;
  try {
    response = await fetch(path, { method, headers, body, signal, keepalive, cache: "no-cache" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw noAnswer();
  }
  const answer = await readAnswer(response);
  if (response.ok && answer) return { answer, headers: response.headers };
  if (response.status === 401 && path !== "api/session" && (await listeners.unauthorized())) {
    return call(method, path, { headers, body, signal, keepalive });
  }
  if (response.status === 503) listeners.unavailable();
  throw failure(response.status, answer, response.headers.get("Retry-After"));
}

/** The answer's JSON; null where it is none. A call that is given up, or cut off, while its answer is read has none. */
async function readAnswer(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error instanceof SyntaxError) return null;
    throw noAnswer();
  }
}

/** The error for a call that got no answer, which those who watch the server hear of. */
export function noAnswer(message = "The server does not answer.") {
  listeners.unreachable();
  return new APIError(message);
}

/** The error for an answer that is not a success. */
export function failure(status, answer, retryAfter) {
  // the API's own words are for who writes programs
  const words = status === 401 ? "This needs the server’s API key." : answer?.message;
  return new APIError(words ?? `The server answered ${status}, without a word on why.`, {
    status,
    code: answer?.error?.code ?? `HTTP_${status}`,
    retryAfter: Number(retryAfter) || null,
  });
}

function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

/** The most people that can be asked for in one picture. */
const MOST_PEOPLE = 100;

/** What a list shows of each pose, and what one pose is shown with. */
const BRIEF = "details,corrected";
const WHOLE = "details,world,corrected,detection";

/** The newest poses, or those behind the id `after`: `{poses, total, next}`. */
export async function listPoses({ after = null, limit, filter = {}, signal }) {
  const { answer } = await call("GET", `api/poses${query({ after, limit, include: BRIEF, ...filter })}`, { signal });
  const { poses, pagination } = answer.data;
  const last = poses.at(-1)?.id ?? null;
  const isLast = pagination.next === null || poses.length < limit;
  return { poses, total: pagination.total ?? null, next: isLast ? null : last };
}

/** The poses of one page, of which the first has number 1: `{poses, total, next}`. */
export async function listPage({ page, limit, filter = {}, signal }) {
  const { answer } = await call("GET", `api/poses${query({ page, limit, include: BRIEF, ...filter })}`, { signal });
  const { poses, pagination } = answer.data;
  return { poses, total: pagination.total, next: page < pagination.totalPages ? poses.at(-1)?.id ?? null : null };
}

/** The pose and the tag that a change has to name. */
export async function getPose(id) {
  const { answer, headers } = await call("GET", `api/poses/${id}${query({ include: WHOLE })}`);
  return { pose: answer.data, tag: headers.get("ETag") };
}

export async function savePose(id, keypoints, tag) {
  const { answer, headers } = await call("PUT", `api/poses/${id}${query({ include: WHOLE })}`, {
    headers: { "Content-Type": "application/json", "If-Match": tag },
    body: JSON.stringify({ keypoints }),
  });
  return { pose: answer.data, tag: headers.get("ETag") };
}

export async function revertPose(id, tag) {
  const { answer, headers } = await call("POST", `api/poses/${id}/revert${query({ include: WHOLE })}`, {
    headers: { "If-Match": tag },
  });
  return { pose: answer.data, tag: headers.get("ETag") };
}

/** `keepalive` lets the call outlive the page. */
export async function deletePose(id, tag, { keepalive = false } = {}) {
  await call("DELETE", `api/poses/${id}`, { headers: tag ? { "If-Match": tag } : {}, keepalive });
}

/** What was deleted, the newest first, or what comes behind the id `after`, or of one `pose`: `{poses, pagination}`. */
export async function listTrash({ after = null, pose = null, limit }) {
  const { answer } = await call("GET", `api/trash${query({ after, pose, limit })}`);
  return answer.data;
}

export async function restoreFromTrash(id) {
  await call("POST", `api/trash/${encodeURIComponent(id)}/restore`);
}

export async function removeFromTrash(id) {
  await call("DELETE", `api/trash/${encodeURIComponent(id)}`);
}

/** Deletes all that is in it forever: `{removed}`. */
export async function emptyTrash() {
  const { answer } = await call("DELETE", "api/trash");
  return answer.data;
}

export function trashThumbnailURL(id, size) {
  return `api/trash/${encodeURIComponent(id)}/thumbnail?size=${size}`;
}

/** All poses of a picture, the best first. */
export async function peopleOf(imageId) {
  // an older program may have named its pictures by any text, which no list can be asked for
  if (!/^[0-9a-f]{24}$/i.test(imageId)) return [];
  const { poses } = await listPoses({ limit: MOST_PEOPLE, filter: { imageId } });
  return poses.reverse();
}

/** Poses as a file; `form` has its `format` (`jsonl`, `csv` or `coco`), whether it has the `images`, and the filters. */
export function exportURL(form) {
  return `api/poses/export${query(form)}`;
}

/** The longer side is at most `size` pixels. */
export function thumbnailURL(imageId, size) {
  return `api/images/${encodeURIComponent(imageId)}/thumbnail?size=${size}`;
}

/** The whole picture as the server turned it, its longer side at most `size` pixels. */
export function renditionURL(imageId, size) {
  return `api/images/${encodeURIComponent(imageId)}/rendition?size=${size}`;
}

/**
 * What to do about a thumbnail or rendition that failed to load: `original` where the server can't read the picture, but
 * the browser may; `again` where the server is busy; else `give up`. Elsewhere the original may stand in another way.
 */
export async function adviceFor(address) {
  const response = await fetch(address).catch(() => null);
  if (response?.status === 415) return "original";
  return response?.status === 503 || response?.ok ? "again" : "give up";
}

export function imageURL(imageId) {
  return `api/images/${encodeURIComponent(imageId)}`;
}

/** The picture with the skeletons of all its people. */
export function overlayURL(id) {
  return `api/poses/${id}/overlay?people=all`;
}

export function poseURL(id) {
  return `api/poses/${id}${query({ include: WHOLE })}`;
}

/** Trades the key for a cookie, so that pictures and downloads work too; answers as `getSession`. */
export async function openSession(key) {
  const { answer } = await call("POST", "api/session", {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ apiKey: key }),
  });
  return answer.data;
}

/** As `openSession`, with a sign-in link's code. */
export async function useLink(code) {
  const { answer } = await call("POST", "api/session", {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ link: code }),
  });
  return answer.data;
}

/** Whether a key is wanted, whether this browser has shown one, and what it may do: `{required, active, role}`. */
export async function getSession() {
  const { answer } = await call("GET", "api/session");
  return answer.data;
}

/** Ends the session, here and on the server. */
export async function closeSession() {
  await call("DELETE", "api/session");
}

/** Where somebody is signed in: with the same key, or for an owner with any. */
export async function listSessions() {
  const { answer } = await call("GET", "api/sessions");
  return answer.data.sessions;
}

export async function endSession(id) {
  await call("DELETE", `api/sessions/${encodeURIComponent(id)}`);
}

/** All keys, and whether API_KEY is set: `{keys, apiKey}`. */
export async function listKeys() {
  const { answer } = await call("GET", "api/keys");
  return answer.data;
}

/** Makes a key; the answer's `key` is seen this once. */
export async function addKey({ name, role, until }) {
  const { answer } = await call("POST", "api/keys", {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, role, until }),
  });
  return answer.data;
}

export async function revokeKey(id) {
  await call("DELETE", `api/keys/${encodeURIComponent(id)}`);
}

/** The newest entries of the audit trail, or those behind the id `after`: `{entries, chains, pagination}`. */
export async function listAudit({ after = null, limit, ...filter }) {
  const { answer } = await call("GET", `api/audit${query({ after, limit, ...filter })}`);
  return answer.data;
}

/** The same as a table, as many entries as the server gives at once. */
export function auditURL(filter) {
  return `api/audit${query({ format: "csv", limit: 1000, ...filter })}`;
}

/** The API's own description, in OpenAPI. */
export async function readDescription() {
  const { answer } = await call("GET", "api/openapi.json");
  return answer;
}

/** What the server says of itself, when its storage is down too. */
export async function getHealth() {
  const response = await fetch("api/health", { cache: "no-store" });
  return response.json();
}

/** The newest backups, `{backups, pagination, nextRun, lastProven, unsentMail, troubles}`. */
export async function listBackups({ limit }) {
  const { answer } = await call("GET", `api/backups${query({ limit })}`);
  return answer.data;
}

/** Starts a run and does not wait for its end. */
export async function startBackup() {
  const { answer } = await call("POST", "api/backup/trigger", { headers: { Prefer: "respond-async" } });
  return answer.data;
}

/** Says that what the run's archive lacks may be missing. */
export async function acceptBackup(id) {
  await call("POST", `api/backups/${encodeURIComponent(id)}/accept`);
}

export function backupURL(id) {
  return `api/backups/${encodeURIComponent(id)}/download`;
}

/** Throws `APIError` where the archive can't be had: it is gone, or lies on another machine. */
export async function checkBackup(id) {
  const response = await fetch(backupURL(id), { headers: { Range: "bytes=0-0" }, cache: "no-store" });
  if (!response.ok) throw failure(response.status, await response.json().catch(() => null));
}
