// The API's reference, made of the server's own OpenAPI description.

import { onTrouble, readDescription } from "./api.js";
import { element, emptyState, replaceContent } from "./dom.js";
import { askForKey } from "./session.js";
import { curl } from "./docs-request.js";
import { anchor, Reader, typeOf } from "./docs-schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
/** What nearly every call may answer, and is said once. */
const EVERYWHERE = new Set(["400", "401", "403", "500", "503"]);

const main = document.getElementById("main");

/** A description's paragraphs; what stands between backticks is code. */
function prose(text) {
  return (text ?? "").split("\n\n").map((paragraph) => element("p", {}, ...inline(paragraph)));
}

function inline(text) {
  return (text ?? "").split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

/** `of` names what the table is about, so that one can tell it from others without seeing where it stands. */
function table(caption, of, heads, rows) {
  if (rows.length === 0) return null;
  return element(
    "div",
    { class: "docs-table", tabindex: "0", role: "region", "aria-label": `${caption}: ${of}` },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...rows),
    ),
  );
}

function row(name, ...cells) {
  return element("tr", {}, element("th", { scope: "row" }, ...name), ...cells.map((cell) => element("td", {}, ...cell)));
}

function parameters(read, of, given) {
  const rows = given.map(read.resolve).map((parameter) =>
    row(
      [element("code", {}, parameter.name)],
      [parameter.required ? `${parameter.in}, required` : parameter.in],
      typeOf(parameter.schema),
      inline(parameter.description),
    ),
  );
  return table("Parameters", of, ["Name", "In", "Value", "Meaning"], rows);
}

function forms(content) {
  return Object.entries(content ?? {}).flatMap(([type, { schema }], index) => [
    index > 0 && element("br"),
    element("code", {}, type),
    " ",
    ...typeOf(schema),
  ]);
}

function body(read, of, given) {
  if (!given) return null;
  const fields = Object.values(given.content).flatMap(({ schema }) => read.fields(schema));
  return [
    element("p", {}, element("strong", {}, given.required ? "Body" : "Body, if any"), " ", ...inline(given.description)),
    element("p", {}, ...forms(given.content).filter(Boolean)),
    fields.length > 0 && fieldTable(of, fields),
    ...Object.values(given.content).flatMap(({ examples }) => Object.values(examples ?? {}).map((one) => example(read.resolve(one)))),
  ].filter(Boolean);
}

/** Folded, for it may be long. */
function example({ summary, value }) {
  return element(
    "details",
    { class: "docs-example" },
    element("summary", {}, `Example: ${summary}`),
    element("pre", {}, element("code", {}, JSON.stringify(value, null, 1))),
  );
}

function fieldTable(of, fields) {
  return table(
    "Fields",
    of,
    ["Field", "Value", "Meaning"],
    fields.map(({ name, schema, isRequired }) =>
      row([element("code", {}, name), isRequired ? "" : " (optional)"], typeOf(schema), inline(schema.description)),
    ),
  );
}

/** The description's own words for a status that nearly every call has. */
function sharedFailure(description, status) {
  const all = Object.values(description.paths).flatMap((item) => METHODS.map((method) => item[method]?.responses[status]));
  return all.find((response) => response?.$ref);
}

/** What a call answers that is its own, and a line on what all calls have in common. */
function ownAnswers(read, of, given) {
  const isShared = ([status, response]) => EVERYWHERE.has(status) && response.$ref;
  const shared = Object.entries(given).filter(isShared).map(([status]) => status);
  const own = Object.fromEntries(Object.entries(given).filter((entry) => !isShared(entry)));
  return [
    answers(read, of, own),
    shared.length > 0 && element("p", { class: "hint" }, `Also ${shared.join(", ")}: see `, element("a", { href: "#failures" }, "failures"), "."),
  ];
}

function answers(read, of, given) {
  const rows = Object.entries(given).map(([status, response]) => {
    const { description, headers, content } = read.resolve(response);
    const names = Object.keys(headers ?? {}).flatMap((name) => [" ", element("code", {}, name)]);
    return row([status], [...inline(description)], forms(content).filter(Boolean), names);
  });
  return table("Answers", of, ["Status", "Meaning", "Body", "Headers"], rows);
}

function operation(read, path, method, item) {
  const call = item[method];
  return element(
    "article",
    { id: call.operationId, class: "panel" },
    element("h3", {}, element("a", { href: `#${call.operationId}` }, call.summary)),
    element("p", { class: "docs-call" }, element("span", { class: `docs-method ${method}` }, method.toUpperCase()), " ", element("code", {}, path)),
    ...prose(call.description),
    call.security?.length === 0 && element("p", { class: "hint" }, "No key needed."),
    element("pre", { class: "docs-request" }, element("code", {}, curl(read, path, method, item))),
    parameters(read, call.summary, [...(item.parameters ?? []), ...(call.parameters ?? [])]),
    ...(body(read, call.summary, call.requestBody) ?? []),
    ...ownAnswers(read, call.summary, call.responses),
  );
}

function schema(read, name, given) {
  const fields = read.fields(given);
  return element(
    "article",
    { id: anchor(name), class: "panel" },
    element("h3", {}, name),
    fields.length === 0 && element("p", {}, ...typeOf(given)),
    ...(given.description ? prose(given.description) : []),
    fields.length > 0 && fieldTable(name, fields),
  );
}

function show(description) {
  const read = new Reader(description);
  const calls = Object.entries(description.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ path, method, item, call: item[method] })),
  );
  const sections = description.tags.map((tag) => ({ ...tag, calls: calls.filter(({ call }) => call.tags.includes(tag.name)) }));
  const links = sections.map((section) =>
    element(
      "li",
      {},
      section.name,
      element("ul", {}, ...section.calls.map(({ call }) => element("li", {}, element("a", { href: `#${call.operationId}` }, call.summary)))),
    ),
  );
  replaceContent(
    main,
    element("nav", { class: "docs-links", "aria-label": "Calls" }, element("ul", {}, ...links, element("li", {}, element("a", { href: "#failures" }, "Failures")), element("li", {}, element("a", { href: "#schemas" }, "Schemas")))),
    element(
      "div",
      { class: "docs-text" },
      element("h1", {}, `${description.info.title} ${description.info.version}: the API`),
      ...prose(description.info.description),
      ...sections.flatMap((section) => [
        element("h2", {}, section.name),
        ...prose(section.description),
        ...section.calls.map(({ path, method, item }) => operation(read, path, method, item)),
      ]),
      element("h2", { id: "failures" }, "Failures"),
      element("p", {}, "Any call may answer these; each is told with a code for programs and a message for people."),
      answers(read, "every call", Object.fromEntries([...EVERYWHERE].map((status) => [status, sharedFailure(description, status)]))),
      element("h2", { id: "schemas" }, "Schemas"),
      ...Object.entries(description.components.schemas).map(([name, given]) => schema(read, name, given)),
    ),
  );
  // the browser looked for it before it was there
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

async function start() {
  try {
    show(await readDescription());
  } catch (error) {
    const again = element("button", { class: "primary", type: "button", onclick: start }, "Try again");
    replaceContent(main, emptyState("The description could not be read", error.message, again));
  }
}

onTrouble({ unauthorized: askForKey });
start();
