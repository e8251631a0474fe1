// The icons of files and voice messages.
import { icon } from "./icons-chat.js";

export const Paper = icon(["M5.5 3h6L15 6.5V17H5.5z", "M11.5 3v3.5H15"]);
export const Save = icon(["M10 3.5v8.5M6.3 8.5 10 12.2l3.7-3.7", "M4 16.5h12"]);
export const Play = icon(["M6.5 4.2v11.6L16 10z"]);
export const Pause = icon(["M7 4.5v11M13 4.5v11"]);
export const Stop = icon(["M5.5 5.5h9v9h-9z"]);
export const Film = icon(["M3.5 5h13v10h-13z", "M8.5 7.8v4.4l3.7-2.2z"]);
export const Tune = icon([
  "M7.5 15V5l8-1.5V13",
  "M5.5 17a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM13.5 15a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z"]);
