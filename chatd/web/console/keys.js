// The keys that work anywhere in the console, as a table; docs/console.md tells them, too.
// By the place of the key, not its letter: they work in a Russian layout as in a Latin one.
/** @import { Speaker } from "../shared/types" */
import { back, perform, undo } from "./actions.js";

/** @param {string} selector */
const focusOn = (selector) => document.querySelector(selector)?.focus();

/** @type {{ name: string, code: string, label: string, does: (desk: any) => unknown }[]} */
export const KEYS = [
  { name: "next", code: "ArrowDown", label: "↓", does: (desk) => desk.step(1) },
  { name: "previous", code: "ArrowUp", label: "↑", does: (desk) => desk.step(-1) },
  { name: "search", code: "KeyS", label: "S", does: () => focusOn("#find") },
  { name: "queue", code: "Digit1", label: "1", does: (desk) => toTab(desk, "queue") },
  { name: "mine", code: "Digit2", label: "2", does: (desk) => toTab(desk, "mine") },
  { name: "all", code: "Digit3", label: "3", does: (desk) => toTab(desk, "all") },
  { name: "closed", code: "Digit4", label: "4", does: (desk) => toTab(desk, "closed") },
  { name: "accept", code: "KeyA", label: "A", does: (desk) => acceptFitting(desk) },
  {
    name: "note",
    code: "KeyN",
    label: "N",
    does: (desk) => desk.talk?.setMode(desk.talk.mode === "note" ? "reply" : "note"),
  },
  { name: "transfer", code: "KeyT", label: "T", does: (desk) => perform("transfer", desk) },
  { name: "giveBack", code: "KeyR", label: "R", does: (desk) => perform("giveBack", desk) },
  { name: "close", code: "KeyC", label: "C", does: (desk) => perform("close", desk) },
  { name: "reopen", code: "KeyO", label: "O", does: (desk) => perform("reopen", desk) },
  { name: "undo", code: "KeyZ", label: "Z", does: (desk) => undo(desk) },
  { name: "details", code: "KeyI", label: "I", does: (desk) => desk.talk && desk.set({ panel: !desk.panel }) },
  { name: "away", code: "KeyP", label: "P", does: (desk) => desk.setAway(!desk.away) },
  { name: "list", code: "KeyL", label: "L", does: (desk) => toList(desk) },
  { name: "help", code: "Slash", label: "/", does: (desk) => desk.set({ asking: { what: "help" } }) },
];

const BY_NAME = Object.fromEntries(KEYS.map((key) => [key.name, key]));

/** @param {{ label: any }} props */
export const keyName = ({ label }) => `Alt+${label}`;

// What a control says of itself, with its key.
/** @param {Speaker} t @param {string} name */
export const hint = (t, name) => (BY_NAME[name] ? `${t(`key_${name}`)} (${keyName(BY_NAME[name])})` : t(name));

/** @param {any} event @param {any} desk */
export function pressed(event, desk) {
  if (event.key === "Escape" && !event.defaultPrevented && !desk.asking) return escaped(event, desk);
  if (event.code === "KeyK" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    return desk.asking || desk.set({ asking: { what: "palette" } });
  }
  if (!event.altKey || event.ctrlKey || event.metaKey || desk.asking) return undefined;
  const key = KEYS.find(({ code }) => code === event.code);
  if (!key) return undefined;
  event.preventDefault();
  return key.does(desk);
}

// From the open conversation back to its row in the list.
/** @param {any} event @param {any} desk */
function escaped(event, desk) {
  if (!desk.talk) return;
  if (desk.panel) desk.set({ panel: false });
  else if (event.target.closest?.(".talk")) toList(desk);
}

/** @param {any} desk */
function toList(desk) {
  const row = desk.talk && document.querySelector(`[data-ticket="${CSS.escape(desk.talk.id)}"]`);
  if (desk.talk && matchMedia("(max-width: 719px)").matches) back(desk, desk.talk.id);
  else (row ?? document.querySelector(".ticket") ?? document.querySelector("#find"))?.focus();
}

/** @param {any} desk @param {string} tab */
function toTab(desk, tab) {
  desk.show(tab);
  focusOn(`#tab-${tab}`);
}

// The open one if it can be taken, else whoever waits longest.
/** @param {any} desk */
function acceptFitting(desk) {
  const { status } = desk.talk?.view ?? {};
  desk.accept(status === "waiting" || status === "bot" ? desk.talk.id : undefined);
}
