// The languages that the pages speak, and which of them is a reader's.
export const CATALOGS = ["ru", "en"];

// The first of what is wanted, best first, that is spoken here: "en" for "en-GB".
/** @param {...(string | undefined)} wanted */
export const pickLanguage = (...wanted) =>
  wanted.map((one) => `${one ?? ""}`.slice(0, 2).toLowerCase()).find((one) => CATALOGS.includes(one)) ?? CATALOGS[0];
