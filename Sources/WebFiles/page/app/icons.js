// Line icons on a 24×24 grid, drawn for this page.

import { svg } from "./dom.js";

const PATHS = {
  add: "M12 5v14M5 12h14",
  camera: "M4 8h3l1.6-2.5h6.8L17 8h3v11H4zM12 16.6a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8",
  picture: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9.5v.1",
  turn: "M4 9h3l1.6-2.5h6.8L17 9h3v10H4zM9 14a3 3 0 0 1 5.5-1.6M15 14a3 3 0 0 1-5.5 1.6",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.3 15.3 20 20",
  back: "M14.5 5.5 8 12l6.5 6.5",
  next: "M9.5 5.5 16 12l-6.5 6.5",
  up: "M5.5 15 12 8.5 18.5 15",
  down: "M5.5 9 12 15.5 18.5 9",
  close: "M6 6l12 12M18 6 6 18",
  undo: "M8.5 5 4 9.5 8.5 14M4 9.5h9.5a5.5 5.5 0 0 1 0 11H9",
  redo: "M15.5 5 20 9.5 15.5 14M20 9.5h-9.5a5.5 5.5 0 0 0 0 11H15",
  zoomIn: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.3 15.3 20 20M10.5 7.8v5.4M7.8 10.5h5.4",
  zoomOut: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.3 15.3 20 20M7.8 10.5h5.4",
  hide: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 20 20 4",
  ghost: "M12 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4M12 9v1.5M12 12.5v1.5M7.5 10l1.5-.5M15 9.5l1.5.5M10.8 16.5 10 18M9.2 20l-.7 1.5M13.2 16.5 14 18M14.8 20l.7 1.5",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  download: "M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l1 12.5h8L17 7M10.5 10.5v5.5M13.5 10.5v5.5",
  revert: "M5 5v5h5M5.4 10A7.5 7.5 0 1 1 4.5 14M12 9v4l2.6 1.8",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 6v12M15.5 6v12",
  pencil: "M5 19l.8-3.8L15.5 5.5l3 3-9.7 9.7zM13.5 7.5l3 3",
  people: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M3.5 19c0-3.3 2.4-5 5.5-5s5.5 1.7 5.5 5M15.5 5.3a3 3 0 0 1 0 5.4M17 14.4c2.1.6 3.5 2.2 3.5 4.6",
  check: "M5 12.5 10 17.5 19.5 7",
  warning: "M12 4.5 2.8 20h18.4zM12 10v5M12 17.3v.2",
  filter: "M4 7h16M7 12h10M10 17h4",
  keyboard: "M3.5 7h17v10h-17zM7 10.3v.1M10.3 10.3v.1M13.7 10.3v.1M17 10.3v.1M8.5 13.8h7",
};

/** An icon that says nothing to screen readers: what carries it needs a text. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}
