// What is told from outside, of the kind that all views rely on; nothing here draws.
const DEEP =
  ("last_message sites tags texts rating team questions members mentions form answers targets attributes "
    + "invitations voice").split(" ");

/** @type {(value: unknown) => value is object} */
export const isObject = (value) => typeof value === "object" && value !== null;

// A value within a sentence.
/** @param {unknown} value */
export const asText = (value) => (isObject(value) ? "" : String(value ?? ""));

// A thing without the things in it that are where a word or a number should be; {} for what is none.
/** @type {(told: any) => Record<string, any>} */
export const flatObject = (told) =>
  Object.fromEntries(
    Object.entries(isObject(told) ? told : {}).filter(([name, value]) => !isObject(value) || DEEP.includes(name)),
  );
