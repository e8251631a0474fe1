// How much of a room that is open came while nobody looked, whichever way it came.
/** @import { Dialog } from "./dialog.js" */

export class Unseen {
  count = 0;
  // Up to which message somebody looked; null: they have yet to come in.
  /** @type {number | null} */
  #known = null;

  // Another room, or the same as somebody else.
  begin() {
    this.#known = null;
    this.count = 0;
  }

  /** @param {Dialog} dialog */
  see(dialog) {
    this.#known = dialog.newest;
    this.look(dialog);
  }

  /** @param {Dialog} dialog */
  look(dialog) {
    if (!dialog.joined) return;
    const looks = !document.hidden && !this.count;
    this.#known = looks || this.#known === null ? dialog.newest : Math.min(this.#known, dialog.newest);
    this.count = 0;
    for (let i = dialog.messages.length - 1; i >= 0 && dialog.messages[i].seq > this.#known; i -= 1) {
      const { sender_id, deleted_at } = dialog.messages[i];
      if (sender_id !== dialog.me && !deleted_at) this.count += 1;
    }
  }
}
