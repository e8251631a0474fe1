// All icons: those of a conversation, and these of the pages around it.
import { icon } from "./icons-chat.js";

export * from "./icons-chat.js";
export const Left = icon(["m12 5-5 5 5 5"]);
export const Search = icon(["M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Z", "m13 13 3.5 3.5"]);
export const Out = icon(["M8 3.5H4.5v13H8", "M12.5 6.5 16 10l-3.5 3.5M8.5 10H16"]);
export const Note = icon(["M5 3.5h10v9l-4 4H5z", "M11 16.5v-4h4"]);
