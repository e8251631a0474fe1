// A bar of tools for each message: under the pointer, with the focus, and under a finger that stays.
// Only that of one message is in the order of Tab; arrows lead from one message to the next.
/** @import { Act, Shown } from "./types" */
import { html, useEffect, useRef } from "../vendor/preact.js";
import { Pencil, Reply, Trash } from "./icons-acts.js";
import { arrows } from "./arrows.js";

/** @type {[Act, () => unknown][]} */
const TOOLS = [["reply", Reply], ["edit", Pencil], ["remove", Trash]];

// first: what else stands in it, before the others.
/** @param {{ acts: import("./acts.js").Acts, message: Shown, own: boolean, tab: number,
  first?: (message: Shown, tab: number) => unknown }} props */
export function Tools({ acts, message, own, tab, first }) {
  const bar = useRef();
  const { t } = acts;
  const held = acts.held === message.id;
  // The next touch elsewhere is for something else.
  useEffect(() => {
    if (!held) return undefined;
    const root = bar.current.getRootNode();
    /** @param {any} event */
    const onOutside = ({ target }) => bar.current?.contains(target) || acts.set({ held: "" });
    root.addEventListener("pointerdown", onOutside);
    return () => root.removeEventListener("pointerdown", onOutside);
  }, [held]);
  const fitting = TOOLS.filter(([what]) => acts.may(what, message, own));
  if (!fitting.length && !first) return null;
  return html`<div class="tools ${held ? "held" : ""}" role="toolbar" ref=${bar} onKeyDown=${onKeyDown}
      aria-label=${t("toolsOf", { name: message.sender_name })} onFocusIn=${() => acts.set({ current: message.id })}>
    ${first?.(message, tab)}
    ${fitting.map(([what, Icon]) => html`<button class="quiet" key=${what} tabindex=${tab} aria-label=${t(what)}
      title=${t(what)} onClick=${() => acts.begin(what, message)}><${Icon} /></button>`)}
  </div>`;
}

/** @type {Record<string, number>} */
const STEPS = { ArrowUp: -1, ArrowDown: 1 };

/** @param {any} event */
function onKeyDown(event) {
  const { currentTarget: bar, target, key } = event;
  if (target.closest(".quick") || arrows(event, { sideways: true })) return;
  if (key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    toField(bar);
  }
  if (!(key in STEPS) || event.altKey) return;
  event.preventDefault();
  const bars = [...bar.closest(".scroller").querySelectorAll(".tools")];
  const next = bars[bars.indexOf(bar) + STEPS[key]];
  if (!next) return;
  next.querySelector("button").focus();
  next.scrollIntoView({ block: "nearest" });
}

// Where one writes; where there is no such place now, the messages.
/** @param {Element} from */
export function toField(from) {
  const root = /** @type {ParentNode} */ (/** @type {unknown} */ (from.getRootNode()));
  const field = root.querySelector(".composer textarea") ?? root.querySelector(".scroller");
  field?.focus({ preventScroll: true });
}
