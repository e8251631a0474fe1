// The types that are taken, as people call them.
/** @import { Speaker } from "./types" */

// Names are the same everywhere, words begin with "kind" and are texts.
/** @type {[string, string][]} */
const NAMES = [
  ["image/jpeg", "JPEG"], ["image/png", "PNG"], ["image/gif", "GIF"], ["image/webp", "WebP"],
  ["image/*", "kindPictures"], ["audio/*", "kindSound"], ["video/*", "kindVideo"], ["text/plain", "kindText"],
  ["application/pdf", "PDF"], ["application/zip", "ZIP"], ["application/rtf", "RTF"],
  ["application/vnd.openxmlformats-officedocument.*", "Word, Excel, PowerPoint"],
  ["application/msword", "Word"], ["application/vnd.ms-excel", "Excel"],
  ["application/vnd.oasis.*", "OpenDocument"],
];

// What has no name here is told as it is.
/** @param {Speaker} t @param {string} types */
export function namesOf(t, types) {
  const known = new Map(NAMES);
  const named = types.split(" ").map((type) => known.get(type) ?? type);
  const words = named.flatMap((name) => (name.startsWith("kind") ? t(name) : name).split(", "));
  return [...new Set(words)].join(", ");
}
