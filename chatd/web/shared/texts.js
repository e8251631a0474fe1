/** @import { Speaker } from "./types" */

// Everything that the pages say, Russian first; a site's own texts go before these.
import { pickLanguage } from "./languages.js";
import { asText } from "./sanitize.js";

// By name, so that what is built has the names of these in it, and not of every text that there is.
/** @typedef {Record<string, () => Promise<{ TEXTS?: object }>>} Loaders */
/** @type {Loaders} */
const LOADERS = { ru: () => import("./texts-ru.js"), en: () => import("./texts-en.js") };

// t(key, values): `{name}` is replaced; a text with plural forms is chosen by `values.n`.
// Only the reader's language is fetched; `page`: where a page has what it says beside that.
/** @param {any} language @param {{ own?: object, page?: Loaders }} more @returns {Promise<Speaker>} */
export async function speaker(language, { own = {}, page } = {}) {
  const code = pickLanguage(language);
  /** @type {{ TEXTS?: object }[]} */
  const [{ TEXTS }, more] = await Promise.all([LOADERS[code](), page ? page[code]() : {}]);
  return makeSpeaker(code, { ...TEXTS, ...more.TEXTS, ...own });
}

/** @param {string} code @param {Record<string, any>} catalog @returns {Speaker} */
function makeSpeaker(code, catalog) {
  const plural = new Intl.PluralRules(code);
  /** @param {string} key @param {Record<string, unknown>} values */
  const t = (key, values = {}) => {
    const found = catalog[key] ?? key;
    const form = plural.select(Number(asText(values.n)));
    const text = typeof found === "string" ? found : (found[form] ?? found.other ?? key);
    /** @type {(whole: string, name: string) => string} */
    const put = (whole, name) => asText(values[name] ?? whole);
    return text.replace(/\{(\w+)\}/g, put);
  };
  t.language = code;
  /** @param {object} more */
  t.add = (more) => Object.assign(catalog, { ...more, ...catalog });
  return t;
}
