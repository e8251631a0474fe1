// Reactions: which a message has, and the tool that adds one.
/** @import { Shown, Speaker } from "./types" @import { Talker } from "./talker.js" */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { arrows } from "./arrows.js";
import { Smile } from "./icons.js";

const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

// The reactions under a message; a press adds one's own or takes it back.
/** @param {{ message: Shown, page: Talker, t: Speaker }} props */
export function Said({ message, page, t }) {
  const found = Object.entries(message.reactions ?? {});
  if (!found.length || message.deleted_at) return null;
  /** @param {string} id */
  const nameOf = (id) => (id === page.me ? t("you") : page.nameOf(id));
  /** @param {string[]} ids */
  const names = (ids) => ids.map(nameOf).filter(Boolean).join(", ");
  /** @param {string} emoji @param {string[]} ids */
  const count = (emoji, ids) => message.reaction_counts?.[emoji] ?? ids.length;
  return html`<div class="reactions">${found.map(([emoji, ids]) =>
    html`<button key=${emoji} aria-pressed=${ids.includes(page.me)}
    aria-label=${t("reactions", { emoji, n: count(emoji, ids) })} title=${names(ids)}
      onClick=${() => page.react(message, emoji)}>
    <span aria-hidden="true">${emoji}</span> <span aria-hidden="true">${count(emoji, ids)}</span></button>`)}</div>`;
}

// The first tool of a message: a reaction, by a press or out of all emoji.
/** @param {{ message: Shown, tab: number, t: Speaker, page: Talker, choose: (message: Shown) => void }} props */
export function React({ message, tab, t, page, choose }) {
  const [picking, setPicking] = useState(false);
  const opener = useRef();
  const close = () => {
    setPicking(false);
    opener.current?.focus();
  };
  /** @param {string} emoji */
  const react = (emoji) => {
    close();
    page.react(message, emoji);
  };
  const showAll = () => {
    close();
    choose(message);
  };
  return html`<button class="quiet" ref=${opener} tabindex=${tab} aria-label=${t("react")} title=${t("react")}
      aria-expanded=${picking} onClick=${() => setPicking(!picking)}><${Smile} /></button>
    ${picking && html`<${Quick} ...${{ t, react, close, showAll }} />`}`;
}

// Into the part of the list that can be seen.
/** @param {HTMLElement} box */
function keepVisible(box) {
  box.style.translate = "none";
  const list = /** @type {Element} */ (box.closest(".scroller"));
  const [own, around] = [box, list].map((one) => one.getBoundingClientRect());
  const right = Math.min(0, around.right - 8 - own.right);
  const left = Math.max(0, around.left + 8 - own.left);
  const up = own.bottom > around.bottom ? -own.height - 44 : 0;
  box.style.translate = `${right || left}px ${up}px`;
}

/** @param {{ t: Speaker, react: (emoji: string) => void, close: () => void, showAll: () => void }} props */
function Quick({ t, react, close, showAll }) {
  const box = useRef();
  useLayoutEffect(() => {
    keepVisible(box.current);
    box.current.querySelector("button").focus({ preventScroll: true });
    /** @param {MouseEvent} event */
    const outside = (event) => !box.current?.parentElement.contains(event.target) && close();
    const onResize = () => box.current && keepVisible(box.current);
    addEventListener("mousedown", outside);
    addEventListener("resize", onResize);
    return () => {
      removeEventListener("mousedown", outside);
      removeEventListener("resize", onResize);
    };
  }, []);
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (event.key !== "Escape") return void arrows(event, { sideways: true });
    event.stopPropagation();
    close();
  };
  return html`<div class="quick" ref=${box} role="group" aria-label=${t("react")} onKeyDown=${key}>
    ${QUICK.map((emoji) => html`<button key=${emoji} aria-label=${t("reactWith", { emoji })}
      onClick=${() => react(emoji)}>${emoji}</button>`)}
    <button class="whole" aria-label=${t("allEmoji")} title=${t("allEmoji")} onClick=${showAll}><${Smile} /></button>
  </div>`;
}
