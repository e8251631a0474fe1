// What can be done with the open ticket; the head, the keys and the barred field offer the same.
import { Done, Swap, Undo } from "../shared/icons-pages.js";

// fits: when it is offered; does: what it asks.
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
    does: (desk, { id }) => desk.act("ticket:return", { ticket_id: id }),
  },
  close: {
    Icon: Done,
    fits: ({ view }) => view.status && view.status !== "closed",
    does: (desk, { id }) => desk.act("ticket:close", { ticket_id: id }),
  },
  reopen: {
    fits: ({ view }) => view.status === "closed",
    does: (desk, { id }) => desk.act("ticket:reopen", { ticket_id: id }),
    main: true,
  },
};

export function perform(name, desk) {
  const { talk } = desk;
  if (talk && ACTIONS[name].fits(talk)) ACTIONS[name].does(desk, talk);
}

// From the conversation to the list, and the focus with it.
export function back(desk, id) {
  desk.shut();
  requestAnimationFrame(() => document.querySelector(`[data-ticket="${CSS.escape(id)}"]`)?.focus());
}
