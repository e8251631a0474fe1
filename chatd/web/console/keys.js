// The keys that work anywhere in the console, as a table; docs/console.md tells them, too.
// By the place of the key, not its letter: they work in a Russian layout as in a Latin one.
/** @import { Speaker } from "../shared/types" */
import { canUndo, focusList, perform, undo } from "./actions.js";
import { canDraft, canSumUp, draft, sumUp } from "./assist.js";
import { askBulk, markFitting } from "./marks.js";
import { WAITS } from "./tickets.js";

/** @param {any} model */
const isReading = ({ talk }) => talk;
/** @param {any} model */
const hasRows = ({ visible }) => visible.length;
/** @param {string} selector */
const focusOn = (selector) => document.querySelector(selector)?.focus();

// fits: when it does anything at all; where nothing is said, always.
/** @type {{ name: string, code: string, label: string, does: (model: any) => unknown,
  fits?: (model: any) => unknown }[]} */
export const KEYS = [
  { name: "next", code: "ArrowDown", label: "↓", does: (model) => model.opened.step(1), fits: hasRows },
  { name: "previous", code: "ArrowUp", label: "↑", does: (model) => model.opened.step(-1), fits: hasRows },
  { name: "search", code: "KeyS", label: "S", does: () => focusOn("#find") },
  { name: "found", code: "KeyF", label: "F", does: (model) => model.set({ asking: { what: "found" } }) },
  { name: "queue", code: "Digit1", label: "1", does: (model) => toTab(model, "queue") },
  { name: "mine", code: "Digit2", label: "2", does: (model) => toTab(model, "mine") },
  { name: "all", code: "Digit3", label: "3", does: (model) => toTab(model, "all") },
  { name: "closed", code: "Digit4", label: "4", does: (model) => toTab(model, "closed") },
  { name: "accept", code: "KeyA", label: "A", does: (model) => acceptFitting(model) },
  {
    name: "note",
    code: "KeyN",
    label: "N",
    does: (model) => model.talk?.setMode(model.talk.mode === "note" ? "reply" : "note"),
    fits: isReading,
  },
  { name: "draft", code: "KeyG", label: "G", does: (model) => draft(model), fits: canDraft },
  { name: "summary", code: "KeyM", label: "M", does: (model) => sumUp(model), fits: canSumUp },
  { name: "transfer", code: "KeyT", label: "T", does: (model) => perform("transfer", model) },
  { name: "giveBack", code: "KeyR", label: "R", does: (model) => perform("giveBack", model) },
  { name: "close", code: "KeyC", label: "C", does: (model) => perform("close", model) },
  { name: "reopen", code: "KeyO", label: "O", does: (model) => perform("reopen", model) },
  { name: "snooze", code: "KeyD", label: "D", does: (model) => putAsideOrBack(model) },
  { name: "views", code: "KeyV", label: "V", does: (model) => model.set({ asking: { what: "views" } }) },
  { name: "mark", code: "KeyX", label: "X", does: (model) => markFitting(model), fits: isReading },
  { name: "bulk", code: "KeyB", label: "B", does: (model) => askBulk(model), fits: ({ marked }) => marked.length },
  { name: "undo", code: "KeyZ", label: "Z", does: (model) => undo(model), fits: canUndo },
  {
    name: "details",
    code: "KeyI",
    label: "I",
    does: (model) => model.talk && model.set({ panel: !model.panel }),
    fits: isReading,
  },
  { name: "away", code: "KeyP", label: "P", does: (model) => model.setAway(!model.away) },
  { name: "list", code: "KeyL", label: "L", does: (model) => toList(model) },
  { name: "help", code: "Slash", label: "/", does: (model) => model.set({ asking: { what: "help" } }) },
];

const BY_NAME = Object.fromEntries(KEYS.map((key) => [key.name, key]));

/** @param {{ label: any }} props */
export const keyName = ({ label }) => `Alt+${label}`;

// What a control says of itself, with its key.
/** @param {Speaker} t @param {string} name */
export const hint = (t, name) => (BY_NAME[name] ? `${t(`key_${name}`)} (${keyName(BY_NAME[name])})` : t(name));

/** @param {any} event @param {any} model */
export function onKey(event, model) {
  if (event.key === "Escape" && !event.defaultPrevented && !model.asking) return onEscape(event, model);
  if (event.code === "KeyK" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    return model.asking || model.set({ asking: { what: "palette" } });
  }
  if (!event.altKey || event.ctrlKey || event.metaKey || model.asking) return undefined;
  const key = KEYS.find(({ code }) => code === event.code);
  if (!key) return undefined;
  event.preventDefault();
  return key.does(model);
}

// From the open conversation back to its row in the list.
/** @param {any} event @param {any} model */
function onEscape(event, model) {
  if (!model.talk) return;
  if (model.panel) model.set({ panel: false });
  else if (event.target.closest?.(".talk")) toList(model);
}

/** @param {any} model */
const putAsideOrBack = (model) => perform(model.talk?.view.snoozed_until ? "wake" : "snooze", model);

/** @param {any} model */
function toList(model) {
  const row = model.talk && document.querySelector(`[data-ticket="${CSS.escape(model.talk.id)}"]`);
  if (model.talk && matchMedia("(max-width: 719px)").matches) focusList(model, model.talk.id);
  else (row ?? document.querySelector(".ticket") ?? document.querySelector("#find"))?.focus();
}

/** @param {any} model @param {string} tab */
function toTab(model, tab) {
  model.show(tab);
  focusOn(`#tab-${tab}`);
}

// The open one if it can be taken, else whoever waits longest: but nobody, said once, where a colleague has just
// taken the open one.
/** @param {any} model */
function acceptFitting(model) {
  const { id, view } = model.talk ?? {};
  if (view?.missed) {
    view.missed = false;
    return void model.toasts.say(model.t("takenBy", { name: model.nameOf(view.operator) }), "alert");
  }
  return void model.accept(WAITS.has(view?.status) ? id : undefined);
}
