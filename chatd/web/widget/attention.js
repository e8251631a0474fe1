// What of the conversation a visitor has not seen: heard, counted, told by the title of the page.
/** @import { Connection } from "../shared/connection.js" */
/** @import { Dialog } from "../shared/dialog.js" */
/** @import { Kept } from "../shared/storage.js" */
/** @import { Speaker } from "../shared/types" */
import { Store } from "../shared/store.js";
import { title } from "./title.js";

/** @param {import("../shared/types").Stored} message */
const isNews = ({ sender_type, deleted_at }) => !["customer", "system"].includes(sender_type) && !deleted_at;

/** @type {Pick<Dialog, "messages" | "receipts" | "me">} */
const NOTHING = { messages: [], receipts: {}, me: "" };

export class Attention extends Store {
  opened = false;
  /** @type {Dialog | null} */
  dialog = null;
  connection = /** @type {Connection} */ (/** @type {any} */ (null));
  kept = /** @type {Kept} */ (/** @type {any} */ (null));
  // There once the visit is prepared.
  /** @type {Speaker} */
  t = /** @type {any} */ (null);
  // The newest message that others wrote; null: nobody has joined yet.
  /** @type {number | null} */
  latest = null;

  // What has come since one joined is heard, whichever way it came.
  ring() {
    const { dialog } = this;
    if (!dialog?.joined) return;
    const [before, last] = [this.latest, dialog.messages.findLast(isNews)?.seq ?? 0];
    this.latest = last;
    if (before === null || last <= before || this.watching) return;
    // Several tabs hear it, one of them rings.
    const { sound, rung = 0 } = this.kept.get();
    if (!sound || last <= rung) return;
    this.kept.set({ rung: last });
    import("../shared/sound.js").then(({ chime }) => chime(), () => {});
  }

  get watching() {
    return this.opened && !document.hidden;
  }

  get unread() {
    const { messages, receipts, me } = this.dialog ?? NOTHING;
    const seen = Math.max(receipts[me]?.read ?? 0, this.kept.get().read);
    let count = 0;
    for (let i = messages.length - 1; i >= 0 && messages[i].seq > seen; i -= 1) {
      const { sender_id, sender_type, deleted_at } = messages[i];
      if (sender_id !== me && sender_type !== "system" && !deleted_at) count += 1;
    }
    return count;
  }

  // The page's title says what the button cannot while one looks at another page.
  mark() {
    const missed = this.unread > 0 && !this.watching && this.connection.state !== "ended";
    if (missed) title.show(this.t("unreadTitle"));
    else title.clear();
  }

  // The end of the conversation is before the reader's eyes.
  markSeen() {
    if (!this.watching || !this.dialog?.joined) return;
    const { last } = this.dialog;
    this.dialog.read(last);
    if (this.kept.get().read < last) this.kept.set({ read: last });
    this.mark();
  }

  toggleSound() {
    this.kept.set({ sound: !this.kept.get().sound });
    this.notify();
  }
}
