// Arrows move between the buttons of a list, menu or bar.
/** @param {any} event */
export function arrows(event, { within = event.currentTarget, match = "button", sideways = false } = {}) {
  /** @type {Record<string, number>} */
  const steps = sideways ? { ArrowRight: 1, ArrowLeft: -1 } : { ArrowDown: 1, ArrowUp: -1 };
  /** @type {Record<string, number>} */
  const ends = { Home: 0, End: -1 };
  if (event.altKey || event.ctrlKey || !(event.key in steps || event.key in ends)) return null;
  const all = [...within.querySelectorAll(match)];
  const at = all.indexOf(within.getRootNode().activeElement);
  if (at < 0) return null;
  event.preventDefault();
  const next = event.key in ends ? all.at(ends[event.key]) : all[at + steps[event.key]];
  next?.focus();
  return next ?? null;
}
