// A message's text with what is more than words: marks, addresses, emoji that stand alone. What is very
// long is folded.
/** @import { Speaker } from "./types" */
import { html, useLayoutEffect, useReducer, useRef } from "../vendor/preact.js";
import { adoptSheet } from "./adopt-sheet.js";
import { asText, itemsOf } from "./fence.js";
import { linkAddresses, renderMarkdown, plainText } from "./markdown.js";
import { loadTexts } from "./more-texts.js";
import { sheet } from "./sheet.js";

const PICTURE =
  "(?:\\p{RI}\\p{RI}|[0-9#*]\\uFE0F?\\u20E3|(?![©®™0-9#*])\\p{Emoji}\\uFE0F?\\p{EMod}?)[\\u{E0020}-\\u{E007F}]*";
const PICTURES = new RegExp(`^(?:${PICTURE}(?:\\u200D${PICTURE})*\\s*){1,6}$`, "u");
const LINES = 30;
const LETTERS = 3_000;
// For so little more it is not folded.
const SPARE = 1.2;
// Which are unfolded, however often a list takes them out of the page and puts them back.
const unfolded = new Set();

// The beginning of a long text; code in it stays code.
/** @param {string} text */
function cutOff(text) {
  const start = text.split("\n", LINES).join("\n").slice(0, LETTERS).replace(/[\uD800-\uDBFF]$/, "");
  const open = start.split("```").length % 2 === 0;
  return `${start.trimEnd()}…${open ? "\n```" : ""}`;
}

/** @param {string} text */
const isLong = (text) => text.length > LETTERS * SPARE || text.split("\n").length > LINES * SPARE;

export { plainText };

/** @type {any} */
let look = null;

/** @param {Speaker} t */
export async function ready(t) {
  const [{ TEXTS }, sheets] = await Promise.all([
    loadTexts("acts", t.language),
    sheet(new URL("../shared/rich.css", import.meta.url)),
  ]);
  t.add(TEXTS);
  look = sheets;
}

/** @param {{ text: string, id?: string, meta?: any, t: Speaker }} props */
export function Rich({ text, id, meta, t }) {
  const [, again] = useReducer((n) => n + 1, 0);
  const place = useRef();
  useLayoutEffect(() => adoptSheet(place.current.getRootNode(), look), []);
  const long = id !== undefined && isLong(text);
  const shown = long && !unfolded.has(id) ? cutOff(text) : text;
  const toggleFold = () => {
    if (!unfolded.delete(id)) unfolded.add(id);
    again();
  };
  return html`<span ref=${place} class="text ${PICTURES.test(text) ? "pictures" : ""}"
    >${id === undefined ? linkAddresses(shown) : renderMarkdown(shown)}</span>${long && html`<button class="unfold"
      aria-expanded=${shown === text} onClick=${toggleFold}>${t(shown === text ? "fold" : "unfold")}</button>`}
    ${meta?.sources && html`<${Sources} sources=${meta.sources} t=${t} />`}`;
}

// What a bot's answer is from; only pages of the web are linked.
/** @param {{ sources: unknown, t: Speaker }} props */
const Sources = ({ sources, t }) => html`<span class="sources">${t("sources")}
  ${itemsOf(sources, "title").map(({ title, url }) => {
    const named = String(title);
    return /^https?:\/\//.test(asText(url))
      ? html`<a href=${url} title=${url} target="_blank" rel="noopener noreferrer nofollow">${named}</a>`
      : html`<span>${named}</span>`;
  })}</span>`;
