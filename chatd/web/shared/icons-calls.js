// The icons of calls.
import { icon } from "./icons-chat.js";

const HANDSET = "M6.600 3.500 4.700 4.400c-.8.4-1.200 1.300-1 2.200.6 2.500 1.800 4.700 3.500 6.400s3.900 2.900"
  + " 6.400 3.500c.9.2 1.800-.2"
  + " 2.200-1l.9-1.900-3.500-2.300-1.600 1.400a9 9 0 0 1-3.900-3.900l1.400-1.600Z";

export const Handset = icon([HANDSET]);
export const HangUp = icon([
  "M3 11.800c0-1 .5-1.700 1.300-2.100 3.600-1.600 7.800-1.600 11.400 0 .8.4 1.300 1.100"
  + " 1.300 2.100v1.700l-3.800-.5-.3-2.100a9.400 9.400 0 0 0-5.800"
  + " 0l-.3 2.100-3.800.5Z",
]);
export const Camera = icon(["M3.500 6h8v8h-8Z", "m11.500 9 5-2.600v7.200l-5-2.600"]);
export const CameraOff = icon(["M6.500 6h5v5M11.500 14h-8V6", "m11.500 9 5-2.600v7.200l-3-1.600", "m3 3 14 14"]);
export const MicrophoneOff = icon([
  "M7.500 7.500v2a2.500 2.500 0 0 0 4 2M12.500 8.500v-3a2.500 2.500 0 0 0-4.600-1.300",
  "M5 9.500a5 5 0 0 0 8.300 3.700M15 9.500c0 .7-.1 1.300-.4 1.900M10 14.500V17",
  "m3 3 14 14",
]);
export const Shrink = icon(["M15.500 4.500 11 9m0-3.500V9h3.500", "M4.500 15.500 9 11m-3.500 0H9v3.500"]);
export const Grow = icon(["m11 9 4.500-4.500M12 4.500h3.500V8", "m9 11-4.500 4.500M4.500 12v3.500H8"]);
export const Screen = icon(["M3.500 4.500h13v8.500h-13Z", "M7.500 16.500h5M10 11V7m-2 1.800L10 7l2 1.800"]);
export const Whole = icon(["M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4"]);
export const Floating = icon(["M16.500 9V4.500h-13v10H8", "M10.500 11.500h6.500v4.500h-6.500Z"]);
export const Tuning = icon([
  "M3.500 6.500h6M14 6.500h2.500M3.500 13.500H6M10.500 13.500h6",
  "M11.700 8.700a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400Z",
  "M8.300 15.700a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400Z",
]);
// How good the line is: so many bars.
const THREE = ["M4.500 16v-3.500", "M10 16V9", "M15.500 16V4.500"];
export const BARS = [0, 1, 2].map((grade) => icon(THREE.slice(0, grade + 1)));
