// Builds elements. Text always becomes a text node, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element.
 *
 * `attributes`: `onclick` and its like take a function; `true` and `false` set and leave out; `null` leaves out.
 * Children that are `null` or `false` are left out.
 */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element; see `element`. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...present(children.flat()));
  return node;
}

/** Puts `children` in the place of what is there; `null` and `false` are left out. */
export function replaceContent(node, ...children) {
  node.replaceChildren(...present(children));
}

function present(children) {
  return children.filter((child) => child !== null && child !== undefined && child !== false);
}

/**
 * Does `work`, which may replace or hide what has the focus inside `container`. The focus then goes to what has the same
 * name there, or to `fallback`: on `body`, readers who use the keyboard would have to start over.
 */
export function keepingFocus(container, fallback, work) {
  const before = document.activeElement;
  const hadFocus = before !== container && container.contains(before);
  work();
  if (!hadFocus || (document.activeElement === before && isFocusable(before))) return;
  const again = [...container.querySelectorAll("a[href], button, summary")].find(
    (node) => nameOf(node) === nameOf(before) && isFocusable(node),
  );
  (again ?? fallback)?.focus({ preventScroll: !again });
}

function nameOf(node) {
  return node.getAttribute("aria-label") ?? node.textContent;
}

function isFocusable(node) {
  return node.isConnected && !node.disabled && !node.closest("[inert]") && node.getClientRects().length > 0;
}

/** Where the focus goes when what had it is gone and nothing took its place. */
export function focusMain() {
  document.getElementById("main")?.focus({ preventScroll: true });
}

/** A heading, a sentence, and what can be done about it: for places where there is nothing to show. */
export function emptyState(title, text, ...actions) {
  return element(
    "div",
    { class: "empty" },
    element("h2", {}, title),
    element("p", {}, text),
    actions.length > 0 && element("div", { class: "empty-actions" }, ...actions),
  );
}

/** A text for screen readers alone. */
export function hiddenText(text) {
  return element("span", { class: "visually-hidden" }, text);
}
