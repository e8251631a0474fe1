// A message's text as it is shown: a small part of Markdown (bold, italic, code, lists, links), and
// addresses. Everything stays text in elements of our own; what is code is kept to the letter.
import { html } from "../vendor/preact.js";
import { links } from "./links.js";

// A piece of a line: text, a thing, or a mark that may open or shut.
/** @typedef {string | object} Piece @typedef {{ mark: string, open: boolean, shut: boolean }} Mark */

const FENCE = /```(?:[\w+#.-]*\n)?([\s\S]+?)\n?```/;
const CODE = /(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)/g;
const NAMED = /\[([^[\]\n]+)\]\(([^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)/g;
const MARKS = /\*{1,3}|(?<!_)_(?!_)/g;
const OPENING = /^$|[\s([{«„“"'*_—–]/;
const SHUTTING = /^$|[\s)\]}»“”"'*_.,:;!?…—–]/;
const ITEM = /^ {0,3}(?:[-*•]|(\d{1,3})[.)])[ \t]+(?=\S)/;
const MOST = 100;
// So many characters the daemon tells of what was said last, of what is quoted, of a note.
const CUT_AT = [120, 140, 200];
const OPENERS = ["\n```", "``", "`", "***", "**", "*", "_"];
/** @type {Record<string, (inner: unknown) => object>} */
const LOOKS = {
  "*": (inner) => html`<em>${inner}</em>`,
  _: (inner) => html`<em>${inner}</em>`,
  "**": (inner) => html`<strong>${inner}</strong>`,
  "***": (inner) => html`<strong><em>${inner}</em></strong>`,
};

/** @param {string} href @param {unknown} text */
const anchor = (href, text) =>
  html`<a href=${href} title=${href} target="_blank" rel="noopener noreferrer nofollow">${text}</a>`;

// Splits the strings among pieces at what a pattern finds; make(match) is a piece, or null for none.
/** @param {Piece[]} pieces @param {RegExp} pattern @param {(match: any) => Piece | null} make @returns {Piece[]} */
const split = (pieces, pattern, make) =>
  pieces.flatMap((piece) => {
    if (typeof piece !== "string") return [piece];
    const found = [];
    let from = 0;
    for (const match of piece.matchAll(pattern)) {
      const made = make(match);
      if (made === null) continue;
      found.push(piece.slice(from, match.index), made);
      from = match.index + match[0].length;
    }
    return [...found, piece.slice(from)];
  });

// A name for an address is no other address.
/** @param {RegExpMatchArray} match */
function namedLink([, text, address]) {
  const [one] = links(address);
  return one?.text === address && !links(text).length ? anchor(one.href, text) : null;
}

/** @param {string} text @returns {Piece[]} */
export function linkAddresses(text) {
  const found = [];
  let from = 0;
  for (const one of links(text)) {
    found.push(text.slice(from, one.at), anchor(one.href, one.text));
    from = one.at + one.text.length;
  }
  return [...found, text.slice(from)];
}

/** @type {(pieces: any[]) => any[]} */
const splitMarks = (pieces) =>
  pieces.flatMap((piece, at) => {
    if (typeof piece !== "string") return [piece];
    const before = at > 0 ? "x" : "";
    const after = at + 1 < pieces.length ? "x" : "";
    return split([piece], MARKS, (match) => {
      const [mark] = match;
      const left = match.index ? piece[match.index - 1] : before;
      const right = piece[match.index + mark.length] ?? after;
      const open = OPENING.test(left) && /^\S/.test(right);
      const shut = /\S$/.test(left) && SHUTTING.test(right);
      return open || shut ? { mark, open, shut } : null;
    });
  });

/** @type {(one: any) => one is Mark} */
const isMark = (one) => typeof one?.mark === "string";
/** @param {any[]} inner */
const hasWords = (inner) =>
  inner.some((one) => (typeof one === "string" ? /[\p{L}\p{N}]/u.test(one) : !isMark(one)));
/** @param {any} one */
const asText = (one) => (isMark(one) ? one.mark : one);

// What is opened and shut becomes an element; what is only one of both stays a sign. So many signs as
// nobody writes for their own sake all stay signs.
/** @param {any[]} pieces */
function wrapMarks(pieces) {
  if (pieces.filter(isMark).length > MOST) return pieces.map(asText);
  /** @type {any[]} */
  const done = [];
  for (const piece of pieces) {
    const from = isMark(piece) && piece.shut
      ? done.findLastIndex((one) => isMark(one) && one.open && one.mark === piece.mark) : -1;
    const inner = from < 0 ? [] : done.slice(from + 1);
    if (hasWords(inner)) done.splice(from, done.length, LOOKS[piece.mark](inner.map(asText)));
    else done.push(piece);
  }
  return done.map(asText).filter((one) => one !== "");
}

/** @param {string} text */
function line(text) {
  const coded = split([text], CODE, ([, , code]) => html`<code>${code}</code>`);
  const named = split(coded, NAMED, namedLink);
  const linked = named.flatMap((one) => (typeof one === "string" ? linkAddresses(one) : [one]));
  return wrapMarks(splitMarks(linked));
}

// Lines that are items become a list; those between them stay as they are.
// alone: nothing else stands beside them.
/** @param {string} text @returns {any[]} */
function paragraphs(text, alone = false) {
  /** @type {{ kind: string, lines: string[], first?: string }[]} */
  const blocks = [];
  for (const one of text.split("\n")) {
    const item = ITEM.exec(one);
    const kind = !item ? "text" : item[1] ? "ol" : "ul";
    if (blocks.at(-1)?.kind !== kind) blocks.push({ kind, lines: [], first: item?.[1] });
    blocks.at(-1)?.lines.push(item ? one.slice(item[0].length) : one);
  }
  return blocks.map(({ kind, lines, first }) => {
    if (kind === "text" && alone && blocks.length === 1) return line(text);
    // Beside a list there is room enough.
    const words = lines.join("\n").replace(/^\n+|\n+$/g, "");
    if (kind === "text") return words && html`<p>${line(blocks.length > 1 ? words : text)}</p>`;
    return html`<${kind} start=${first}>${lines.map((one) => html`<li>${line(one)}</li>`)}</${kind}>`;
  });
}

/** @param {string} text @returns {any[]} */
export function renderMarkdown(text) {
  const drawn = [];
  let rest = text;
  for (let fence = FENCE.exec(rest); fence; fence = FENCE.exec(rest)) {
    const before = rest.slice(0, fence.index).replace(/\n$/, "");
    if (before.trim()) drawn.push(paragraphs(before));
    drawn.push(html`<pre><code>${fence[1]}</code></pre>`);
    rest = rest.slice(fence.index + fence[0].length).replace(/^\n/, "");
  }
  if (rest.trim()) drawn.push(paragraphs(rest, !drawn.length));
  return drawn;
}

/** @param {string} text */
const inWords = (text) => textOf(renderMarkdown(text)).replace(/\s+/g, " ").trim();

// The words alone, in one line: for lists, quotes and notifications. What is so long may have been cut
// in the midst of what a sign opened: then the sign is none of the words either.
/** @param {unknown} text @returns {string} */
export function plainText(text) {
  if (typeof text !== "string") return "";
  const words = inWords(text);
  if (!CUT_AT.includes(text.length) && !CUT_AT.includes([...text].length)) return words;
  for (const sign of OPENERS) {
    const shut = inWords(`${text.trimEnd()}${sign}`);
    if (shut.length < words.length) return shut;
  }
  return words;
}

const APART = new Set(["p", "li", "pre"]);
/** @param {any} drawn @returns {string} */
function textOf(drawn) {
  if (Array.isArray(drawn)) return drawn.map(textOf).join("");
  if (typeof drawn === "string") return drawn;
  return drawn ? `${textOf(drawn.props.children)}${APART.has(drawn.type) ? " " : ""}` : "";
}
