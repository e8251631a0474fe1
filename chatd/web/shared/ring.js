// The sound of a call that rings: one tab of a browser makes it, until it is stopped.
import { note } from "./note.js";

const EVERY_MS = 2_400;
const LOUDEST = 0.09;
/** @type {Record<string, [number, number][]>} */
const TUNES = { in: [[784, 0], [988, 0.16], [784, 0.32], [988, 0.48]], out: [[425, 0], [425, 0.3]] };

// The function that stops it.
/** @param {string} id @param {"in" | "out"} which @returns {() => void} */
export function ring(id, which) {
  /** @type {(value?: undefined) => void} */
  let finish = () => {};
  const over = new Promise((/** @type {(value?: undefined) => void} */ done) => {
    finish = done;
  });
  /** @param {unknown} got */
  const play = async (got) => void (got && (await sound(which, over)));
  const { locks } = navigator;
  // Refused, as in a sandbox, every tab rings.
  if (locks) locks.request(`chatd:ring:${id}`, { ifAvailable: true }, play).catch(() => play(true));
  else play(true);
  return finish;
}

/** @param {"in" | "out"} which @param {Promise<unknown>} over */
async function sound(which, over) {
  /** @type {AudioContext | undefined} */
  let audio;
  let timer = 0;
  try {
    const made = (audio = new AudioContext());
    made.resume().catch(() => {});
    const play = () => TUNES[which].forEach(([pitch, at]) => note(made, pitch, at, LOUDEST));
    play();
    timer = setInterval(play, EVERY_MS);
  } catch {
    // No sound is no fault: the window tells the same.
  }
  await over;
  clearInterval(timer);
  await audio?.close();
}
