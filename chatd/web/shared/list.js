// A list of messages, however long: only what is near the eye is in the page, the place is kept
// while earlier ones come in above, and a new one scrolls the view only when it was at the end.
// `later`: what is shown ends in the past; `further` and `latest` lead back to the present.
/** @import { Listed, Row as Kept, Speaker, Stored } from "./types" */
import { Component, html } from "../vendor/preact.js";
import { Fence } from "./fence.js";
import { translateMessage } from "./translate.js";
import { Row, inWords } from "./message.js";
import { untilMidnight } from "./times.js";

const GUESS = 60;
const MARGIN = 600;
const NEAR = 40;
const REMEMBERED = 10_000;
const FLASH = 2_000;
// So long a finger stays on what it means.
const LONG = 400;

export class MessageList extends Component {
  #heights = new Map();
  /** @type {any} */
  #rows = null;
  #offsets = new Float64Array(1);
  #index = new Map();
  /** @type {any} */
  #anchor = null;
  #stuck = true;
  /** @type {any} */
  #watcher = null;
  #frame = 0;
  #midnight = 0;
  #top = 0;
  #finger = 0;
  #flash = 0;
  state = { tick: 0, away: false, seen: 0, marked: "" };

  /** @param {any} element */
  #bind = (element) => {
    this.scroller = element;
  };

  componentDidMount() {
    this.#watcher = new ResizeObserver(() => this.#restorePlace());
    this.#watcher.observe(this.scroller);
    this.#watcher.observe(this.scroller.firstElementChild);
    this.#restorePlace();
    this.#today();
    document.addEventListener("visibilitychange", this.#today);
  }

  componentWillUnmount() {
    this.#watcher.disconnect();
    clearTimeout(this.#midnight);
    document.removeEventListener("visibilitychange", this.#today);
    cancelAnimationFrame(this.#frame);
    this.#onPointerUp();
    clearTimeout(this.#flash);
  }

  // What is called today is yesterday's at midnight; and when one looks, should the machine have slept.
  #today = () => {
    clearTimeout(this.#midnight);
    this.#midnight = setTimeout(this.#today, untilMidnight() + 1);
    this.#redraw();
  };

  // What one writes oneself leads to the end, wherever one was reading.
  /** @param {Listed} before */
  componentDidUpdate(before) {
    const [now, then] = [this.props.rows.at(-1), before.rows.at(-1)];
    const written = now?.state === "Queued" && now.key !== then?.key;
    if (written && !this.#atEnd) this.toEnd();
    else this.#restorePlace();
  }

  /** @param {any[]} rows */
  #place(rows) {
    this.#rows = rows;
    if (this.#heights.size > REMEMBERED) this.#heights.clear();
    this.#index = new Map();
    for (let i = 0; i < rows.length; i += 1) this.#index.set(rows[i].key, i);
    this.#offsets = new Float64Array(rows.length + 1);
    this.#add(0);
    // What one was reading is there no more: one stays as near as there is something.
    const gone = this.#anchor && !this.#index.has(this.#anchor.key) && this.#anchor.seq < rows[0]?.message.seq;
    if (gone) this.#anchor = { key: rows[0].key, seq: rows[0].message.seq, below: 0 };
  }

  /** @param {number} from */
  #add(from) {
    const [rows, offsets] = [this.#rows, this.#offsets];
    for (let i = from; i < rows.length; i += 1) {
      offsets[i + 1] = offsets[i] + (this.#heights.get(rows[i].key) ?? GUESS);
    }
  }

  // The row at a height.
  /** @param {number} y */
  #indexAt(y) {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#offsets[middle + 1] <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #range() {
    const total = this.#offsets[this.#rows.length];
    const height = this.scroller?.clientHeight || 800;
    const top = this.#atEnd || !this.scroller ? Math.max(0, total - height) : this.#wantedTop();
    return [this.#indexAt(top - MARGIN), Math.min(this.#rows.length, this.#indexAt(top + height + MARGIN) + 1)];
  }

  get #atEnd() {
    return this.#stuck && !this.props.later;
  }

  // Where the view should be so that the row it began with stays where it was.
  #wantedTop() {
    const index = this.#anchor && this.#index.get(this.#anchor.key);
    return index == null ? this.scroller.scrollTop : this.#offsets[index] + this.#anchor.below;
  }

  // After each drawing: real heights in place of guesses, then the place is restored.
  #restorePlace() {
    const { scroller } = this;
    if (!scroller || !this.#rows) return;
    const changed = this.#measure();
    this.#top = scroller.scrollTop;
    if (changed < this.#rows.length) {
      this.#add(changed);
      this.#redraw();
      return;
    }
    const top = this.#atEnd ? scroller.scrollHeight - scroller.clientHeight : this.#wantedTop();
    if (Math.abs(scroller.scrollTop - top) > 1) scroller.scrollTop = top;
    this.#top = scroller.scrollTop;
    this.#noteEnd();
    this.#wantMore(scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop);
  }

  // Takes the heights of what is drawn; the first row that is not as high as was thought.
  #measure() {
    let first = Infinity;
    for (const element of this.scroller.firstElementChild.children) {
      const { key } = element.dataset;
      const { height } = element.getBoundingClientRect();
      if (!height || Math.abs((this.#heights.get(key) ?? 0) - height) <= 0.5) continue;
      this.#heights.set(key, height);
      first = Math.min(first, this.#index.get(key) ?? Infinity);
    }
    return first;
  }

  #redraw() {
    this.setState({ tick: this.state.tick + 1 });
  }

  /** @param {number} below */
  #wantMore(below) {
    if (this.scroller.scrollTop < MARGIN && this.props.more) this.props.dialog.earlier();
    if (below < MARGIN && this.props.later) this.props.dialog.further();
  }

  // The reader is where they have scrolled to; how far that is from the end.
  #readPosition() {
    const { scroller } = this;
    const below = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
    this.#stuck = below < NEAR;
    // Not by the first row: it loses its day when earlier ones come in.
    const index = Math.min(Math.max(1, this.#indexAt(scroller.scrollTop)), this.#rows.length - 1);
    const row = this.#rows[index];
    this.#anchor = row && { key: row.key, seq: row.message.seq, below: scroller.scrollTop - this.#offsets[index] };
    this.#top = scroller.scrollTop;
    return below;
  }

  // Scrolling that no event has told of yet is not to be undone by a drawing.
  #hasDrifted() {
    return this.#rows && this.scroller && Math.abs(this.scroller.scrollTop - this.#top) > 1;
  }

  #onScroll = () => {
    this.#wantMore(this.#readPosition());
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#redraw());
  };

  // Tells how far the reader has come, and whether they are at the end.
  #noteEnd() {
    const away = !this.#atEnd;
    if (away !== this.state.away) this.setState({ away, seen: this.#newest });
    if (!away) this.props.atEnd?.();
  }

  get #newest() {
    return this.props.newest ?? this.#rows.findLast((/** @type {Kept} */ row) => row.message.seq)?.message.seq ?? 0;
  }

  toEnd = async () => {
    this.#stuck = true;
    this.#anchor = null;
    if (this.props.later) await this.props.dialog.latest();
    this.#redraw();
  };

  // The browser's own way to the ends goes by guessed heights, and stops short of them.
  /** @param {KeyboardEvent} event */
  #key = (event) => {
    if (event.target !== this.scroller || (event.key !== "End" && event.key !== "Home")) return;
    event.preventDefault();
    if (event.key === "End") this.toEnd();
    else this.toKey(this.#rows[0]?.key);
  };

  // The button goes with the click: its focus goes to the messages.
  #onLatest = () => {
    this.toEnd();
    this.scroller.focus({ preventScroll: true });
  };

  /** @param {string} key */
  toKey(key) {
    const index = this.#index.get(key);
    if (index == null) return false;
    this.#stuck = false;
    this.#anchor = { key, below: -80 };
    this.#redraw();
    return true;
  }

  // To a message, which stands out for a moment; false where it is not among these.
  /** @param {string} id */
  mark(id) {
    const { key } = this.#rows.find((/** @type {Kept} */ row) => row.message.id === id) ?? {};
    if (!this.toKey(key)) return false;
    clearTimeout(this.#flash);
    this.setState({ marked: key });
    this.#flash = setTimeout(() => this.setState({ marked: "" }), FLASH);
    return true;
  }

  /** @param {any} event */
  #onPointerDown = ({ pointerType, target }) => {
    this.#onPointerUp();
    const row = this.#rows[this.#index.get(target.closest("[data-key]")?.dataset.key) ?? -1];
    if (row && pointerType === "touch") this.#finger = setTimeout(() => this.props.onHold?.(row), LONG);
  };

  #onPointerUp = () => clearTimeout(this.#finger);

  /** @param {Listed} props */
  render({ rows, row, label, footer, more, t }) {
    if (this.#hasDrifted()) this.#readPosition();
    if (rows !== this.#rows) this.#place(rows);
    const [from, to] = rows.length ? this.#range() : [0, 0];
    const total = this.#offsets[rows.length];
    const fresh = this.state.away ? this.#newest - this.state.seen : 0;
    // Rows come and go with scrolling, so the log itself stays silent; Announcer speaks for it.
    return html`<div class="list">
      <div class="scroller" ref=${this.#bind} onScroll=${this.#onScroll} onKeyDown=${this.#key} tabindex="0"
        onPointerDown=${this.#onPointerDown} onPointerUp=${this.#onPointerUp} onPointerCancel=${this.#onPointerUp}
        role="log" aria-live="off" aria-label=${label}>
        <div style=${{ paddingTop: `${this.#offsets[from]}px`, paddingBottom: `${total - this.#offsets[to]}px` }}>
          ${rows.slice(from, to).map((one) => html`<div data-key=${one.key} key=${one.key}
            class=${one.key === this.state.marked ? "marked" : ""}>
            <${Fence} of=${one} draw=${row} t=${t} as="p" /></div>`)}
        </div>
        ${footer}
      </div>
      ${more && from === 0 && html`<p class="earlier" aria-hidden="true">${t("earlier")}</p>`}
      ${this.state.away && html`<button class="to-end" onClick=${this.#onLatest}>
        ${fresh > 0 ? t("newMessages", { n: fresh }) : t("toEnd")}</button>`}
    </div>`;
  }
}

// The messages of a dialog with what waits to be sent. list: a ref to the list; onHold(row): a finger
// stays on it.
/** @param {any} props */
export function Messages({ dialog, unsent, t, list, tools, jump, ...more }) {
  const retry = (/** @type {string} */ id) => unsent.retry(id);
  const discard = (/** @type {string} */ id) => unsent.remove(id);
  const row = (/** @type {Kept} */ one) => html`
    <${Row} row=${one} ...${{ t, tools, jump, retry, discard, files: unsent.files }} />`;
  return html`<${MessageList} ref=${list} label=${t("messages")} more=${dialog?.more} later=${dialog?.later}
    newest=${dialog?.newest} ...${{ row, t, dialog, ...more }} />`;
}

// Says what has just come in, and nothing of what merely scrolled into view.
export class Announcer extends Component {
  /** @type {number | null} */
  #last = null;

  // joined: what there was before is known, and be it nothing.
  /** @param {{ messages: Stored[], joined: boolean, me?: string, t: Speaker }} props */
  render({ messages, joined, me, t }) {
    const newest = messages.at(-1);
    const known = this.#last;
    if (joined || known !== null) this.#last = Math.max(known ?? 0, newest?.seq ?? 0);
    const isFresh = (/** @type {Stored} */ one) => known !== null && one.seq > known && one.sender_id !== me;
    const fresh = messages.slice(-20).filter(isFresh);
    if (fresh.length) this.#announce(fresh.map((one) => translateMessage(t, one)), t);
    return html`<div class="hidden" role="status" aria-live="polite">${this.text}</div>`;
  }

  /** @param {Stored[]} fresh @param {Speaker} t */
  #announce(fresh, t) {
    /** @param {string[]} texts */
    const say = (texts) => {
      const lines = fresh.map((one, at) => t("newMessageFrom", { name: one.sender_name, text: texts[at] }));
      this.text = lines.join("\n");
    };
    const texts = fresh.map(({ content }) => inWords(content, t));
    if (texts.every((one) => typeof one === "string")) say(texts);
    else Promise.all(texts).then(say).then(() => this.setState({}));
  }
}
