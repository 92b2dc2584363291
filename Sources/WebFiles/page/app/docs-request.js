// How a call is made with curl, made of the server's own description: what stands in capitals is the reader's to fill in.

/** What is asked for may be long; a file takes it then. In characters. */
const LONGEST_BODY = 120;

/** One command on several lines, for a POSIX shell. */
export function curl(read, path, method, item) {
  const call = item[method];
  const given = [...(item.parameters ?? []), ...(call.parameters ?? [])].map(read.resolve);
  const body = bodyOf(read, call.requestBody);
  const words = ["curl"];
  if (method !== (body ? "post" : "get")) words.push(`--request ${method.toUpperCase()}`);
  if (call.security?.length !== 0) words.push("--header 'X-API-Key: KEY'");
  for (const { name } of given.filter((one) => one.in === "header" && one.required)) words.push(`--header '${name}: VALUE'`);
  if (body) words.push(body);
  if (isFile(read, call.responses)) words.push("--remote-header-name --remote-name");
  return [...words, `'${addressOf(path, given)}'`].join(" \\\n  ");
}

/** With the examples of its parts, and those words of the query that a call can't do without. */
function addressOf(path, given) {
  const place = path.replace(/\{(\w+)\}/g, (_, name) => {
    const { example, schema } = given.find((one) => one.in === "path" && one.name === name) ?? {};
    return example ?? schema?.example ?? (schema?.type === "integer" ? 1 : name.toUpperCase());
  });
  // the page lies beside the API, perhaps below a path
  const base = location.href.replace(/docs\/?([?#].*)?$/, "");
  return new URL(place.replace(/^\//, ""), base).href;
}

function bodyOf(read, given) {
  const content = given?.content ?? {};
  if (content["multipart/form-data"]) return "--form image=@photo.jpg";
  const json = content["application/json"];
  // a call that does without has an example of it
  if (!json || !given.required) return null;
  const [named] = Object.values(json.examples ?? {});
  const text = JSON.stringify(named ? read.resolve(named).value : exampleOf(read, json.schema));
  return text.length > LONGEST_BODY ? "--json @FILE" : `--json '${text}'`;
}

/** Of what has to be there. */
function exampleOf(read, given) {
  const schema = read.resolve(given);
  const values = (schema.required ?? []).map((name) => {
    const { enum: words, examples } = read.resolve(schema.properties[name]);
    return [name, examples?.[0] ?? words?.[0] ?? name.toUpperCase()];
  });
  return Object.fromEntries(values);
}

/** Whether what is answered is no text to be read at once. */
function isFile(read, responses) {
  const { content } = read.resolve(responses["200"] ?? responses["201"] ?? {});
  return Object.keys(content ?? {}).some((type) => !/^(application\/json|text\/)/.test(type));
}
