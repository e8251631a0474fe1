// Sound that was sent: play, pause, seek, faster.
/** @import { Speaker } from "./types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Pause, Play } from "./icons-files.js";
import { formatDuration } from "./file-common.js";

const SPEEDS = [1, 1.5, 2];
// A key goes so far, in seconds, of what is short or longer.
const [STEP, LONG_STEP, LONG] = [1, 5, 30];
/** @type {Record<string, number>} */
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

// One is heard at a time.
/** @type {HTMLAudioElement | null} */
let heard = null;

// duration: in seconds, as its sender says; peaks: how loud its parts are, of 100; onFailed(): where it does not play.
/** @param {{ src: string, duration?: number, peaks?: number[], onFailed?: () => void, t: Speaker }} props */
export function Player({ src, duration = 0, peaks = [], onFailed, t }) {
  const audio = useRef();
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [speed, setSpeed] = useState(SPEEDS[0]);
  const [length, setLength] = useState(duration);
  const [broken, setBroken] = useState(false);
  useEffect(() => () => audio.current?.pause(), []);
  useEffect(() => setBroken(false), [src]);

  const toggle = () => {
    const element = audio.current;
    if (!element.paused) return element.pause();
    if (heard !== element) heard?.pause();
    heard = element;
    element.playbackRate = speed;
    return element.play().catch(() => {});
  };
  /** @param {number} seconds */
  const seek = (seconds) => {
    setAt(seconds);
    audio.current.currentTime = seconds;
  };
  // A recorder's file does not say how long it is; its sender does.
  /** @param {any} event */
  const onMetadata = ({ target }) => Number.isFinite(target.duration) && setLength(target.duration);
  /** @param {any} event */
  const onTime = ({ target }) => setAt(target.currentTime);
  const faster = () => {
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    setSpeed(next);
    audio.current.playbackRate = next;
  };
  const onError = () => {
    setBroken(true);
    onFailed?.();
  };
  const end = Math.max(length, 0.1);
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const way = KEYS[event.key];
    if (!way) return;
    event.preventDefault();
    seek(Math.max(0, Math.min(end, at + way * (end > LONG ? LONG_STEP : STEP))));
  };
  const label = t(playing ? "pause" : "play");
  return html`<div class="player">
    <audio ref=${audio} src=${src || undefined} preload="metadata" onPlay=${() => setPlaying(true)}
      onPause=${() => setPlaying(false)} onTimeUpdate=${onTime} onDurationChange=${onMetadata}
      onError=${onError} onEnded=${() => setAt(0)}></audio>
    <button class="play" disabled=${broken} aria-label=${label} title=${label} onClick=${toggle}>
      ${playing ? html`<${Pause} />` : html`<${Play} />`}</button>
    <span class="track ${peaks.length ? "drawn" : ""}">
      ${peaks.length > 0 && html`<${Wave} ...${{ peaks, part: Math.min(1, at / end) }} />`}
      <input type="range" min="0" max=${end} step="0.1" value=${Math.min(at, end)} disabled=${broken}
        aria-label=${t("seek")}
        aria-valuetext=${t("played", { at: formatDuration(at), all: formatDuration(end) })}
        onKeyDown=${onKey} onInput=${(/** @type {any} */ event) => seek(Number(event.target.value))} /></span>
    <span class="lasts">${formatDuration(playing || at ? at : end)}</span>
    <button class="speed" aria-label=${`${t("speed")}: ${speed}×`} title=${t("speed")}
      onClick=${faster}>${speed}×</button>
  </div>`;
}

// A stroke for each part of it; those that were heard stand out.
/** @param {{ peaks: number[], part: number }} props */
function Wave({ peaks, part }) {
  const strokes = peaks.map((one, index) => {
    const half = 4 + (one / 100) * 44;
    return `M${index + 0.5} ${50 - half}V${50 + half}`;
  }).join("");
  const past = Math.round(part * peaks.length);
  return html`<svg class="wave" viewBox="0 0 ${peaks.length} 100" preserveAspectRatio="none" aria-hidden="true">
    <path d=${strokes} /><path class="heard" d=${strokes.split("M").slice(0, past + 1).join("M")} /></svg>`;
}
