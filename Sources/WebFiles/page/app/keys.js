// Which key was meant, on any keyboard.

/**
 * The character of a key event. A letter or digit of the Latin alphabet stands for its place on the keyboard where the
 * layout has another character there: a Greek or Cyrillic letter, or "à" where French keyboards want Shift for 0.
 */
export function keyOf({ key, code }) {
  if (key.length !== 1 || key <= "~") return key;
  return /^(?:Key|Digit)(.)$/.exec(code)?.[1].toLowerCase() ?? key;
}

/**
 * Whether a key goes with a modifier that makes a shortcut of it. Where keyboards need one for a bracket, it makes none:
 * AltGr, which Windows tells as Ctrl and Alt, or Option, which a Mac tells as Alt.
 */
export function isShortcut({ key, ctrlKey, altKey, metaKey }) {
  const isBracket = (key === "[" || key === "]") && altKey && !metaKey;
  return !isBracket && (ctrlKey || altKey || metaKey);
}
