// The icons of a conversation: 20 × 20, drawn with strokes in the colour of the text.
import { html } from "../vendor/preact.js";

/** @param {string[]} paths */
export const icon = (paths) => () =>
  html`<svg class="icon" viewBox="0 0 20 20" width="20" height="20" fill="none" aria-hidden="true"
    stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"
    >${paths.map((d) => html`<path d=${d} />`)}</svg
  >`;

export const Bubble = icon([
  "M3 9.2C3 5.8 6.1 3.5 10 3.5s7 2.3 7 5.7-3.1 5.7-7 5.7c-.8 0-1.6-.1-2.3-.3L4 16.5l.8-3.3C3.7 12.2 3 10.8 3 9.2Z",
  "M7 9.3h.01M10 9.3h.01M13 9.3h.01"]);
export const Close = icon(["m5 5 10 10M15 5 5 15"]);
export const Down = icon(["m5 8 5 5 5-5"]);
export const Send = icon(["M10 16V4.5M5 9.5l5-5 5 5"]);
export const Clip = icon([
  "m15.5 9.7-5.6 5.6a3.7 3.7 0 0 1-5.2-5.2l6-6a2.5 2.5 0 0 1 3.5 3.5l-5.9 5.9a1.2 1.2 0 0 1-1.7-1.7l5.3-5.3"]);
export const Microphone = icon([
  "M10 12a2.5 2.5 0 0 0 2.5-2.5v-4a2.5 2.5 0 0 0-5 0v4A2.5 2.5 0 0 0 10 12Z",
  "M5 9.5a5 5 0 0 0 10 0M10 14.5V17"]);
export const Smile = icon(["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
  "M7.3 11.7c.6.9 1.6 1.4 2.7 1.4s2.1-.5 2.7-1.4",
  "M7.7 8.2h.01M12.3 8.2h.01"]);
export const Bell = icon(["M5 8.5a5 5 0 0 1 10 0c0 4 1.5 5 1.5 5h-13S5 12.5 5 8.5Z", "M8.5 16.3c.7.9 2.3.9 3 0"]);
export const BellOff = icon(["M5.3 7A5 5 0 0 1 15 8.5c0 1.2.1 2.1.4 2.9M13 13.5H3.5S5 12.5 5 9.5",
  "M8.5 16.3c.7.9 2.3.9 3 0",
  "m3 3 14 14"]);
export const Person = icon(["M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Z", "M4 16.5c.7-2.6 3-4 6-4s5.3 1.4 6 4"]);
export const Clock = icon(["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z", "M10 6v4.2l2.6 1.6"]);
export const Check = icon(["m4.5 10.5 3.6 3.5 7.4-8"]);
export const Checks = icon(["m1.5 10.5 3.6 3.5 7.4-8", "m9.5 12.6 1.5 1.4 7.4-8"]);
export const Alert = icon(["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z", "M10 6.5v4M10 13.3h.01"]);
export const Robot = icon([
  "M5 7.5h10a1.5 1.5 0 0 1 1.5 1.5v5.5A1.5 1.5 0 0 1 15 16H5a1.5 1.5 0 0 1-1.5-1.5V9A1.5 1.5 0 0 1 5 7.5Z",
  "M10 7.5V4.5M7.5 11.2v1M12.5 11.2v1M9.5 4h1"]);
