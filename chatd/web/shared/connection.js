// One WebSocket that comes back by itself: hello first, answers by id, backoff with jitter.
/** @import { Fallback, Made, State } from "./types" */
import { flatObject } from "./fence.js";
import { asJson, Emitter, randomWord } from "./store.js";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const OPEN_WITHIN = 10_000;
const ANSWER_WITHIN = 20_000;
const QUIET = 25_000;
const PROMPTLY = 5_000;
const BLOCKED_AFTER = { never: 2, before: 4 };
/** @type {Set<number | undefined>} */
const FINAL = new Set([4003, 4004]);
// What only reads may be asked again as it was.
const READS = new RegExp(
  "^(dialog:join|[a-z]+:(list|get|watch|earlier|messages|tickets|customer|mine|own|sessions))$",
);

// Refusals after which the same may be tried again.
export const LATER = new Set(["rate_limited", "unavailable", "internal"]);

export class Refused extends Error {
  /** @param {unknown} error */
  constructor(error) {
    const told = flatObject(error);
    super(told.message);
    Object.assign(this, told);
  }
}

export class Disconnected extends Error {}

// There was no line to ask on.
export class Unasked extends Disconnected {}

// States: idle, connecting, online, waiting (until the next try), polling (HTTP instead), ended.
export class Connection extends Emitter {
  /** @type {State} */
  state = "idle";
  device = randomWord();
  retryAt = 0;
  // Another number for every line to the daemon: what came over one says nothing of the next.
  line = 0;
  /** @type {Set<import("./dialog.js").Dialog>} */
  dialogs = new Set();
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<number, { resolve: (told: any) => void, reject: (why: Error) => void, late: number }>} */
  #asked = new Map();
  #next = 1;
  #failures = 0;
  #timer = 0;
  #pulse = 0;
  #heard = 0;
  #everOpen = false;

  // greeting(): the data of hello; slowly(connection): a promise of what carries commands out over
  // plain HTTP, asked for when WebSockets do not get through.
  /** @param {Pick<Made, "url" | "greeting" | "slowly">} made */
  constructor({ url, greeting, slowly }) {
    super();
    this.url = url;
    this.greeting = greeting;
    this.slowly = slowly;
    /** @type {Fallback | null} */
    this.fallback = null;
  }

  start() {
    if (this.state !== "idle" && this.state !== "ended") return;
    this.#listen("addEventListener");
    this.#open();
  }

  stop() {
    this.#listen("removeEventListener");
    clearTimeout(this.#timer);
    clearInterval(this.#pulse);
    this.fallback?.stop();
    this.#set("ended");
    this.#drop();
  }

  // Says hello anew, as whoever greeting() now says.
  restart() {
    this.#failures = 0;
    if (this.#socket) this.#drop();
    else if (this.state === "waiting" || this.state === "polling") this.#open();
    else this.start();
  }

  get online() {
    return this.state === "online";
  }

  get reachable() {
    return this.state === "online" || this.state === "polling";
  }

  // What is read too often comes a moment later, as the daemon says, and nobody is told. isWanted():
  // whether it is by then.
  /** @param {string} event @param {any} data @param {() => boolean} isWanted @returns {Promise<any>} */
  async request(event, data = {}, isWanted = () => true) {
    while (true) {
      const { line } = this;
      try {
        return await this.#once(event, data);
      } catch (error) {
        if (error.code !== "rate_limited" || !READS.test(event)) throw error;
        await pause((error.retry_after ?? 1) * (1 + Math.random() / 2));
        if (line !== this.line || !isWanted()) throw new Disconnected(event);
      }
    }
  }

  /** @param {string} event @param {any} data @returns {Promise<any>} */
  #once(event, data) {
    if (this.state === "polling") return /** @type {Fallback} */ (this.fallback).request(event, data);
    const open = this.online && this.#socket?.readyState === WebSocket.OPEN;
    if (!open) return Promise.reject(new Unasked(event));
    return this.#ask(event, data);
  }

  /** @param {"addEventListener" | "removeEventListener"} how */
  #listen(how) {
    window[how]("online", this.#hurry);
    window[how]("offline", this.#drop);
    document[how]("visibilitychange", this.#hurry);
  }

  // The network is back, or somebody looks again: no waiting for the next try, no dead line.
  #hurry = () => {
    if (document.hidden) return;
    if (this.state === "waiting") this.#open();
    else if (this.online) this.#ask("ping", {}, PROMPTLY).catch(() => {});
  };

  // A dead network never answers our goodbye, so nobody waits for it.
  #drop = () => {
    const socket = this.#socket;
    if (!socket) return;
    this.#onClose(socket, {});
    socket.close();
  };

  /** @param {State} state */
  #set(state) {
    if (this.state === state) return;
    this.state = state;
    this.emit("state", state);
  }

  #open() {
    clearTimeout(this.#timer);
    if (this.#socket) return;
    if (this.state !== "polling" && !this.#failures) this.#set("connecting");
    let socket;
    try {
      socket = new WebSocket(this.url);
    } catch {
      this.#backOff();
      return;
    }
    this.#socket = socket;
    this.#timer = setTimeout(this.#drop, OPEN_WITHIN);
    socket.onopen = () => this.#hello(socket);
    socket.onmessage = (frame) => this.#take(JSON.parse(frame.data));
    socket.onclose = (closed) => this.#onClose(socket, closed);
  }

  /** @param {WebSocket} socket */
  async #hello(socket) {
    clearTimeout(this.#timer);
    try {
      const again = [...this.dialogs].filter((one) => one.joined);
      const join = again.map((one) => one.asking);
      const told = await this.#ask("hello", { ...this.greeting(), device: this.device, join });
      this.#everOpen = true;
      this.#failures = 0;
      this.line += 1;
      this.fallback?.stop();
      this.#beat(socket);
      this.#resume(again, told);
      this.emit("welcome", told);
      this.#set("online");
    } catch (error) {
      if (error.banned) return this.#dismiss(error);
      if (error instanceof Refused) this.emit("refused", error);
      if (socket === this.#socket) this.#drop();
    }
  }

  // What we followed before, we follow again; a daemon that does not know of that is asked by join().
  /** @param {import("./dialog.js").Dialog[]} again @param {{ joined?: any[], participant: any }} told */
  #resume(again, { joined = [], participant }) {
    joined.forEach((told, index) => {
      const dialog = again[index];
      if (this.dialogs.has(dialog)) dialog.resume(told, participant.id);
      else if (!told.error) this.#ask("dialog:leave", { dialog_id: dialog.id }).catch(() => {});
    });
  }

  /** @param {string} event @param {any} data @returns {Promise<any>} */
  #ask(event, data, within = ANSWER_WITHIN) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      const late = setTimeout(() => {
        this.#asked.delete(id);
        reject(new Disconnected(event));
        this.#drop();
      }, within);
      this.#asked.set(id, { resolve, reject, late });
      /** @type {WebSocket} */ (this.#socket).send(asJson({ event, id, data }));
    });
  }

  /** @param {any} frame */
  #take({ event, id, data }) {
    this.#heard = Date.now();
    if (event !== "ack" && event !== "error") {
      this.emit(event, data);
      return;
    }
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    clearTimeout(asked.late);
    if (event === "ack") asked.resolve(data);
    else asked.reject(new Refused(data));
  }

  // A dead network tells nobody: on a quiet line we ask, and no answer in time ends it. So we do
  // when the clock was set, back or ahead: how long it was quiet is not known then.
  /** @param {WebSocket} socket */
  #beat(socket) {
    clearInterval(this.#pulse);
    this.#pulse = setInterval(() => {
      if (socket !== this.#socket) return clearInterval(this.#pulse);
      if (Math.abs(Date.now() - this.#heard) > QUIET) this.#ask("ping", {}).catch(() => {});
    }, QUIET / 2);
  }

  /** @param {WebSocket} socket @param {Partial<CloseEvent>} closed */
  #onClose(socket, closed) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (this.online) this.line += 1;
    clearInterval(this.#pulse);
    for (const { reject, late } of this.#asked.values()) {
      clearTimeout(late);
      reject(new Disconnected());
    }
    this.#asked.clear();
    if (this.state === "ended") return;
    if (FINAL.has(closed.code)) {
      this.#dismiss(closed);
      return;
    }
    this.#backOff();
  }

  // For good: whoever we are, we stay, and do not come back as somebody new.
  /** @param {unknown} why */
  #dismiss(why) {
    this.emit("dismissed", why);
    this.stop();
  }

  // Full jitter between half and all of a delay that doubles.
  #backOff() {
    this.#failures += 1;
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#failures - 1));
    const wait = delay * (0.5 + Math.random() / 2);
    this.retryAt = Date.now() + wait;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), wait);
    if (this.state === "polling") return;
    this.#set("waiting");
    const patience = BLOCKED_AFTER[this.#everOpen ? "before" : "never"];
    if (this.slowly && this.#failures >= patience) this.#poll();
  }

  async #poll() {
    try {
      this.fallback ??= await /** @type {NonNullable<Made["slowly"]>} */ (this.slowly)(this);
      await this.fallback.start();
    } catch (error) {
      if (error.banned) this.#dismiss(error);
      return;
    }
    if (this.state === "waiting") this.#set("polling");
  }

  // Plain HTTP has failed, too.
  unreachable() {
    if (this.state === "polling") this.#set("waiting");
  }
}

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => void setTimeout(resolve, seconds * 1_000));
