// The icons of what can be done with a message.
import { icon } from "./icons-chat.js";

export const Reply = icon(["M8 5 3.5 9.5 8 14", "M4 9.5h7c3.3 0 5.5 1.8 5.5 5.5"]);
export const Pencil = icon([
  "M4 16l.700-3.300L13 4.400a1.500 1.500 0 0 1 2.100 0l.5.5a1.500 1.500 0 0 1 0 2.100L7.300 15.300 4 16Z",
  "m11.700 5.700 2.600 2.600",
]);
export const Trash = icon(["M4 6h12M8 6V4.200h4V6M5.700 6l.600 10h7.400l.600-10", "M8.500 9v4.500M11.500 9v4.500"]);
