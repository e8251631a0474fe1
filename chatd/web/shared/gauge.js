// How good the line of a call is: read of the browser's statistics twice a second, judged, and told the
// daemon now and then. Who speaks is heard there, too.
/** @import { Calls } from "./calls.js" @import { Peer } from "./peer.js" */
import { Store } from "./store.js";

const TURN_MS = 500;
// So many turns back it is compared with: of less than that nothing is said but how it stands.
const TURNS = 10;
const [TELL_FIRST, TELL_EVERY] = [6, 20];
// So many turns a browser tries what the network bears, whenever it begins to send a picture; and what holds the
// picture down afterwards is told when it has done so for so many.
const [TRYING, LASTING] = [30, 20];
// Somebody still speaks who was heard that lately; of less energy in one turn nothing is heard.
const PAUSE_MS = 1_200;
const QUIET = 2e-5;
// A microphone that is on is never that still.
const DEAD = 1e-12;
const LOSSY = 5;
const BAD_LOSS = 12;
const DISTANT_MS = 400;
const UNEVEN_MS = 60;
// Of what is wrong, what leaves nothing to be heard or seen.
const GRAVE = new Set(["no_way", "no_relay", "nothing", "silent", "frozen"]);

/** @typedef {"no_way" | "no_relay" | "nothing" | "silent" | "frozen" | "loss" | "distant" | "jitter" | "bandwidth"
 *   | "cpu"} Trouble */
/**
 * How it stands. `loss_in`, `loss_out`: of a hundred parts so many.
 * @typedef {{ state: string, route: "" | "direct" | "relayed", protocol: string, rtt_ms: number, jitter_ms: number,
 *   loss_in: number, loss_out: number, kbps_in: number, kbps_out: number, codecs: string[], size: string }} Figures
 */
/** What only grows, when it was read, and what held the own picture down then.
 * @typedef {{ at: number, bytesIn: number, bytesOut: number, packets: number, lost: number, frames: number,
 *   heard: number, said: number, limited: string }} Sums */

// What holds the own picture down, by what the browser says of it turn after turn: "" of no picture.
export class Limits {
  #now = "";
  #sent = 0;
  #turns = 0;

  /** @param {string} limited */
  hear(limited) {
    this.#sent = limited ? this.#sent + 1 : 0;
    this.#turns = limited === this.#now && this.#sent > TRYING ? this.#turns + 1 : 0;
    this.#now = limited;
  }

  get lasting() {
    return this.#turns >= LASTING ? this.#now : "";
  }
}

export class Gauge extends Store {
  /** @type {Figures | null} */
  figures = null;
  /** @type {Trouble[]} */
  troubles = [];
  // Of three: nothing is heard, it could be better, it is good.
  grade = 2;
  speaks = false;
  saying = false;
  /** @type {Sums[]} */
  #sums = [];
  #heardAt = -PAUSE_MS;
  #saidAt = -PAUSE_MS;
  #turns = 0;
  #limits = new Limits();

  /** @param {Peer} peer @param {Calls} calls */
  constructor(peer, calls) {
    super();
    this.peer = peer;
    this.calls = calls;
    this.timer = setInterval(() => this.#read(), TURN_MS);
  }

  async #read() {
    const { line } = this.peer;
    if (line.signalingState === "closed") return;
    /** @type {any[]} */
    const report = [...(await line.getStats()).values()];
    const now = addUp(report);
    const before = this.#sums[0] ?? now;
    this.#listen(now, this.#sums.at(-1) ?? now);
    this.#sums = [...this.#sums, now].slice(-TURNS);
    this.figures = { ...stand(report, line.connectionState), ...between(before, now) };
    this.#limits.hear(now.limited);
    this.troubles = this.#judge(before, now);
    this.grade = gradeOf(this.figures, this.troubles);
    this.#turns += 1;
    if (this.#turns % TELL_EVERY === TELL_FIRST) this.#tell();
    this.notify();
  }

  /** @param {Sums} now @param {Sums} last */
  #listen(now, last) {
    if (now.heard - last.heard > QUIET) this.#heardAt = now.at;
    if (now.said - last.said > QUIET) this.#saidAt = now.at;
    this.speaks = now.at - this.#heardAt < PAUSE_MS;
    this.saying = now.at - this.#saidAt < PAUSE_MS;
  }

  // What is wrong, the worst first.
  /** @param {Sums} before @param {Sums} now @returns {Trouble[]} */
  #judge(before, now) {
    const { peer, calls, figures } = this;
    const { state, loss_in, loss_out, rtt_ms, jitter_ms } = /** @type {Figures} */ (figures);
    if (state !== "connected") {
      return peer.reached || state === "failed" ? [peer.relays ? "no_way" : "no_relay"] : [];
    }
    const whole = this.#sums.length === TURNS;
    /** @type {[Trouble, unknown][]} */
    const asked = [
      ["nothing", whole && now.bytesIn === before.bytesIn],
      ["silent", whole && !calls.capture?.muted && now.said - before.said < DEAD],
      ["frozen", whole && peer.shows && now.frames === before.frames],
      ["loss", Math.max(loss_in, loss_out) > LOSSY],
      ["distant", rtt_ms > DISTANT_MS],
      ["jitter", jitter_ms > UNEVEN_MS],
      ["bandwidth", this.#limits.lasting === "bandwidth"],
      ["cpu", this.#limits.lasting === "cpu"],
    ];
    return asked.filter(([, is]) => is).map(([name]) => name);
  }

  // The daemon shows whoever runs it how it was; one that is older does not take it.
  #tell() {
    const { figures, troubles, calls } = this;
    const { size, protocol, route, ...told } = /** @type {Figures} */ (figures);
    const data = { call_id: calls.call?.id, ...told, troubles, ...(route && { route }) };
    calls.page.connection.request("call:quality", data).catch(() => {});
  }

  close() {
    clearInterval(this.timer);
  }
}

/** @param {any[]} report @param {string} type @param {string} [kind] @returns {any} */
const find = (report, type, kind) => report.find((one) => one.type === type && (!kind || one.kind === kind));

/** @param {any[]} report @param {string} type @param {string} name */
const sum = (report, type, name) =>
  report.reduce((all, one) => all + (one.type === type ? Number(one[name] ?? 0) : 0), 0);

/** @param {any[]} report @returns {Sums} */
const addUp = (report) => ({
  at: performance.now(),
  bytesIn: sum(report, "inbound-rtp", "bytesReceived"),
  bytesOut: sum(report, "outbound-rtp", "bytesSent"),
  packets: sum(report, "inbound-rtp", "packetsReceived"),
  lost: sum(report, "inbound-rtp", "packetsLost"),
  frames: find(report, "inbound-rtp", "video")?.framesDecoded ?? 0,
  heard: find(report, "inbound-rtp", "audio")?.totalAudioEnergy ?? 0,
  said: find(report, "media-source", "audio")?.totalAudioEnergy ?? 0,
  limited: limitOf(find(report, "outbound-rtp", "video")),
});

// What is so over a while.
/** @param {Sums} before @param {Sums} now */
function between(before, now) {
  const seconds = (now.at - before.at) / 1_000;
  const lost = Math.max(0, now.lost - before.lost);
  /** @param {number} bytes */
  const kbps = (bytes) => (seconds ? Math.max(0, Math.round((bytes * 8) / 1_000 / seconds)) : 0);
  return {
    loss_in: percent(lost, lost + now.packets - before.packets),
    kbps_in: kbps(now.bytesIn - before.bytesIn),
    kbps_out: kbps(now.bytesOut - before.bytesOut),
  };
}

/** @param {number} part @param {number} whole */
const percent = (part, whole) => (whole > 0 ? Math.min(100, Math.round((part / whole) * 1_000) / 10) : 0);

// What is so now.
/** @param {any[]} report @param {string} state */
function stand(report, state) {
  const pair = pairOf(report);
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => report.find((one) => one.id === id));
  const relayed = ends.some((one) => one?.candidateType === "relay");
  const far = report.filter((one) => one.type === "remote-inbound-rtp");
  const seen = find(report, "inbound-rtp", "video");
  return {
    state,
    route: /** @type {Figures["route"]} */ (pair ? (relayed ? "relayed" : "direct") : ""),
    protocol: String(ends[0]?.relayProtocol ?? ends[0]?.protocol ?? ""),
    rtt_ms: inMs(pair?.currentRoundTripTime ?? far[0]?.roundTripTime),
    jitter_ms: inMs(find(report, "inbound-rtp", "audio")?.jitter),
    loss_out: percent(Math.max(0, ...far.map((one) => one.fractionLost ?? 0)), 1),
    codecs: codecsOf(report),
    size: seen?.frameWidth ? `${seen.frameWidth} × ${seen.frameHeight}` : "",
  };
}

/** @param {any} sent */
const limitOf = (sent) => (sent?.active ? String(sent.qualityLimitationReason) : "");

/** @param {number} [seconds] */
const inMs = (seconds = 0) => Math.min(60_000, Math.round(seconds * 1_000));

/** @param {any[]} report */
function pairOf(report) {
  const chosen = find(report, "transport")?.selectedCandidatePairId;
  const pairs = report.filter((one) => one.type === "candidate-pair" && one.state === "succeeded");
  return pairs.find((one) => (chosen ? one.id === chosen : one.selected || one.nominated));
}

// By which sound and picture come in: `opus`, `VP8`.
/** @param {any[]} report @returns {string[]} */
function codecsOf(report) {
  const used = report.filter((one) => one.type === "inbound-rtp").map((one) => one.codecId);
  const named = report.filter((one) => one.type === "codec" && used.includes(one.id));
  return [...new Set(named.map((one) => String(one.mimeType).split("/").at(-1) ?? ""))].sort();
}

/** @param {Figures} figures @param {Trouble[]} troubles */
function gradeOf({ loss_in, loss_out }, troubles) {
  if (troubles.some((one) => GRAVE.has(one)) || Math.max(loss_in, loss_out) > BAD_LOSS) return 0;
  return troubles.length ? 1 : 2;
}
