// What is told, of the kind that all views rely on; without anything that draws.
const DEEP = ["last_message", "sites", "texts", "team", "questions"];

/** @type {(value: unknown) => value is object} */
export const isThing = (value) => typeof value === "object" && value !== null;

// A value within a sentence.
/** @param {unknown} value */
export const words = (value) => (isThing(value) ? "" : String(value ?? ""));

// A thing without the things in it that are where a word or a number should be; {} for what is none.
/** @type {(told: any) => Record<string, any>} */
export const plain = (told) =>
  Object.fromEntries(
    Object.entries(isThing(told) ? told : {}).filter(([name, value]) => !isThing(value) || DEEP.includes(name)),
  );
