// A short two-note chime, made on the spot; silent where the browser does not let us.
import { note } from "./note.js";

/** @type {AudioContext | undefined} */
let audio;

export function chime() {
  try {
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
    for (const [pitch, at] of [[660, 0], [880, 0.09]]) note(audio, pitch, at, 0.06);
  } catch {
    // No sound is no fault: the dot and the title tell the same.
  }
}
