// Values as a person reads them, in the page's language and the browser's time zone.

/** The reader's kind of English, else the one whose dates read the same nearly everywhere: "4 Dec 2026, 18:05". */
export function englishOf(languages) {
  return languages.find((language) => /^en\b/i.test(language)) ?? "en-GB";
}

const locale = englishOf(navigator.languages ?? []);
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });

/** An ISO time; adopted rows may have none. */
export function formatTime(iso) {
  return iso ? moment.format(new Date(iso)) : "date unknown";
}

const zoned = new Intl.DateTimeFormat(locale, {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});

/** With the reader's time zone, and what a clock in `zone` then shows where that is another time. */
export function formatTimeIn(iso, zone) {
  const time = new Date(iso);
  const here = zoned.format(time);
  if (!zone) return here;
  const clock = (timeZone) => new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone }).format(time);
  try {
    return clock(undefined) === clock(zone) ? here : `${here} (${clock(zone)} in ${zone}, the server’s time)`;
  } catch {
    // a zone that this browser does not know
    return here;
  }
}

export function formatDay(iso) {
  return iso ? day.format(new Date(iso)) : "date unknown";
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const AGES = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", Infinity],
];

/** How long ago: "3 hours ago", "yesterday". */
export function formatAge(iso) {
  let age = Math.max((Date.now() - new Date(iso)) / 1000, 0);
  for (const [unit, most] of AGES) {
    if (age < most) return relative.format(-Math.floor(age), unit);
    age /= most;
  }
  return "";
}

/** "8 s", "12 min". */
export function formatSeconds(seconds) {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

export function formatBytes(count) {
  if (!Number.isFinite(count)) return "";
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

export function formatPercent(share) {
  return `${Math.round(share * 100)} %`;
}

/** A file's own name and the folder that it was imported from, if any. */
export function splitName(name) {
  const at = name.lastIndexOf("/");
  // a name of folders alone stays as it is
  if (at < 0 || at === name.length - 1) return { base: name, folder: "" };
  return { base: name.slice(at + 1), folder: name.slice(0, at) || "/" };
}

/** "1 joint", "3 joints". */
export function formatCount(count, one, many = `${one}s`) {
  return `${count.toLocaleString(locale)} ${count === 1 ? one : many}`;
}
