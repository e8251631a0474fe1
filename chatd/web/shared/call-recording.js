// The recording of a call in its window: asked about, agreed to or not, and a red sign for as long as it runs.
/** @import { Calls } from "./calls.js" @import { Speaker } from "./types" */
/** @import { Recorder } from "./call-recorder.js" */
import { html, useEffect, useRef } from "../vendor/preact.js";

const FLUSH_MS = 3_000;
/** @type {Record<string, string>} */
const OVER = {
  refused: "callRecordOver_refused",
  withdrawn: "callRecordOver_withdrawn",
  stopped: "callRecordOver_stopped",
  limit: "callRecordOver_limit",
  full: "callRecordOver_full",
  lost: "callRecordOver_lost",
  off: "callRecordOver_off",
};

// Records what is to be recorded here, follows what both say to it, and shows the question.
export class Recording {
  /** @type {Recorder | null} */
  recorder = null;
  #file = "";
  #wide = "";

  /** @param {Calls} calls */
  constructor(calls) {
    this.calls = calls;
    calls.follow(() => this.#look());
  }

  get now() {
    const { call, stage } = this.calls;
    return (stage === "active" && call?.recording) || null;
  }

  // Whether one may ask for a recording here.
  get mine() {
    const { call, page } = this.calls;
    return Boolean(call?.recorder && call.recorder === page.me() && page.headers && globalThis.MediaRecorder);
  }

  #look() {
    const { now, calls } = this;
    const wanted = now?.state === "running" && this.mine && calls.own && calls.peer ? String(now.file_id) : "";
    if (wanted !== this.#file) {
      this.#file = wanted;
      this.recorder?.close();
      this.recorder = null;
      if (wanted) addEventListener("beforeunload", askFirst);
      else removeEventListener("beforeunload", askFirst);
      if (wanted) this.#begin(wanted);
    }
    this.recorder?.look();
    // Nobody is asked something that they do not see.
    const asked = now?.state === "asked" && now.asked_by !== calls.page.me() ? now.asked_at : "";
    if (asked && asked !== this.#wide && calls.small) calls.set({ small: false });
    this.#wide = asked;
  }

  /** @param {string} id */
  async #begin(id) {
    const { calls } = this;
    const giveUp = () => this.answer(false);
    try {
      const { Recorder } = await import("./call-recorder.js");
      if (this.#file !== id || !this.now) return;
      const sides = () => [calls.peer?.remote, calls.own].map((one) => one ?? new MediaStream());
      const video = this.now.media.includes("video");
      const headers = /** @type {() => Record<string, string>} */ (calls.page.headers);
      this.recorder = new Recorder({ id, video, sides, headers, failed: giveUp });
    } catch {
      giveUp();
    }
  }

  ask() {
    const { calls } = this;
    const video = Boolean(calls.picture || calls.peer?.shows);
    return this.#request("call:record", { media: video ? ["audio", "video"] : ["audio"] });
  }

  // What either may say at any time; who records has what was recorded until now sent first.
  /** @param {boolean} agree */
  async answer(agree) {
    if (!agree) await this.recorder?.finish(FLUSH_MS);
    return this.#request("call:consent", { agree });
  }

  /** @param {string} event @param {object} told */
  async #request(event, told) {
    const { calls } = this;
    try {
      const { call } = await calls.page.connection.request(event, { call_id: calls.call?.id, ...told });
      if (call.id === calls.call?.id) calls.hearRecording(call);
    } catch (error) {
      if (calls.stage === "active") calls.set({ trouble: whyNot(error) });
    }
  }
}

// With the page go the call and its recording: not by a slip.
/** @param {BeforeUnloadEvent} event */
function askFirst(event) {
  event.preventDefault();
  event.returnValue = true;
}

/** @param {any} error */
function whyNot(error) {
  if (error.code === undefined) return "callNoLine";
  if (error.recording === false) return "callRecordOver_off";
  if (error.limit && error.code === "conflict") return "callRecordEnough";
  return error.code === "unavailable" || error.code === "too_large" ? "callRecordOver_full" : "callRecordWrong";
}

/** @param {{ recording: Recording, t: Speaker }} props */
export function RecordingSign({ recording, t }) {
  const { now, mine, calls } = recording;
  const me = calls.page.me();
  if (calls.stage !== "active") return null;
  if (now?.state === "running") {
    return html`<div class="recording"><b role="status"><i class="record"></i>${t("callRecording")}</b>
      <button class="plain" onClick=${() => recording.answer(false)}>${t("callRecordStop")}</button></div>`;
  }
  if (now?.state === "asked" && now.asked_by !== me) return html`<${Question} ...${{ recording, t }} />`;
  if (now?.state === "asked") {
    return html`<div class="recording"><span role="status">${t("callRecordWaiting")}</span>
      <button class="plain" onClick=${() => recording.answer(false)}>${t("callRecordCancel")}</button></div>`;
  }
  const over = now && html`<span role="status">${t(OVER[now.reason ?? ""] ?? "")}</span>`;
  const enough = mine && now?.left === 0 && html`<span>${t("callRecordEnough")}</span>`;
  if (!mine || enough) return over && html`<div class="recording is-over">${over}${enough}</div>`;
  return html`<div class="recording is-over">${over}
    <button class="plain" onClick=${() => recording.ask()}><i class="record"></i>${t("callRecord")}</button></div>`;
}

/** @param {{ recording: Recording, t: Speaker }} props */
function Question({ recording, t }) {
  const { now, calls } = recording;
  const id = useRef(`recording-${now?.asked_at}`);
  const key = now?.media.includes("video") ? "callRecordAskVideo" : "callRecordAsk";
  useEffect(() => {
    if (calls.small) calls.set({ small: false });
  }, []);
  return html`<div class="recording is-asked" role="alertdialog" aria-labelledby=${id.current}>
    <p id=${id.current}>${t(key, { name: calls.name })}</p>
    <button class="plain" onClick=${() => recording.answer(true)}>${t("callRecordAgree")}</button>
    <button class="plain" onClick=${() => recording.answer(false)}>${t("callRecordRefuse")}</button></div>`;
}
