// The line between two browsers: perfect negotiation, in which the callee gives way; where the line
// breaks it is made anew over whatever network there is then.
/** @import { Ice } from "./protocol" */

const PATIENCE_MS = 3_000;
const RESTARTS = 2;

/** What one tells the other side. @typedef {{ description?: any, candidate?: any }} Signal */

export class Peer {
  remote = new MediaStream();
  // Whether it was there once.
  reached = false;
  #offering = false;
  #ignoring = false;
  // The description of the other side that was taken last.
  #heard = "";
  #added = false;
  #restarts = 0;
  #timer = 0;
  /** @type {Signal[]} */
  #queue = [];
  #telling = false;
  /** @type {any[]} */
  #candidates = [];
  /** @type {Promise<unknown>} */
  #taking = Promise.resolve();

  // tell(signal): to the other side; ask(): servers, anew; changed(): something is seen; failed(): there is no way.
  /** @param {{ ice: Omit<Ice, "ttl">, polite: boolean, own: MediaStream, tell: (signal: Signal) => Promise<unknown>,
    ask: () => Promise<Ice>, changed: () => void, failed: () => void }} made */
  constructor({ ice, polite, own, tell, ask, changed, failed }) {
    this.polite = polite;
    this.own = own;
    this.tell = tell;
    this.ask = ask;
    this.changed = changed;
    this.failed = failed;
    const line = (this.line = new RTCPeerConnection(configuration(ice)));
    line.onnegotiationneeded = () => this.#offer();
    line.onicecandidate = ({ candidate }) => candidate && this.#say({ candidate: candidate.toJSON() });
    line.onconnectionstatechange = () => this.#onState();
    line.ontrack = ({ track }) => this.#show(track);
    // Who was called waits for the offer, so that there is no glare to begin with.
    if (!polite) this.#add();
    addEventListener("online", this.restart);
    /** @type {any} */ (navigator).connection?.addEventListener("change", this.restart);
  }

  get state() {
    return this.line.connectionState;
  }

  // Whether it may be relayed.
  get relays() {
    const servers = this.line.getConfiguration().iceServers ?? [];
    return servers.flatMap(({ urls }) => urls).some((url) => /^turns?:/.test(url));
  }

  get shows() {
    return this.remote.getVideoTracks().some((one) => one.readyState === "live" && !one.muted);
  }

  #add() {
    this.#added = true;
    for (const track of this.own.getTracks()) this.line.addTrack(track, this.own);
  }

  /** @param {MediaStreamTrack} track */
  #show(track) {
    this.remote.addTrack(track);
    for (const event of ["mute", "unmute", "ended"]) track.addEventListener(event, this.changed);
    this.changed();
  }

  async #offer() {
    try {
      this.#offering = true;
      await this.line.setLocalDescription();
      this.#say({ description: this.line.localDescription });
    } catch {
      // It was closed, or the other side was first: then theirs is answered.
    } finally {
      this.#offering = false;
    }
  }

  // One after the other, as they came.
  /** @param {Signal} signal */
  take(signal) {
    this.#taking = this.#taking.then(() => this.#take(signal)).catch(() => {});
    return this.#taking;
  }

  /** @param {Signal} signal */
  async #take({ description, candidate }) {
    const { line } = this;
    if (candidate) return this.#reach(candidate);
    const name = nameOf(description);
    if (name && name === this.#heard) return this.#answerAgain(description);
    const glare = description.type === "offer" && (this.#offering || line.signalingState !== "stable");
    this.#ignoring = !this.polite && glare;
    if (this.#ignoring) return undefined;
    await line.setRemoteDescription(description);
    this.#heard = name;
    for (const one of this.#candidates.splice(0)) await this.#reach(one);
    if (description.type !== "offer") return undefined;
    if (!this.#added) this.#add();
    await line.setLocalDescription();
    return this.#say({ description: line.localDescription });
  }

  // What comes twice, as it may have been lost, changes nothing: its answer may have been lost, too.
  /** @param {any} description */
  #answerAgain({ type }) {
    const answer = this.line.currentLocalDescription;
    if (type === "offer" && answer?.type === "answer") this.#say({ description: answer });
  }

  // Kept until there is a description that it belongs to.
  /** @param {any} candidate */
  async #reach(candidate) {
    if (!this.line.remoteDescription) return void this.#candidates.push(candidate);
    try {
      await this.line.addIceCandidate(candidate);
    } catch (error) {
      if (!this.#ignoring) throw error;
    }
  }

  // In order; what cannot be told now is told anew when the line to the daemon is there again.
  /** @param {Signal} signal */
  async #say(signal) {
    this.#queue.push(signal);
    if (this.#telling) return;
    this.#telling = true;
    while (this.#queue.length) {
      try {
        await this.tell(this.#queue[0]);
        this.#queue.shift();
      } catch (error) {
        if (error.code === "rate_limited") await pause((error.retry_after ?? 1) * 1_000);
        else this.#queue.length = 0;
      }
    }
    this.#telling = false;
  }

  #onState() {
    clearTimeout(this.#timer);
    const { state } = this;
    if (state === "connected") [this.reached, this.#restarts] = [true, 0];
    if (state === "disconnected") this.#timer = setTimeout(this.restart, PATIENCE_MS);
    if (state === "failed" && this.#restarts >= RESTARTS) this.failed();
    else if (state === "failed") {
      this.#restarts += 1;
      this.restart();
    }
    this.changed();
  }

  // Looks for a way anew; what was offered and perhaps not heard is offered again.
  restart = async () => {
    const { line } = this;
    try {
      line.setConfiguration(configuration(await this.ask()));
    } catch {
      // The servers that were known are still better than none.
    }
    if (line.signalingState === "closed") return;
    if (line.signalingState === "have-local-offer") this.#say({ description: line.localDescription });
    else line.restartIce();
  };

  // A picture, in place of the one before; null: none any more.
  /** @param {MediaStreamTrack | null} track */
  async showPicture(track) {
    const { line } = this;
    const there = line.getTransceivers().find(({ receiver }) => receiver.track.kind === "video");
    if (!there) {
      if (track) line.addTrack(track, this.own);
      return;
    }
    await there.sender.replaceTrack(track);
    there.direction = track ? "sendrecv" : "recvonly";
  }

  // Another microphone, in place of the one before.
  /** @param {MediaStreamTrack} track */
  async showSound(track) {
    const there = this.line.getSenders().find((one) => one.track?.kind === "audio");
    await there?.replaceTrack(track);
  }

  close() {
    clearTimeout(this.#timer);
    removeEventListener("online", this.restart);
    /** @type {any} */ (navigator).connection?.removeEventListener("change", this.restart);
    this.#queue.length = 0;
    this.line.close();
  }
}

/** @param {Omit<Ice, "ttl">} ice @returns {RTCConfiguration} */
const configuration = ({ ice_servers, ice_transport_policy }) => ({
  iceServers: ice_servers,
  iceTransportPolicy: ice_transport_policy,
});

// Its session and which version of it: in what is told again there may be more candidates.
/** @param {any} description */
const nameOf = ({ sdp }) => /^o=\S+ \d+ \d+/m.exec(sdp)?.[0] ?? "";

/** @param {number} ms */
const pause = (ms) => new Promise((done) => void setTimeout(done, ms));
