// Addresses, mail addresses and telephone numbers in a text, as a reader means them: without the full
// stop of the sentence, with the bracket that belongs to them, and none that names one host and leads
// to another. The cases are a table in tests/web/test_texts_of_messages.py.
/** @typedef {{ at: number, text: string, href: string }} Link */

// What turns the text around or cannot be seen is in no address; nor are quotes and full-width marks.
const END = "\\s<>\"`\\\\^|«»„“”‹›，。、；：？！（）「」『』《》〈〉【】\\p{Cf}\\p{Cc}";
// Who knows no other end knows these: an address without https:// in front is one by its last word.
const KNOWN = "com|net|org|info|biz|dev|app|io|ru|su|by|kz|ua|eu|de|fr|uk|shop|store|site|online|рф|рус|бел";
const WORD = "[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]*[\\p{L}\\p{N}])?";
const NAME = `(?:${WORD}\\.)+`;
const BEFORE = "(?<![\\p{L}\\p{N}_@/.:+-])";

// Each with what makes an address of it; null for what only looks like one.
/** @type {[string, (found: string) => string | null][]} */
const KINDS = [
  [`(?<![a-z0-9])https?://(?:(?![,;]https?://|\\]\\()[^${END}])+`, (found) => web(found)],
  [`(?<![\\p{L}\\p{N}_.+@-])(?:mailto:)?[\\p{L}\\p{N}_.+-]*[\\p{L}\\p{N}_+-]@${NAME}\\p{L}{2,}(?![\\p{L}\\p{N}_@-])`,
    (found) => `mailto:${found.replace(/^mailto:/i, "")}`],
  [`${BEFORE}(?:www\\.${NAME}\\p{L}{2,}|${NAME}(?:${KNOWN}))` +
    `(?![\\p{L}\\p{N}_@-]|\\.[\\p{L}\\p{N}])(?:[:/?#][^${END}]*)?`,
    (found) => web(`https://${found}`)],
  ["(?<![\\p{L}\\p{N}_/=.,+-])(?:\\+|8(?=[ (.\\u00a0-]*[3489]))(?:[ .\\u00a0-]?\\(?\\d\\)?){6,24}(?![\\p{L}\\p{N}_=/])",
    (found) => phone(found)],
];
const ANY = new RegExp(KINDS.map(([one]) => `(${one})`).join("|"), "giu");
const TRAILING = /[.,:;!?…*'’~&-]/;
/** @type {Record<string, string>} */
const OPENS = { ")": "(", "]": "[", "}": "{" };

/** @param {string} text @param {string} sign */
const count = (text, sign) => text.split(sign).length - 1;

// Without what belongs to the sentence around it.
/** @param {string} found @param {string} before */
function trimTail(found, before) {
  /** @type {Record<string, number>} */
  const more = {};
  for (const shut in OPENS) more[shut] = count(found, shut) - count(found, OPENS[shut]);
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1];
    const wrapped = last === "_" && before === "_";
    if (more[last] > 0) more[last] -= 1;
    else if (!wrapped && !TRAILING.test(last)) break;
  }
  return found.slice(0, end);
}

// A name before the host makes one host look like another.
/** @param {string} address */
function web(address) {
  if (!URL.canParse(address)) return null;
  const { username, password, hostname, href } = new URL(address);
  return username || password || !/^[[\p{L}\p{N}]/u.test(hostname) || !isHost(address) ? null : href;
}

/** @param {string} address */
const isHost = (address) => /^https?:\/\/[[\p{L}\p{N}][^/?#@]*(?:[/?#]|$)/iu.test(address);

// Eleven digits behind an eight, or from eight to fifteen behind a plus.
/** @param {string} found */
function phone(found) {
  const digits = found.replace(/\D/g, "");
  if (count(found, "(") !== count(found, ")")) return null;
  if (found[0] === "+") return digits.length >= 8 && digits.length <= 15 ? `tel:+${digits}` : null;
  return digits.length === 11 ? `tel:${digits}` : null;
}

/** @param {string} text @returns {Link[]} */
export function links(text) {
  const found = [];
  ANY.lastIndex = 0;
  for (let match = ANY.exec(text); match; match = ANY.exec(text)) {
    const kind = match.slice(1).findIndex((one) => one !== undefined);
    const one = trimTail(match[0], text[match.index - 1] ?? "");
    const href = one && KINDS[kind][1](one);
    if (href) found.push({ at: match.index, text: one, href });
    // What only looks like an address is none in part, either.
    if (href) ANY.lastIndex = match.index + one.length;
  }
  return found;
}
