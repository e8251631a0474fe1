// What can be done with the open ticket; head, keys, palette and barred field offer the same. What
// takes it out of one's hands can be undone for a moment.
import { Camera, Handset } from "../shared/icons-calls.js";
import { Done, Later, Swap, Undo } from "../shared/icons-pages.js";
import { nameOf } from "./people.js";
import { snooze } from "./snooze.js";

const UNDO_FOR = 5_000;

/** @typedef {{ asks: string, fits: (talk: any) => unknown, does: (model: any, talk: any) => unknown,
  Icon?: () => unknown, label?: string, main?: boolean, bare?: boolean }} Action */

// asks: what one has to be allowed; fits: when it is offered; does: what it does; bare: its icon says it all.
/** @type {Record<string, Action>} */
export const ACTIONS = {
  accept: {
    asks: "ticket:accept",
    fits: ({ view }) => view.status === "waiting" || view.status === "bot",
    does: (model, { id }) => model.accept(id),
    main: true,
  },
  takeOver: {
    asks: "ticket:transfer",
    label: "take",
    fits: ({ view, mine }) => view.status === "active" && !mine,
    does: (model, { id }) => model.takeOver(id),
  },
  callVoice: {
    asks: "call:start",
    Icon: Handset,
    bare: true,
    fits: ({ mine, view }) => mine && view.calls,
    does: (model, talk) => call(model, talk, false),
  },
  callVideo: {
    asks: "call:start",
    Icon: Camera,
    bare: true,
    fits: ({ mine, view }) => mine && view.calls,
    does: (model, talk) => call(model, talk, true),
  },
  transfer: {
    asks: "ticket:transfer",
    Icon: Swap,
    fits: ({ view }) => view.status === "active" || view.status === "waiting",
    does: (model) => model.set({ asking: { what: "transfer" } }),
  },
  giveBack: {
    asks: "ticket:return",
    Icon: Undo,
    fits: ({ mine }) => mine,
    does: (model, { id }) => giveBack(model, id),
  },
  snooze: {
    asks: "ticket:snooze",
    Icon: Later,
    bare: true,
    fits: ({ mine, view }) => mine && !view.snoozed_until,
    does: (model) => model.set({ asking: { what: "snooze" } }),
  },
  wake: {
    asks: "ticket:snooze",
    fits: ({ mine, view }) => mine && view.snoozed_until,
    does: (model, { id }) => snooze(model, id, null),
  },
  close: {
    asks: "ticket:close",
    Icon: Done,
    fits: ({ view }) => view.status && view.status !== "closed",
    does: (model, talk) => close(model, talk),
  },
  reopen: {
    asks: "ticket:reopen",
    fits: ({ view }) => view.status === "closed",
    does: (model, { id }) => model.act("ticket:reopen", { ticket_id: id }),
    main: true,
  },
};

/** @param {Action} action @param {any} talk */
export const isFitting = ({ asks, fits }, talk) => talk.model.may(asks) && fits(talk);

// What is offered for a ticket now, to who sits here.
/** @param {any} talk */
export const fittingActions = (talk) => Object.entries(ACTIONS).filter(([, action]) => isFitting(action, talk));

/** @param {string} name @param {any} model */
export function perform(name, model) {
  const { talk } = model;
  if (talk && isFitting(ACTIONS[name], talk)) ACTIONS[name].does(model, talk);
}

/** @param {any} model @param {any} talk @param {boolean} video */
const call = ({ phone }, { id, view }, video) => phone.start(id, view.customer_name, video);

/** @param {any} model @param {string} id */
async function giveBack(model, id) {
  const told = await model.act("ticket:return", { ticket_id: id });
  if (told) offer(model, model.t("doneGiveBack"), () => model.act("ticket:accept", { ticket_id: id }));
}

// Reopened it is ours; where it was nobody's it waits again.
/** @param {any} model @param {any} talk */
async function close(model, { id, mine, view }) {
  const { status, operator } = view;
  const told = await model.act("ticket:close", { ticket_id: id });
  if (!told) return;
  offer(model, model.t("doneClose"), async () => {
    const again = await model.act("ticket:reopen", { ticket_id: id });
    if (again && !mine) giveTo(model, { id }, status === "active" ? operator : null);
  });
}

/** @param {any} model @param {any} talk @param {any} colleague */
export async function transfer(model, { id, view }, colleague) {
  const { status, operator } = view;
  const told = await model.act("ticket:transfer", { ticket_id: id, operator: colleague.username });
  const said = model.t("transferred", { name: nameOf(colleague) });
  if (told) offer(model, said, () => giveTo(model, told.ticket, status === "active" ? operator : null));
}

// What gives a ticket to whoever had it; to the queue where that was nobody. Of a version only while it is at that:
// nothing is taken from somebody who has acted meanwhile.
/** @param {{ id: string, version?: number }} ticket @param {string | null} operator @returns {[string, object]} */
export const handing = ({ id: ticket_id, version }, operator) =>
  operator ? ["ticket:transfer", { ticket_id, version, operator }] : ["ticket:return", { ticket_id, version }];

/** @param {any} model @param {any} ticket @param {string | null} operator */
const giveTo = (model, ticket, operator) => model.act(...handing(ticket, operator));

/** @param {any} model @param {string} said @param {() => unknown} does */
function offer(model, said, does) {
  const act = { label: model.t("undo"), does, lasts: UNDO_FOR };
  model.toasts.say(said, "undo", act);
}

/** @param {any} model */
const lastDeed = ({ toasts }) => toasts.shown.findLast((/** @type {any} */ one) => one.kind === "undo");

/** @param {any} model */
export const canUndo = (model) => Boolean(lastDeed(model));

// By a key: the newest that can still be undone; where it is too late, that is said.
/** @param {any} model */
export function undo(model) {
  const last = lastDeed(model);
  if (!last) return void model.toasts.say(model.t("undoNothing"));
  model.toasts.drop(last.id);
  last.act.does();
}

// From the conversation to the list, and the focus with it.
/** @param {any} model @param {string} id */
export function focusList(model, id) {
  model.opened.close();
  requestAnimationFrame(() => {
    /** @type {HTMLElement | null} */
    const row = document.querySelector(`[data-ticket="${CSS.escape(id)}"]`);
    row?.focus();
  });
}
