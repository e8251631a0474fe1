// Canned answers as they are offered: those of a ticket's site, with what is filled in.
import { asText, itemsOf } from "../shared/fence.js";
import { fetchAll } from "../shared/fetch-all.js";
import { nameOf } from "./people.js";

export const VARIABLES = ["customer", "operator", "ticket"];
// As the daemon tells them (chatd/domain/canned.py).
const VARIABLE = /\{([\p{L}\p{N}_]+)\}/gu;
const MOST = 50;

/** @param {string} text @returns {string[]} */
export const unknownIn = (text) =>
  [...text.matchAll(VARIABLE)].map(([, name]) => name).filter((name) => !VARIABLES.includes(name));

// Once: what is filled in is no variable.
/** @param {string} text @param {Record<string, string>} values */
export const fill = (text, values) => text.replace(VARIABLE, (all, name) => Object(values)[name] || all);

/** @param {any} model @param {any} ticket @returns {Record<string, string>} */
export const valuesOf = ({ me }, { id, customer_name }) => ({
  customer: asText(customer_name),
  operator: nameOf(me),
  ticket: asText(id),
});

// For a ticket of a site, filled in; of one name only the first: what the site says goes before what all say.
/** @param {any} model @param {any} ticket @returns {{ name: string, text: string, site: string }[]} */
export function answersFor(model, ticket) {
  const found = new Map();
  const values = valuesOf(model, ticket);
  const here = model.canned.filter((/** @type {any} */ { site }) => !site || site === ticket.site);
  for (const one of here.sort((/** @type {any} */ a, /** @type {any} */ b) => Number(!a.site) - Number(!b.site))) {
    const key = one.name.toLowerCase();
    if (!found.has(key)) found.set(key, { ...one, text: fill(one.text, values) });
  }
  return [...found.values()];
}

/** @param {any} one */
const isAnswer = ({ text, site }) => typeof text === "string" && typeof site === "string";

/** @param {any} model */
export async function fetchCanned(model) {
  if (!model.may("canned:list")) return;
  const { canned } = await fetchAll(model.connection, "canned:list", "canned");
  model.set({ canned: itemsOf(canned, "name").filter(isAnswer) });
}

// Those that fit what is typed, the best first.
/** @template {{ name: string, text: string }} T @param {T[]} answers @param {string} word @returns {T[]} */
export function matching(answers, word) {
  const sought = word.trim().toLowerCase();
  /** @param {T} one */
  const rankOf = ({ name }) => (name.toLowerCase().startsWith(sought) ? 0 : 1);
  return answers
    .filter(({ name, text }) => `${name} ${text}`.toLowerCase().includes(sought))
    .sort((a, b) => rankOf(a) - rankOf(b))
    .slice(0, MOST);
}
