// Where the window of a call stands: dragged by its head or moved by the arrow keys, never out of the page; until
// the page is left it stays there.
/** @import { Calls } from "./calls.js" @import { Speaker } from "./types" */
import { html, useEffect } from "../vendor/preact.js";

const EDGE = 8;
const STEP = 24;
/** @type {Record<string, [number, number]>} */
const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
const OWN = "button:not(.grip), select, input, a, .part, .recording, .trouble";

/** @param {number} by @param {number} least @param {number} most */
const within = (by, least, most) => Math.max(least, Math.min(most, by));

// So far from where it would stand.
/** @param {HTMLElement} box @param {Calls} calls @param {number} x @param {number} y */
function place(box, calls, x, y) {
  const { left, top, width, height } = box.getBoundingClientRect();
  // It fills the page.
  if (document.fullscreenElement || width >= innerWidth) return;
  const [atX, atY] = [left - calls.moved.x, top - calls.moved.y];
  calls.moved = {
    x: within(x, EDGE - atX, innerWidth - EDGE - width - atX),
    y: within(y, EDGE - atY, innerHeight - EDGE - height - atY),
  };
  box.style.translate = `${calls.moved.x}px ${calls.moved.y}px`;
}

/** @param {any} box @param {Calls} calls */
export function usePlace(box, calls) {
  useEffect(() => {
    const { current } = box;
    const { moved } = calls;
    calls.moved = { x: 0, y: 0 };
    const keep = () => place(current, calls, calls.moved.x, calls.moved.y);
    place(current, calls, moved.x, moved.y);
    /** @type {{ x: number, y: number } | null} */
    let from = null;
    // A finger drags by the handle alone: elsewhere it scrolls.
    /** @param {any} event */
    const take = ({ target, button, pointerType, pointerId, clientX, clientY }) => {
      if (button || target.closest(OWN) || (pointerType === "touch" && !target.closest(".grip"))) return;
      from = { x: clientX - calls.moved.x, y: clientY - calls.moved.y };
      current.setPointerCapture(pointerId);
    };
    /** @param {PointerEvent} event */
    const drag = ({ clientX, clientY }) => from && place(current, calls, clientX - from.x, clientY - from.y);
    const drop = () => void (from = null);
    const sizes = new ResizeObserver(keep);
    sizes.observe(current);
    addEventListener("resize", keep);
    current.addEventListener("pointerdown", take);
    current.addEventListener("pointermove", drag);
    for (const end of ["pointerup", "pointercancel"]) current.addEventListener(end, drop);
    return () => {
      sizes.disconnect();
      removeEventListener("resize", keep);
    };
  }, []);
}

/** @param {{ box: any, calls: Calls, t: Speaker }} props */
export function Grip({ box, calls, t }) {
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const by = KEYS[event.key];
    if (!by) return;
    event.preventDefault();
    place(box.current, calls, calls.moved.x + by[0], calls.moved.y + by[1]);
  };
  return html`<button class="grip" aria-label=${t("callMove")} title=${t("callMove")} onKeyDown=${press}></button>`;
}
