// One backup in the list, and the words for how it went.

import { backupURL, checkBackup } from "./api.js";
import { element } from "./dom.js";
import { formatBytes, formatCount, formatSeconds, formatTime } from "./format.js";
import { showError } from "./toasts.js";

const PHASES = {
  rows: "Reading the poses",
  pictures: "Packing the pictures",
  dump: "Writing the database dump",
  proof: "Verifying: restoring and comparing",
  copy: "Copying the archive",
};

const VERDICTS = {
  proven: "verified",
  "proven with warnings": "verified, with warnings",
  shrunk: "verified, but much smaller than the best one that is kept",
  "in doubt": "verified, but in doubt",
};

export function phaseWords(run) {
  return PHASES[run.phase] ?? "Beginning";
}

export function verdictWords(run) {
  if (run.state === "failed") return `failed. ${run.message}`;
  return run.acceptedAt ? `${VERDICTS[run.verdict]}, accepted` : VERDICTS[run.verdict];
}

/** Whether a person should look at what the archive lacks. */
export function isInDoubt(run) {
  return run.doubts?.length > 0 && !run.acceptedAt;
}

export function backupRow(run) {
  return element(
    "tr",
    { class: run.state },
    element("td", {}, formatTime(run.finishedAt)),
    element("td", {}, run.file ?? "–"),
    element("td", {}, run.size === null ? "" : formatBytes(run.size)),
    element("td", {}, run.state === "failed" ? verdictWords(run) : details(run)),
    element("td", {}, run.file ? download(run) : ""),
  );
}

/** What of a proven run was compared: one of a repository reads the pictures that are new, and a share of the others. */
export function comparison({ file, counts }) {
  const poses = formatCount(counts.poses, "pose");
  const pictures = formatCount(counts.pictures, "picture");
  return /^\d{8}T\d{6}Z\.zip$/.test(file ?? "")
    ? `${poses} restored and compared; ${pictures} in the repository, the new ones read again`
    : `${poses} and ${pictures} restored and compared`;
}

function details(run) {
  const { counts, warnings } = run;
  const lines = [
    comparison(run),
    counts.lostPictures > 0 && `${formatCount(counts.lostPictures, "picture")} lost`,
    counts.damagedPictures > 0 && `${formatCount(counts.damagedPictures, "picture")} damaged`,
    counts.leftOut > 0 && `${formatCount(counts.leftOut, "picture")} deleted during the backup`,
    ...run.doubts,
    ...warnings,
    `Took ${formatSeconds((new Date(run.finishedAt) - new Date(run.startedAt)) / 1000)} on ${run.host}`,
  ].filter(Boolean);
  return element(
    "details",
    {},
    element("summary", {}, verdictWords(run)),
    element("ul", {}, ...lines.map((line) => element("li", {}, line)), element("li", {}, "SHA-256 ", element("code", {}, run.sha256))),
  );
}

/** A file that has gone, or lies on another machine, is told on the page instead of by a broken download. */
function download(run) {
  let isChecked = false;
  const link = element(
    "a",
    {
      class: "button",
      href: backupURL(run.id),
      download: run.file,
      "aria-label": `Download ${run.file}`,
      "data-needs": "own",
      onclick: async (event) => {
        if (isChecked) {
          isChecked = false;
          return;
        }
        event.preventDefault();
        try {
          await checkBackup(run.id);
          isChecked = true;
          link.click();
        } catch (error) {
          showError(error);
        }
      },
    },
    "Download",
  );
  return link;
}
