// Which view belongs to the address. Views live behind the `#`, so that every address loads the same page.

const ROUTES = [
  { name: "gallery", pattern: /^\/?$/ },
  { name: "pose", pattern: /^\/poses\/([1-9][0-9]*)$/ },
  { name: "backups", pattern: /^\/backups$/ },
  { name: "access", pattern: /^\/access$/ },
  { name: "trash", pattern: /^\/trash$/ },
  { name: "audit", pattern: /^\/audit$/ },
  { name: "sign-in", pattern: /^\/sign-in\/([0-9a-f]{64})$/ },
];

let current = location.hash;
let mayLeave = async () => true;

/** `{name, id, code, query}`, `code` for a sign-in link; the name is `unknown` for an address that leads nowhere. */
export function parseRoute(hash) {
  const [path, words] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const query = new URLSearchParams(words);
  for (const { name, pattern } of ROUTES) {
    const match = pattern.exec(path);
    if (!match) continue;
    const isLink = name === "sign-in";
    return { name, id: match[1] && !isLink ? Number(match[1]) : null, code: isLink ? match[1] : null, query };
  }
  return { name: "unknown", id: null, code: null, query };
}

/** `guard` is asked before the present view is left; it may keep the reader there. */
export function guardLeaving(guard) {
  mayLeave = guard ?? (async () => true);
}

export function startRouter(show) {
  addEventListener("hashchange", async () => {
    if (location.hash === current) return;
    const wanted = location.hash;
    if (!(await mayLeave())) {
      // back to where the reader stays, without another entry in the history
      history.replaceState(null, "", current || "#/");
      return;
    }
    current = wanted;
    show(parseRoute(current));
  });
  show(parseRoute(current));
}

export function go(path) {
  location.hash = path;
}

/** Says in the address what the present view shows, without another entry in the history. */
export function replaceQuery(query) {
  const [path] = (location.hash || "#/").split("?");
  const wanted = withQuery(path, query);
  if (wanted === (location.hash || "#/")) return;
  current = wanted;
  history.replaceState(null, "", current);
}

/** `address` with the words of `query` behind it, where there are any. */
export function withQuery(address, query) {
  const words = query.toString();
  return words ? `${address}?${words}` : address;
}
