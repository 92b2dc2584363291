// What the gallery is searched by, as the page's address has it and as the API takes it.

/** In the address: words of a file's name, two days of the reader's as "2026-12-04", "true", the day to begin with. */
const NAMES = ["name", "from", "to", "corrected", "at"];

/** Those words of `query` that mean something here. */
export function knownWords(query) {
  return new URLSearchParams(NAMES.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])));
}

/** As the API takes them; days are the reader's, so their bounds are told as instants. */
export function filterOf(query) {
  const filter = {};
  const { name, from, to, corrected } = Object.fromEntries(knownWords(query));
  if (name) filter.fileName = name;
  if (isDay(from)) filter.from = edgeOfDay(from, 0, 0);
  if (isDay(to)) filter.to = edgeOfDay(to, 1, -1);
  if (corrected === "true") filter.corrected = "true";
  return filter;
}

/** The filter of what the list begins with, or what is older; null where it begins with the newest. */
export function filterUpTo(query) {
  const at = query.get("at");
  if (!isDay(at)) return null;
  const filter = filterOf(query);
  const end = edgeOfDay(at, 1, -1);
  return { ...filter, to: filter.to && filter.to < end ? filter.to : end };
}

/** Whether no day can be found. */
export function isUpsideDown(query) {
  const [from, to] = [query.get("from"), query.get("to")];
  return isDay(from) && isDay(to) && from > to;
}

function isDay(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") && !Number.isNaN(Date.parse(text));
}

/** The instant `days` and `seconds` after the beginning of a day where the reader is. */
function edgeOfDay(day, days, seconds) {
  const [year, month, date] = day.split("-").map(Number);
  const time = new Date(year, month - 1, date + days, 0, 0, seconds);
  return `${time.toISOString().slice(0, 19)}Z`;
}
