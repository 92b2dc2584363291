// What the reference says of a value's form.

import { element } from "./dom.js";

/** Where a named form is described on the page. */
export function anchor(name) {
  return `form-${name}`;
}

/** Follows references in an OpenAPI description. */
export class Reader {
  constructor(description) {
    this.description = description;
    this.resolve = this.resolve.bind(this);
  }

  resolve(given) {
    if (!given.$ref) return given;
    return given.$ref.slice(2).split("/").reduce((node, key) => node[key], this.description);
  }

  /** The named fields of an object, those of its parts included: `{name, schema, isRequired}`. */
  fields(given) {
    const schema = this.resolve(given);
    const own = Object.entries(schema.properties ?? {}).map(([name, field]) => ({
      name,
      schema: field,
      isRequired: schema.required?.includes(name) ?? false,
    }));
    return [...(schema.allOf ?? []).flatMap((part) => this.fields(part)), ...own];
  }
}

/** A value's form in a few words and links, as children of an element. */
export function typeOf(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return [element("a", { href: `#${anchor(name)}` }, name)];
  }
  if (schema.const !== undefined) return [element("code", {}, JSON.stringify(schema.const))];
  if (schema.enum) return joined(schema.enum.map((value) => [element("code", {}, String(value))]), ", ");
  if (schema.anyOf) return joined(schema.anyOf.map(typeOf), " or ");
  if (schema.allOf) return joined(schema.allOf.map(typeOf), " and ");
  if (schema.items) return [...typeNames(schema), count(schema), ", each ", ...typeOf(schema.items)];
  if (schema.properties) return object(schema.properties);
  return [...typeNames(schema), ...limits(schema)];
}

function object(properties) {
  const fields = Object.entries(properties).map(([name, field]) => [element("code", {}, name), ": ", ...typeOf(field)]);
  return ["{", ...joined(fields, ", "), "}"];
}

function typeNames(schema) {
  if (schema.contentMediaType) return ["bytes"];
  return [[schema.type ?? "anything"].flat().join(" or ")];
}

function count({ minItems, maxItems }) {
  if (maxItems === undefined) return "";
  return minItems === maxItems ? ` of ${minItems}` : ` of ${minItems ?? 0}…${maxItems}`;
}

/** Limits that are there because of how numbers are kept are no news to a reader. */
function limits({ minimum, maximum, pattern, format, default: preset }) {
  const isShown = (limit) => limit !== undefined && Math.abs(limit) < 1e15;
  const words = [];
  if (isShown(minimum) && isShown(maximum)) words.push(`, ${minimum}…${maximum}`);
  else if (isShown(minimum)) words.push(`, at least ${minimum}`);
  if (format) words.push(`, ${format}`);
  else if (pattern) words.push(", ", element("code", {}, pattern));
  if (preset !== undefined) words.push(`, by default ${preset}`);
  return words;
}

function joined(parts, separator) {
  return parts.flatMap((part, index) => (index > 0 ? [separator, ...part] : part));
}
