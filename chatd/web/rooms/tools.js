// What can be done with a message, and which reactions it has.
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { Reply, Smile } from "../shared/icons.js";
import { Pencil, Trash } from "../shared/icons-pages.js";
import { arrows } from "../shared/modal.js";

const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

// The reactions under a message; a press adds one's own or takes it back.
export function Said({ message, visitor, t, acts }) {
  const found = Object.entries(message.reactions ?? {});
  if (!found.length || message.deleted_at) return null;
  const nameOf = (id) => (id === visitor.me ? t("you") : visitor.dialog.people.get(id)?.name);
  const names = (ids) => ids.map(nameOf).filter(Boolean).join(", ");
  const count = (emoji, ids) => message.reaction_counts?.[emoji] ?? ids.length;
  return html`<div class="reactions">${found.map(([emoji, ids]) =>
    html`<button key=${emoji} aria-pressed=${ids.includes(visitor.me)}
    aria-label=${t("reactions", { emoji, n: count(emoji, ids) })} title=${names(ids)}
      onClick=${() => acts.react(message, emoji)}>
    <span aria-hidden="true">${emoji}</span> <span aria-hidden="true">${count(emoji, ids)}</span></button>`)}</div>`;
}

// A bar for each message: shown on hover, on focus and to the touch. Only that of one message is in
// the order of Tab; arrows lead from one message to the next.
export function Tools({ message, own, t, acts }) {
  const [picking, setPicking] = useState(false);
  const opener = useRef();
  if (message.deleted_at || message.sender_type === "system") return null;
  const close = () => {
    setPicking(false);
    opener.current?.focus();
  };
  const react = (emoji) => {
    close();
    acts.react(message, emoji);
  };
  const chosen = acts.current ? acts.current === message.id : message.seq === acts.newest;
  const tab = chosen ? 0 : -1;
  const tool = (key, Icon, act) => html`<button class="quiet" tabindex=${tab} aria-label=${t(key)} title=${t(key)}
    onClick=${act}><${Icon} /></button>`;
  return html`<div class="tools ${picking ? "open" : ""} ${acts.current === message.id ? "current" : ""}" role="toolbar"
      aria-label=${t("toolsOf", { name: message.sender_name })} onKeyDown=${moved}
        onFocusIn=${() => acts.setCurrent(message.id)}>
    <button class="quiet" ref=${opener} tabindex=${tab} aria-label=${t("react")} title=${t("react")}
      aria-expanded=${picking} onClick=${() => setPicking(!picking)}><${Smile} /></button>
    ${tool("reply", Reply, () => acts.reply(message))}
    ${own && tool("edit", Pencil, () => acts.edit(message))}
    ${own && tool("remove", Trash, () => acts.remove(message))}
    ${picking && html`<${Quick} t=${t} react=${react} close=${close} whole=${() => {
      close();
      acts.choose(message);
    }} />`}
  </div>`;
}

function moved(event) {
  const { currentTarget: bar, target } = event;
  if (target.closest(".quick")) return;
  if (arrows(event, { sideways: true })) return;
  const steps = { ArrowUp: -1, ArrowDown: 1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const bars = [...bar.closest(".scroller").querySelectorAll(".tools")];
  const next = bars[bars.indexOf(bar) + steps[event.key]];
  if (!next) return;
  next.querySelector("button").focus();
  next.scrollIntoView({ block: "nearest" });
}

// Into the part of the list that can be seen.
function inside(box) {
  box.style.translate = "none";
  const [own, around] = [box, box.closest(".scroller")].map((one) => one.getBoundingClientRect());
  const right = Math.min(0, around.right - 8 - own.right);
  const left = Math.max(0, around.left + 8 - own.left);
  const up = own.bottom > around.bottom ? -own.height - 44 : 0;
  box.style.translate = `${right || left}px ${up}px`;
}

function Quick({ t, react, close, whole }) {
  const box = useRef();
  useLayoutEffect(() => {
    inside(box.current);
    box.current.querySelector("button").focus({ preventScroll: true });
    const outside = (event) => !box.current?.parentElement.contains(event.target) && close();
    const resized = () => box.current && inside(box.current);
    addEventListener("mousedown", outside);
    addEventListener("resize", resized);
    return () => {
      removeEventListener("mousedown", outside);
      removeEventListener("resize", resized);
    };
  }, []);
  const key = (event) => {
    if (event.key !== "Escape") return void arrows(event, { sideways: true });
    event.stopPropagation();
    close();
  };
  return html`<div class="quick" ref=${box} role="group" aria-label=${t("react")} onKeyDown=${key}>
    ${QUICK.map((emoji) => html`<button key=${emoji} aria-label=${t("reactWith", { emoji })}
      onClick=${() => react(emoji)}>${emoji}</button>`)}
    <button class="whole" aria-label=${t("allEmoji")} title=${t("allEmoji")} onClick=${whole}><${Smile} /></button>
  </div>`;
}
