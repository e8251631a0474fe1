// What one is about to send beside words, above the field: files that were picked, or a recording.
/** @import { Entry, Picked, Speaker, Spoken as Told } from "./types" @import { Files } from "./files.js" */
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";
import * as kept from "./unsent-bytes.js";
import { adoptSheet } from "./adopt-sheet.js";
import { Alert, Close } from "./icons-chat.js";
import { Thumb } from "./thumb.js";
import { isPicture, prepareFiles, sizeOf, tooLarge } from "./file-common.js";
import { PickedAside } from "./picked-aside.js";
import { Spoken } from "./spoken.js";
import { randomWord } from "./store.js";
import { toField } from "./tools.js";
import { Uploads } from "./uploads.js";

/** @param {Files} files */
export async function begin(files) {
  const part = new Attachments(files, await prepareFiles(files.made.page.t));
  const wanted = part.wantedKeys();
  kept.sweep(part.prefix, (key) => wanted.has(key));
  await part.restore();
  return part;
}

export class Attachments {
  /** @type {Map<string, Picked[]>} */
  #picked = new Map();
  // What is said into a conversation; sending: what is just being sent of it.
  /** @type {Map<string, { recorder: any, draw: any, sending?: Picked }>} */
  #voices = new Map();
  /** @type {{ at: string, text: string } | null} */
  #said = null;
  // What is handed over while other files are looked at waits for its turn.
  /** @type {Promise<unknown>} */
  #taking = Promise.resolve();
  #left = 0;
  /** @type {Set<string>} */
  #wrong = new Set();

  /** @param {Files} files @param {CSSStyleSheet} look */
  constructor(files, look) {
    this.files = files;
    this.sheet = look;
    this.uploads = new Uploads(files.unsent, files.made);
    this.spoken = new Spoken(files.spoken);
    this.aside = new PickedAside(files.spoken);
  }

  async restore() {
    for (const [at, one] of await this.aside.restore(this.prefix)) this.#picked.set(at, [...this.pickedFor(at), one]);
    for (const [at, file, heard] of await this.spoken.restore()) {
      const { Recorder, Recording } = await import("./recorder.js");
      this.#voices.set(at, { recorder: Recorder.of(file, heard), draw: Recording });
    }
  }

  /** @type {Speaker} */
  get t() {
    return this.files.made.page.t;
  }

  get prefix() {
    return `${this.files.unsent.kept.name}:`;
  }

  // By which name what waits finds its bytes.
  wantedKeys() {
    /** @type {Entry[]} */
    const entries = this.files.unsent.entries;
    return new Set(entries.flatMap(({ files = [] }) => files.map(({ key }) => key)));
  }

  look() {
    this.uploads.look();
  }

  /** @param {Entry} entry @param {boolean} sent */
  forget(entry, sent) {
    this.uploads.forget(entry, sent);
  }

  /** @param {string} at */
  has(at) {
    return Boolean(this.#voiceToSend(at)) || this.pickedFor(at).length > 0;
  }

  /** @param {string} at */
  #voiceToSend(at) {
    return this.#voices.get(at)?.sending;
  }

  /** @param {string} at */
  pickedFor(at) {
    return this.#picked.get(at) ?? [];
  }

  /** @param {string} at */
  recording(at) {
    return this.#voices.has(at);
  }

  /** @param {string} at @param {string} [text] */
  #say(at, text) {
    this.#said = text ? { at, text } : null;
    this.files.made.page.notify();
  }

  // Takes what can be sent, and says why not of the rest: of all that is handed over together.
  /** @param {string} at @param {File[]} list */
  take(at, list) {
    this.#left += 1;
    this.#taking = this.#taking.then(async () => {
      for (const file of list) await this.#takeOne(at, file);
      this.#say(at, [...this.#wrong].join("\n"));
      this.#left -= 1;
      if (!this.#left) this.#wrong.clear();
    });
    return this.#taking;
  }

  /** @returns {Partial<import("./protocol").FileLimits>} */
  #limits() {
    const { limits, made } = this.files;
    return limits ?? made.connection.fallback?.limits ?? {};
  }

  /** @param {string} at @param {File} file */
  async #takeOne(at, file) {
    const { t } = this;
    const { max_bytes = Infinity, per_message = Infinity } = this.#limits();
    const named = { name: file.name, size: sizeOf(t, file.size) };
    if (this.pickedFor(at).length >= per_message) this.#wrong.add(t("filesMany", { n: per_message }));
    else if (file.size > max_bytes) this.#wrong.add(tooLarge(t, file, max_bytes));
    else if (!(await hasBytes(file))) this.#wrong.add(t("fileEmpty", named));
    else {
      const picked = await this.#pick(file);
      this.#picked.set(at, [...this.pickedFor(at), picked]);
      this.aside.add(at, picked);
    }
  }

  /** @param {File} file @returns {Promise<Picked>} */
  async #pick(file) {
    const { size, type, lastModified: modified } = file;
    const shape = isPicture(file) ? await shapeOf(file) : {};
    const [key, name] = [`${this.prefix}${randomWord()}`, nameOfPasted(this.t, file.name)];
    return { key, name, size, type, modified, ...shape, bytes: file, url: URL.createObjectURL(file) };
  }

  /** @param {string} at @param {Picked} one */
  drop(at, one) {
    URL.revokeObjectURL(one.url);
    this.aside.remove(at, one);
    this.#picked.set(at, this.pickedFor(at).filter((other) => other !== one));
    this.#say(at);
  }

  // What goes with the words that were written there.
  /** @param {string} at @returns {Partial<Entry>} */
  attachmentsOf(at) {
    const spoken = this.#voiceToSend(at);
    const files = (spoken ? [spoken] : this.pickedFor(at)).map(({ bytes: _, url: __, ...file }) => file);
    if (!files.length) return {};
    if (spoken) return { type: "voice", files, content: `🎤 ${this.t("voiceMessage")}` };
    return { type: "file", files };
  }

  // Something was; with what was picked, or without.
  /** @param {string} at @param {boolean} all */
  afterSend(at, all) {
    if (!all) return this.#say(at);
    const spoken = this.#voiceToSend(at);
    for (const one of spoken ? [spoken] : this.pickedFor(at)) {
      kept.keep(one.key, one.bytes);
      this.aside.remove(at, one);
      URL.revokeObjectURL(one.url);
    }
    if (spoken) return this.discard(at);
    this.#picked.delete(at);
    return this.#say(at);
  }

  // held: for how long the button was, when it is let go.
  /** @param {string} at @param {Promise<number>} [held] */
  async record(at, held) {
    const { Recorder, Recording } = await import("./recorder.js");
    // Who presses twice speaks once.
    if (this.#voices.has(at)) return;
    const recorder = new Recorder((name, type) => this.spoken.begin(at, name, type));
    this.#voices.set(at, { recorder, draw: Recording });
    this.#say(at);
    try {
      await recorder.start(held);
    } catch (error) {
      recorder.end();
      if (this.#voices.get(at)?.recorder !== recorder) return;
      this.#voices.delete(at);
      this.#say(at, this.t(Recorder.why(error)));
    }
  }

  /** @param {string} at */
  discard(at) {
    this.#voices.get(at)?.recorder.end();
    this.#voices.delete(at);
    this.spoken.forget(at);
    this.#say(at);
  }

  // A recording goes as it is, without a word; what was picked meanwhile stays.
  /** @param {string} at @param {Told} told @param {() => void} submit */
  speak(at, { file, ...heard }, submit) {
    const { name, size, type } = file;
    const key = `${this.prefix}${randomWord()}`;
    const voice = this.#voices.get(at);
    if (!voice) return;
    voice.sending = { key, name, size, type, ...heard, bytes: file, url: "" };
    submit();
    voice.sending = undefined;
  }

  /** @param {string} at @param {() => void} submit */
  draw(at, submit) {
    const voice = this.#voices.get(at);
    const said = this.#said?.at === at ? this.#said.text : "";
    return html`<${Above} ...${{ part: this, at, said, voice, submit, picked: this.pickedFor(at) }} />`;
  }
}

// A folder has none, and neither has what went from the disk meanwhile.
/** @param {File} file */
async function hasBytes(file) {
  try {
    return file.size > 0 && (await file.slice(0, 1).arrayBuffer()).byteLength === 1;
  } catch {
    return false;
  }
}

// How it will be shown, so that nothing jumps when it is.
/** @param {File} file */
async function shapeOf(file) {
  try {
    const { width, height } = await createImageBitmap(file);
    return { width, height };
  } catch {
    return {};
  }
}

// What is pasted has the same name every time.
/** @param {Speaker} t @param {string} name */
const nameOfPasted = (t, name) => (name === "image.png" ? `${t("pasted")}.png` : name);

/** @param {{ part: Attachments, at: string, said: string, picked: Picked[], voice: any, submit: () => void }} props */
function Above({ part, at, said, picked, voice, submit }) {
  const { t } = part;
  const place = useRef();
  const list = useRef();
  const before = useRef(0);
  useLayoutEffect(() => adoptSheet(place.current.getRootNode(), part.sheet), []);
  // What was picked last is in sight.
  useLayoutEffect(() => {
    if (picked.length > before.current) list.current.scrollTop = list.current.scrollHeight;
    before.current = picked.length;
  }, [picked.length]);
  const size = sizeOf(t, picked.reduce((sum, one) => sum + one.size, 0));
  /** @param {Picked} one */
  const drop = (one) => {
    part.drop(at, one);
    toField(place.current);
  };
  /** @param {Picked} one */
  const row = (one) => html`<li key=${one.key}><${Thumb} file=${one} url=${one.url} />
    <span class="file-name"><b>${one.name}</b><small>${sizeOf(t, one.size)}</small></span>
    <button class="quiet" aria-label=${t("fileOff", { name: one.name })} title=${t("fileOff", { name: one.name })}
      onClick=${() => drop(one)}><${Close} /></button></li>`;
  return html`<div ref=${place} class="tray">
    <div role="alert">${said && html`<p class="not-taken"><${Alert} /><span>${said}</span></p>`}</div>
    ${picked.length > 1 && html`<p class="how-many" role="status">${t("pickedMany", { n: picked.length, size })}</p>`}
    ${picked.length > 0 && html`<ul class="picked" ref=${list} aria-label=${t("attached")}>${picked.map(row)}</ul>`}
    ${voice && html`<${voice.draw} ...${{ recorder: voice.recorder, part, at, submit, t }} />`}
  </div>`;
}
