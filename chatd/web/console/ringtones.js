// The sounds of the console: each kind of call has one of its own, made on the spot; silent where the
// browser does not let us.
import { note } from "../shared/note.js";

const LOUDEST = 0.16;

// kind → its notes: the pitch in Hz, and after how many seconds it begins.
/** @type {Record<string, [number, number][]>} */
const TUNES = {
  waiting: [[660, 0], [880, 0.09]],
  reply: [[740, 0]],
  transfer: [[523, 0], [659, 0.1], [784, 0.2]],
  mention: [[988, 0], [740, 0.12], [988, 0.24], [740, 0.36]],
};
export const KINDS = Object.keys(TUNES);

/** @type {AudioContext | undefined} */
let audio;

// volume: from 0 to 1.
/** @param {string} kind @param {number} volume */
export function play(kind, volume) {
  if (!(volume > 0)) return;
  try {
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
    for (const [pitch, at] of TUNES[kind]) note(audio, pitch, at, LOUDEST * volume);
  } catch {
    // No sound is no fault: notification and title tell the same.
  }
}
