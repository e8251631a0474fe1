// What the parts say that are fetched when they are needed.

// By name: see texts.js.
/** @type {Record<string, Record<string, () => Promise<{ TEXTS: Record<string, any> }>>>} */
const LOADERS = {
  acts: { ru: () => import("./texts-acts-ru.js"), en: () => import("./texts-acts-en.js") },
  before: { ru: () => import("./texts-before-ru.js"), en: () => import("./texts-before-en.js") },
  calls: { ru: () => import("./texts-calls-ru.js"), en: () => import("./texts-calls-en.js") },
  earlier: { ru: () => import("./texts-earlier-ru.js"), en: () => import("./texts-earlier-en.js") },
  emoji: { ru: () => import("./texts-emoji-ru.js"), en: () => import("./texts-emoji-en.js") },
  files: { ru: () => import("./texts-files-ru.js"), en: () => import("./texts-files-en.js") },
  reach: { ru: () => import("./texts-reach-ru.js"), en: () => import("./texts-reach-en.js") },
};

// The parts that were fetched: another language needs them, too.
/** @type {Set<string>} */
export const fetched = new Set();

/** @param {string} part @param {string} language */
export function loadTexts(part, language) {
  fetched.add(part);
  return LOADERS[part][language]();
}
