// The emoji panel: fetched when it is first opened, and all there is of it lives in this page's
// memory; no inline style and no markup from strings, so that it opens under any page's policy.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { Search } from "./icons.js";
import { loadTexts } from "./more-texts.js";
import { sheet } from "./sheet.js";

/** @type {[number, string][]} */
const GROUPS = [[0, "😀"], [1, "👋"], [3, "🐱"], [4, "🍎"], [5, "🏠"], [6, "⚽"], [7, "💡"], [8, "❤️"], [9, "🏁"]];
// Newer ones are empty boxes on most screens.
const NEWEST = 15;
const COLUMNS = 8;
const FOUND = 80;

/** @param {string} language @param {any} root */
async function load(language, root) {
  const [{ TEXTS }, data, look] = await Promise.all([
    loadTexts("emoji", language),
    fetch(new URL(`../vendor/emoji/${language}.json`, import.meta.url)).then((answer) => answer.json()),
    sheet(new URL("../shared/emoji.css", import.meta.url)),
  ]);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, look];
  return { texts: TEXTS, all: data.filter((/** @type {any} */ one) => one.version <= NEWEST) };
}

// What was loaded, for each root (a page or a shadow) and language.
const loaded = new WeakMap();

/** @param {string} language @param {Node} root */
function loadOnce(language, root) {
  const known = loaded.get(root) ?? {};
  loaded.set(root, known);
  return (known[language] ??= load(language, root));
}

/** @param {any} one @returns {string[]} */
const wordsOf = (one) =>
  [one.annotation, ...(one.tags ?? []), ...(one.shortcodes ?? [])].map((word) => word.toLowerCase());

/** @param {any[]} all @param {string} text */
function search(all, text) {
  const starts = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (/** @type {any} */ one) => {
    const has = wordsOf(one).flatMap((word) => word.split(/[\s_]+/));
    return starts.every((start) => has.some((word) => word.startsWith(start)));
  };
  return all.filter(fits).slice(0, FOUND);
}

// pick(emoji) when one is chosen; close() when Escape is pressed.
/** @param {{ t: import("./types").Speaker, pick: (emoji: string) => void, close: () => void }} props */
export function EmojiPanel({ t, pick, close }) {
  const place = useRef();
  const [state, setState] = useState(/** @type {any} */ ({}));
  useEffect(() => {
    let gone = false;
    /** @param {object} what */
    const show = (what) => gone || setState(what);
    const root = place.current.getRootNode();
    loadOnce(t.language, root).then(
      (/** @type {object} */ ready) => show({ ready }),
      () => loaded.delete(root) && show({ failed: true }),
    );
    return () => (gone = true);
  }, []);
  /** @param {KeyboardEvent} event */
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  return html`<div class="emoji" ref=${place} onKeyDown=${escape}>
    ${state.ready && html`<${Picker} ...${state.ready} pick=${pick} />`}
    ${state.failed && html`<p role="alert">${t("emojiFailed")}</p>`}
  </div>`;
}

/** @param {{ texts: any, all: any[], pick: (emoji: string) => void }} props */
function Picker({ texts, all, pick }) {
  const [text, setText] = useState("");
  const [group, setGroup] = useState(0);
  const field = useRef();
  const grid = useRef();
  const shown = useMemo(
    () => (text.trim() ? search(all, text) : all.filter((one) => one.group === group)),
    [text, group],
  );
  useLayoutEffect(() => field.current.focus(), []);
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key === "Enter" && shown.length && text.trim()) pick(shown[0].emoji);
    else if (event.key === "ArrowDown") grid.current.querySelector("button")?.focus();
    else return;
    event.preventDefault();
  };
  return html`<div class="picker" role="group" aria-label=${texts.emoji}>
    <label class="seek"><${Search} /><input ref=${field} type="search" value=${text} placeholder=${texts.search}
      aria-label=${texts.search} onKeyDown=${onKeyDown}
      onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></label>
    ${!text.trim() && html`<div class="groups" role="group" aria-label=${texts.groups}>
      ${GROUPS.map(([number, sign]) => html`<button key=${number} aria-pressed=${number === group}
        aria-label=${texts[number]} title=${texts[number]} onClick=${() => setGroup(number)}>${sign}</button>`)}</div>`}
    <div class="grid" ref=${grid} role="group" aria-label=${text.trim() ? texts.found : texts[group]} key=${group}
      onKeyDown=${(/** @type {Event} */ event) => moveFocus(event, grid.current, field.current)}>
      ${shown.map((one, number) => html`<button key=${one.emoji} tabindex=${number ? -1 : 0}
        aria-label=${one.annotation}
        title=${one.annotation} onClick=${() => pick(one.emoji)}>${one.emoji}</button>`)}
    </div>
    <p class="none" role="status">${shown.length ? "" : texts.none}</p>
  </div>`;
}

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

// The arrows go about the grid; up from its first row back to the field.
/** @param {any} event @param {any} grid @param {HTMLElement} field */
function moveFocus(event, grid, field) {
  if (!(event.key in STEPS)) return;
  event.preventDefault();
  const buttons = [...grid.children];
  const to = buttons.indexOf(event.target) + STEPS[event.key];
  if (to < 0) field.focus();
  else buttons[Math.min(to, buttons.length - 1)].focus();
}
