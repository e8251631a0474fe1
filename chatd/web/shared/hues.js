// Everybody's colour: that of their id; of two who are here with the same one, the second gets another.
const HUES = 8;
const REMEMBERED = 1_000;
const given = new Map();
// What is drawn over somebody's initials: the style that has their picture, by their id.
/** @type {Map<string | undefined, string>} */
export const faces = new Map();

export const hueOf = (id = "") => given.get(id) ?? hueFromId(id);

/** @param {string} id */
function hueFromId(id) {
  let sum = 0;
  for (const point of String(id)) sum = (sum * 31 + Number(point.codePointAt(0))) >>> 0;
  return sum % HUES;
}

// These are here together: no two look alike, while there are enough colours; then it is left at that.
// Who was seated first, here or elsewhere, keeps the colour.
/** @param {Iterable<string>} present */
export function assignHues(present) {
  if (given.size > REMEMBERED) given.clear();
  const taken = new Set();
  const ids = new Set(present);
  const seated = [...given.keys()].filter((one) => ids.has(one));
  for (const id of new Set([...seated, ...ids])) {
    if (taken.size === HUES) return;
    let hue = hueOf(id);
    while (taken.has(hue)) hue = (hue + 1) % HUES;
    given.set(id, hue);
    taken.add(hue);
  }
}
