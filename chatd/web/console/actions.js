// What can be done with the open ticket; head, keys, palette and barred field offer the same. What
// takes it out of one's hands can be undone for a moment.
import { Done, Swap, Undo } from "../shared/icons-pages.js";
import { nameOf } from "./people.js";

const UNDO_FOR = 5_000;

/** @typedef {{ fits: (talk: any) => unknown, does: (desk: any, talk: any) => unknown, Icon?: () => unknown,
  label?: string, main?: boolean }} Action */

// fits: when it is offered; does: what it asks.
/** @type {Record<string, Action>} */
export const ACTIONS = {
  accept: {
    fits: ({ view }) => view.status === "waiting" || view.status === "bot",
    does: (desk, { id }) => desk.accept(id),
    main: true,
  },
  takeOver: {
    label: "take",
    fits: ({ view, mine }) => view.status === "active" && !mine,
    does: (desk, { id }) => desk.takeOver(id),
  },
  transfer: {
    Icon: Swap,
    fits: ({ view }) => view.status === "active" || view.status === "waiting",
    does: (desk) => desk.set({ asking: { what: "transfer" } }),
  },
  giveBack: {
    Icon: Undo,
    fits: ({ mine }) => mine,
    does: (desk, { id }) => giveBack(desk, id),
  },
  close: {
    Icon: Done,
    fits: ({ view }) => view.status && view.status !== "closed",
    does: (desk, talk) => close(desk, talk),
  },
  reopen: {
    fits: ({ view }) => view.status === "closed",
    does: (desk, { id }) => desk.act("ticket:reopen", { ticket_id: id }),
    main: true,
  },
};

/** @param {string} name @param {any} desk */
export function perform(name, desk) {
  const { talk } = desk;
  if (talk && ACTIONS[name].fits(talk)) ACTIONS[name].does(desk, talk);
}

/** @param {any} desk @param {string} id */
async function giveBack(desk, id) {
  const told = await desk.act("ticket:return", { ticket_id: id });
  if (told) offer(desk, desk.t("doneGiveBack"), () => desk.act("ticket:accept", { ticket_id: id }));
}

// Reopened it is ours; where it was nobody's it waits again.
/** @param {any} desk @param {any} talk */
async function close(desk, { id, mine, view }) {
  const { status, operator } = view;
  const told = await desk.act("ticket:close", { ticket_id: id });
  if (!told) return;
  offer(desk, desk.t("doneClose"), async () => {
    const again = await desk.act("ticket:reopen", { ticket_id: id });
    if (again && !mine) giveTo(desk, id, status === "active" ? operator : null);
  });
}

/** @param {any} desk @param {any} talk @param {any} colleague */
export async function transfer(desk, { id, view }, colleague) {
  const { status, operator } = view;
  const told = await desk.act("ticket:transfer", { ticket_id: id, operator: colleague.username });
  const said = desk.t("transferred", { name: nameOf(colleague) });
  if (told) offer(desk, said, () => giveTo(desk, id, status === "active" ? operator : null));
}

// To whoever had it; to the queue where that was nobody.
/** @param {any} desk @param {string} ticket_id @param {string | null} operator */
function giveTo(desk, ticket_id, operator) {
  if (!operator) return desk.act("ticket:return", { ticket_id });
  if (operator === desk.me.username) return desk.takeOver(ticket_id);
  return desk.act("ticket:transfer", { ticket_id, operator });
}

/** @param {any} desk @param {string} said @param {() => unknown} does */
function offer(desk, said, does) {
  const act = { label: desk.t("undo"), does, lasts: UNDO_FOR };
  desk.toasts.say(said, "undo", act);
}

// By a key: the newest that can still be undone.
/** @param {any} desk */
export function undo({ toasts }) {
  const last = toasts.shown.findLast((/** @type {any} */ one) => one.kind === "undo");
  if (!last) return;
  toasts.drop(last.id);
  last.act.does();
}

// From the conversation to the list, and the focus with it.
/** @param {any} desk @param {string} id */
export function back(desk, id) {
  desk.shut();
  requestAnimationFrame(() => {
    /** @type {HTMLElement | null} */
    const row = document.querySelector(`[data-ticket="${CSS.escape(id)}"]`);
    row?.focus();
  });
}
