// The hook that a page has for calls: what they take is fetched with the first one.
/** @import { Calls, Caller } from "./calls.js" */
/** @import { Call } from "./protocol" */
import { adoptSheet } from "./adopt-sheet.js";
import { loadTexts } from "./more-texts.js";
import { sheet } from "./sheet.js";

// Those that a greeting tells of.
/** @param {unknown} told @returns {Call[]} */
const callsOf = (told) => (Array.isArray(told) ? told.filter((one) => Array.isArray(one?.participants)) : []);

// known: what rings already.
/** @param {Caller} page @param {unknown} [known] */
export function connectPhone(page, known) {
  /** @type {Promise<Calls | null> | null} */
  let loading = null;
  /** @type {Calls | null} */
  let there = null;
  const load = () =>
    (loading ??= import("./call-window.js")
      .then((part) => part.prepare(page))
      .then((calls) => (there = calls))
      .catch(() => (loading = null)));
  /** @param {Call} call */
  const hear = async (call) => {
    if (there) there.hear(call);
    else if (call.state === "ringing") (await load())?.hear(call);
  };
  const offs = [
    page.connection.on("call:update", ({ call }) => hear(call)),
    page.connection.on("welcome", (/** @type {any} */ { calls }) => {
      const open = callsOf(calls);
      open.forEach(hear);
      queueMicrotask(() => there?.resume(open));
    }),
  ];
  callsOf(known).forEach(hear);
  return {
    /** @param {string} dialog_id @param {string} name @param {boolean} video */
    async start(dialog_id, name, video) {
      const calls = await load();
      await calls?.start(dialog_id, name, video ? ["audio", "video"] : ["audio"]);
    },
    end() {
      for (const off of offs) off();
      there?.leave();
    },
  };
}

// The words of calls, and the looks of what stays of one in a conversation.
/** @param {Pick<Caller, "t" | "root">} page */
export async function prepareCalls({ t, root }) {
  const [{ TEXTS }, look] = await Promise.all([
    loadTexts("calls", t.language),
    sheet(new URL("../shared/calls.css", import.meta.url)),
  ]);
  t.add(TEXTS);
  adoptSheet(root, look);
}
