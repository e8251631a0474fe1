// What the page says of who is here, for the form that stands before the first word.
/** @import { Visit } from "./visit.js" */

/** @type {WeakMap<Visit, { name: string, email: string }>} */
export const KNOWN = new WeakMap();
