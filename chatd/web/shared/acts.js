// What one does with messages: replies to one, changes or deletes one's own. One thing at a time, said
// above the field. The daemon decides; what is typed stays until it has taken it.
/** @import { Kept } from "./storage.js" @import { Acted, Act, Row, Shown } from "./types" */
import { Refused } from "./connection.js";
import { refusal } from "./refusals.js";
import { ActBar } from "./act-bar.js";
import { Tools } from "./tools.js";
import { html } from "../vendor/preact.js";

const WINDOW = 100;
const QUOTED = 140;
// So many drawings a message may take to be in the list.
const DRAWINGS = 20;

// What a conflict tells of says which it was.
/** @param {any} error */
const whichConflict = ({ code, status, at }) => code === "conflict" && ((status && "settled") || (at && "goneBefore"));

/** @type {() => Promise<unknown>} */
const nextFrame = () => new Promise((done) => void requestAnimationFrame(done));

export class Acts {
  /** @type {Shown | null} */
  removing = null;
  // Whose tools are in the order of Tab, and whose a finger has asked for.
  current = "";
  held = "";
  // What went wrong last.
  said = "";
  // The field gets the focus with the next drawing.
  wanted = false;
  /** @type {{ what: Act, message: Shown } | null} */
  #doing = null;
  #saving = false;

  // page: whose messages these are; kept: where the texts of changes are kept, by message.
  /** @param {Acted} page @param {Kept} kept */
  constructor(page, kept) {
    this.page = page;
    this.kept = kept;
  }

  get t() {
    return this.page.t;
  }

  /** @param {Partial<Acts>} changes */
  set(changes) {
    Object.assign(this, changes);
    this.page.notify();
  }

  /** @param {{ dialog_id?: string }} message */
  #dialogOf({ dialog_id }) {
    return [...this.page.connection.dialogs].find((one) => one.id === dialog_id) ?? null;
  }

  // Nothing where one is no longer in the conversation that it was about.
  get doing() {
    return this.#doing && this.#dialogOf(this.#doing.message) ? this.#doing : null;
  }

  /** @param {Act} what */
  #messageOf(what) {
    return this.doing?.what === what ? this.doing.message : null;
  }

  get editing() {
    return this.#messageOf("edit");
  }

  get replying() {
    return this.#messageOf("reply");
  }

  // A message as it reads now; as it was, where it is not held any more.
  /** @param {Shown} message @returns {Shown} */
  now(message) {
    const held = this.#dialogOf(message)?.messages;
    return held?.[Number(message.seq) - held[0]?.seq] ?? message;
  }

  /** @param {Act} what @param {Shown} message @param {boolean} [own] */
  may(what, message, own = message.sender_id === this.page.me) {
    return this.page.may(what, message, own);
  }

  /** @param {Act} what @param {Shown} message */
  begin(what, message) {
    this.page.setModeOf?.(message);
    if (what === "remove") return this.set({ removing: message, held: "", said: "" });
    this.#doing = { what, message };
    return this.set({ removing: null, held: "", said: "", wanted: true });
  }

  // Nothing of it is done. What was typed is forgotten, unless it is but set aside.
  leave(aside = false) {
    const { editing, removing } = this;
    if (editing && !aside && !removing) this.#keep(editing.id, undefined);
    if (!removing || aside) this.#doing = null;
    this.set({ removing: null, said: "", wanted: !aside });
  }

  // What was written is on its way.
  finish() {
    this.removing = null;
    this.leave();
  }

  /** @param {string} id @param {string} [text] */
  #keep(id, text) {
    const { [id]: _, ...texts } = this.kept.get().texts ?? {};
    this.kept.set({ texts: text === undefined ? texts : { ...texts, [id]: text } });
  }

  // What stands in the field while a message is changed.
  /** @param {Shown} message */
  textOf(message) {
    return this.kept.get().texts?.[message.id] ?? message.content;
  }

  // Whether it is a change that is typed, and no draft.
  /** @param {string} text */
  type(text) {
    const { editing } = this;
    if (editing) this.#keep(editing.id, text);
    if (this.said) this.set({ said: "" });
    return editing !== null;
  }

  // Takes what is written where it changes a message, and keeps it in the field until it is stored.
  // What is deleted can be changed no more: then that is something new.
  /** @param {string} content */
  takes(content) {
    const { editing } = this;
    if (!editing) return false;
    const now = this.now(editing);
    if (now.deleted_at) return false;
    if (content === now.content) this.leave();
    else if (!this.#saving) this.#save(editing, content);
    return true;
  }

  /** @param {Shown} message @param {string} content */
  async #save(message, content) {
    this.#saving = true;
    const told = await this.#ask("message:edit", { message_id: message.id, content });
    this.#saving = false;
    if (!told || this.editing?.id !== message.id) return;
    // What was typed meanwhile is the next change.
    if (this.textOf(message).trim() === content) this.leave();
    else this.begin("edit", told);
  }

  // What is sent with a reply, and how it looks until it is stored.
  get quoting() {
    const { replying } = this;
    if (!replying) return {};
    const { seq, sender_name: name, content } = this.now(replying);
    const text = [...content.replace(/\s+/g, " ")].slice(0, QUOTED).join("");
    return { reply_to: seq, meta: { reply_to: { seq, name, text } } };
  }

  async remove() {
    const { removing } = this;
    this.set({ removing: null, wanted: true });
    if (!removing) return;
    const told = await this.#ask("message:delete", { message_id: removing.id });
    // Who deletes what they were changing has no use for the change.
    if (told && this.editing?.id === removing.id) this.leave();
  }

  /** @param {"message:edit" | "message:delete"} event @param {Record<string, unknown>} data @returns {Promise<any>} */
  async #ask(event, data) {
    try {
      const { message } = await this.page.connection.request(event, data);
      this.#dialogOf(message)?.replace(message);
      return message;
    } catch (error) {
      const which = error instanceof Refused && whichConflict(error);
      this.set({ said: which ? this.t(which) : refusal(this.t, error) });
      return null;
    }
  }

  // Escape leaves what one is at; the arrow up in an empty field changes one's last message.
  /** @param {KeyboardEvent} event @param {string} text */
  keys = (event, text) => {
    if (event.key === "Escape" && (this.doing || this.removing)) this.leave();
    else if (!isArrowUp(event) || text || this.doing || !this.editLast()) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };

  editLast() {
    const last = this.page.writing?.messages.findLast((one) => hasTools(one) && this.may("edit", one));
    if (last) this.begin("edit", last);
    return last !== undefined;
  }

  // The tools of these rows; what stands first in each, if anything.
  /** @param {Row[]} rows @param {(message: Shown, tab: number) => unknown} [first] */
  toolsOf(rows, first) {
    const ids = [...rows].reverse().flatMap(({ message }) => (hasTools(message) ? message.id : []));
    const chosen = ids.includes(this.current) ? this.current : ids[0];
    return (/** @type {Shown} */ message, /** @type {Row} */ { own }) =>
      hasTools(message) &&
      html`<${Tools} ...${{ acts: this, message, own, first, tab: message.id === chosen ? 0 : -1 }} />`;
  }

  over() {
    return html`<${ActBar} acts=${this} />`;
  }

  // To the message that a quote is of, however long ago; list: a ref to the list.
  /** @param {number} seq @param {Shown} from @param {any} list */
  async jump(seq, from, list) {
    const dialog = this.#dialogOf(from) ?? this.page.writing;
    if (dialog && (await showAround(dialog, seq))) {
      for (let n = 0; n < DRAWINGS; n += 1) {
        if (list.current?.mark(`${dialog.id}:${seq}`)) return;
        await Promise.all([nextFrame(), this.page.loadBeside?.(dialog)]);
      }
    }
    this.set({ said: this.t("noOriginal") });
  }
}

/** @param {Shown} message */
const hasTools = ({ seq, deleted_at, sender_type }) =>
  seq !== undefined && !deleted_at && sender_type !== "system" && sender_type !== "broken";

/** @param {KeyboardEvent} event */
const isArrowUp = ({ key, altKey, ctrlKey, metaKey, shiftKey }) =>
  key === "ArrowUp" && !altKey && !ctrlKey && !metaKey && !shiftKey;

// A window around one message; false when it cannot be had.
/** @param {import("./dialog.js").Dialog} dialog @param {number} seq */
async function showAround(dialog, seq) {
  const isLoaded = () => dialog.messages.length > 0 && seq >= dialog.messages[0].seq && seq <= dialog.last;
  if (!isLoaded()) await dialog.show({ after_seq: Math.max(0, seq - 1 - WINDOW / 4), limit: WINDOW });
  return isLoaded();
}
