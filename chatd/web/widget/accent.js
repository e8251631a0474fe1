// A site's own accent colour, with what is drawn on it and in it dark or light, whichever is read.
const HEX = /^#([0-9a-f]{6})$/i;
// How bright the surfaces are that text in the accent's colour stands on, and the least contrast.
const SURFACES = { light: 1, dark: 0.011 };
const READ = 4.6;

/** @param {number[]} channels 0 to 1 */
function brightness(channels) {
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {number} a @param {number} b */
const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

/** @param {number[]} channels */
const hex = (channels) =>
  `#${channels.map((c) => Math.round(c * 255).toString(16).padStart(2, "0")).join("")}`;

// The colour itself, mixed with so much of black or white as makes it legible on a surface.
/** @param {number[]} channels @param {number} surface @param {number} towards 0 is black, 1 white */
function legible(channels, surface, towards) {
  for (let share = 0; share <= 1; share += 0.05) {
    const mixed = channels.map((c) => c + (towards - c) * share);
    if (contrast(brightness(mixed), surface) >= READ) return hex(mixed);
  }
  return hex([towards, towards, towards]);
}

/** @param {HTMLElement} element @param {string | undefined} accent */
export function applyAccent(element, accent) {
  const match = HEX.exec(accent ?? "");
  if (!match) return;
  const channels = (match[1].match(/../g) ?? []).map((two) => parseInt(two, 16) / 255);
  const light = brightness(channels);
  const set = (/** @type {string} */ name, /** @type {string} */ value) => element.style.setProperty(name, value);
  set("--accent", match[0]);
  set("--on-accent", contrast(light, 1) >= 4.5 || contrast(light, 1) > contrast(light, 0) ? "#ffffff" : "#000000");
  const [day, night] = [legible(channels, SURFACES.light, 0), legible(channels, SURFACES.dark, 1)];
  set("--accent-text", `light-dark(${day}, ${night})`);
}
