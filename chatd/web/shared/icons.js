// The icons: 20 × 20, drawn with strokes in the colour of the text.
import { html } from "../vendor/preact.js";

export const icon = (paths) => () =>
  html`<svg class="icon" viewBox="0 0 20 20" width="20" height="20" fill="none" aria-hidden="true"
    stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"
    >${paths.map((d) => html`<path d=${d} />`)}</svg
  >`;

export const Bubble = icon(["M3 9.2C3 5.8 6.1 3.5 10 3.5s7 2.3 7 5.7-3.1 5.7-7 5.7c-.8 0-1.6-.1-2.3-.3L4 16.5l.8-3.3C3.7 12.200 3 10.800 3 9.200Z", "M7 9.300h.01M10 9.300h.01M13 9.300h.01"]);
export const Close = icon(["m5 5 10 10M15 5 5 15"]);
export const Down = icon(["m5 8 5 5 5-5"]);
export const Left = icon(["m12 5-5 5 5 5"]);
export const Send = icon(["M10 16V4.500M5 9.500l5-5 5 5"]);
export const Smile = icon(["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z", "M7.300 11.700c.6.900 1.600 1.400 2.700 1.400s2.100-.5 2.700-1.400", "M7.700 8.200h.01M12.300 8.200h.01"]);
export const Bell = icon(["M5 8.500a5 5 0 0 1 10 0c0 4 1.500 5 1.500 5h-13S5 12.500 5 8.500Z", "M8.500 16.300c.7.900 2.300.900 3 0"]);
export const BellOff = icon(["M5.300 7A5 5 0 0 1 15 8.500c0 1.200.1 2.100.4 2.900M13 13.500H3.500S5 12.500 5 9.500", "M8.500 16.300c.7.900 2.300.900 3 0", "m3 3 14 14"]);
export const Person = icon(["M10 10a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400Z", "M4 16.500c.7-2.600 3-4 6-4s5.300 1.400 6 4"]);
export const Reply = icon(["M8 5 3.500 9.500 8 14", "M4 9.500h7c3.300 0 5.500 1.800 5.500 5.500"]);
export const Search = icon(["M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11Z", "m13 13 3.500 3.500"]);
export const Out = icon(["M8 3.500H4.500v13H8", "M12.500 6.500 16 10l-3.500 3.500M8.500 10H16"]);
export const Note = icon(["M5 3.500h10v9l-4 4H5z", "M11 16.500v-4h4"]);
export const Clock = icon(["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z", "M10 6v4.200l2.600 1.600"]);
export const Check = icon(["m4.500 10.500 3.600 3.500 7.400-8"]);
export const Checks = icon(["m1.500 10.500 3.600 3.500 7.400-8", "m9.500 12.600 1.500 1.400 7.400-8"]);
export const Alert = icon(["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z", "M10 6.500v4M10 13.300h.01"]);
export const Robot = icon(["M5 7.500h10a1.500 1.500 0 0 1 1.500 1.500v5.500A1.500 1.500 0 0 1 15 16H5a1.500 1.500 0 0 1-1.500-1.500V9A1.500 1.500 0 0 1 5 7.500Z", "M10 7.500V4.500M7.500 11.200v1M12.500 11.200v1M9.500 4h1"]);
