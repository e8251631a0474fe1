// More icons, for the rooms and the console.
import { icon } from "./icons.js";

export const Swap = icon(["M4 7.500h11M12 4.500l3 3-3 3", "M16 12.500H5M8 9.500l-3 3 3 3"]);
export const Undo = icon(["M7.500 4.500 4 8l3.500 3.500", "M4.500 8h7a4 4 0 0 1 0 8H8"]);
export const Done = icon(["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z", "m6.800 10.200 2.200 2.200 4.200-4.600"]);
export const Later = icon(["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z", "M10 6v4.300l2.800 1.700"]);
export const Info = icon(["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z", "M10 9.200v4M10 6.700h.01"]);
export const Help = icon([
  "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
  "M8 8.200a2 2 0 1 1 2.800 1.800c-.5.300-.8.700-.8 1.300M10 13.600h.01",
]);
export const People = icon([
  "M7.500 9.500a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400Z",
  "M2.500 16c.4-2.700 2.300-4.200 5-4.200s4.600 1.500 5 4.200",
  "M12.700 4.400a2.700 2.700 0 0 1 0 4.900M14.500 12.100c1.700.5 2.800 1.900 3.100 3.900",
]);
export const Slash = icon(["M12.500 4 7.500 16"]);
export const Bolt = icon(["M11 3 5 11.200h4.500L9 17l6-8.200h-4.500z"]);
export const Speaker = icon([
  "M3.500 8v4h2.500l4 3.500v-11L6 8z",
  "M13 7.500a3.500 3.500 0 0 1 0 5M15.200 5.500a6.500 6.500 0 0 1 0 9",
]);
export const SpeakerOff = icon(["M3.500 8v4h2.500l4 3.500v-11L6 8z", "m13 8 4 4M17 8l-4 4"]);
export const Inbox = icon([
  "M3.500 11.500 5.500 4.500h9l2 7v4h-13z",
  "M3.500 11.500h4c.3 1.300 1.200 2 2.500 2s2.200-.7 2.500-2h4",
]);
export const Hash = icon(["M7.800 3.500 6.500 16.500M13.500 3.500l-1.300 13M3.800 7.500h13M3.200 12.500h13"]);
export const Lock = icon(["M5 9h10v7.500H5z", "M7 9V6.500a3 3 0 0 1 6 0V9"]);
export const Shield = icon(["M10 3 4.500 5v4.500c0 3.500 2.200 6 5.500 7.500 3.300-1.500 5.500-4 5.500-7.500V5z"]);
export const Plus = icon(["M10 4v12M4 10h12"]);
export const At = icon([
  "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  "M13 7v4c0 1.300.800 2.200 2 2.200s2-1 2-3.200a7 7 0 1 0-3 5.800",
]);
export const Chain = icon([
  "M8.500 11.500a3 3 0 0 0 4.300 0l2.700-2.700a3 3 0 0 0-4.300-4.300L10 5.700",
  "M11.500 8.500a3 3 0 0 0-4.300 0l-2.700 2.700a3 3 0 0 0 4.300 4.300L10 14.300",
]);
export const Funnel = icon(["M3.500 5h13l-5 6v5l-3 1.500V11Z"]);
export const Chart = icon(["M4 3.500v13h12.500", "M7.500 13.500v-3.500M11 13.500V6.500M14.500 13.500V9"]);
