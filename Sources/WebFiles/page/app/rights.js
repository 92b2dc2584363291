// What the key that this browser has shown may do. The server decides; this only spares the reader what would be refused.

/** The roles that may, beside the owner. `data-needs` of an element names one of these: base.css hides it from others. */
const RIGHTS = {
  read: ["viewer", "editor"],
  add: ["uploader", "editor"],
  edit: ["editor"],
  export: ["editor"],
  backups: ["operator"],
  own: [],
};

const CHANGED = "posevault-role";
/** null where nobody is signed in: then the server is asked, and asks for a key. */
let role = null;

/** `right`: one of `read`, `add`, `edit`, `export`, `backups`, `own`. */
export function may(right) {
  return role === null || role === "owner" || RIGHTS[right].includes(role);
}

/** For sentences such as “Your key has the role viewer”. */
export function roleWords() {
  return `Your key has the role ${role}.`;
}

export function setRole(name) {
  if (name === role) return;
  role = name;
  document.body.dataset.lacks = Object.keys(RIGHTS).filter((right) => !may(right)).join(" ");
  dispatchEvent(new Event(CHANGED));
}

/** `listener` is called whenever it is another role. */
export function onRights(listener) {
  addEventListener(CHANGED, listener);
}
