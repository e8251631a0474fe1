// Who else is writing in a dialog: what they write, or only that they do.
/** @import { Draft } from "./protocol" */
import { applyOps } from "./drafts.js";
import { itemsOf } from "./fence.js";

const TYPING_FOR = 6_000;

export class Writers {
  /** @type {Map<string, Draft & { caret?: number }>} */
  drafts = new Map();
  /** @type {Map<string, { name: string, timer: number }>} */
  typing = new Map();

  // dialog: whose writers they are; it knows who I am, and is told when it looks different.
  /** @param {import("./dialog.js").Dialog} dialog */
  constructor(dialog) {
    this.dialog = dialog;
  }

  /** @param {unknown} told */
  begin(told) {
    this.drafts = new Map(itemsOf(told, "participant_id").map((one) => [one.participant_id, { ...one }]));
    for (const id of [...this.typing.keys()]) this.#endTyping(id);
  }

  /** @param {string} id */
  writes(id) {
    return this.drafts.has(id) || this.typing.has(id);
  }

  /** @param {any} told */
  takeEdit({ participant_id, name, seq, ops, reset }) {
    if (typeof participant_id !== "string" || participant_id === this.dialog.me) return;
    const known = this.drafts.get(participant_id);
    if (reset == null && known && known.seq + 1 !== seq) return;
    const { text, caret } = applyOps(reset ?? known?.text ?? "", ops ?? [], known?.caret);
    if (text) this.drafts.set(participant_id, { participant_id, name, seq, text, caret });
    else this.drafts.delete(participant_id);
    this.dialog.notify();
  }

  /** @param {any} told @param {boolean} typing */
  types({ participant_id, name }, typing) {
    if (participant_id === this.dialog.me) return;
    this.#endTyping(participant_id);
    const over = () => this.forget(participant_id) || this.dialog.notify();
    if (typing) this.typing.set(participant_id, { name, timer: setTimeout(over, TYPING_FOR) });
    this.dialog.notify();
  }

  /** @param {string} id */
  #endTyping(id) {
    clearTimeout(this.typing.get(id)?.timer);
    this.typing.delete(id);
  }

  /** @param {string} id @returns {any} */
  forget(id) {
    this.#endTyping(id);
    this.drafts.delete(id);
  }
}
