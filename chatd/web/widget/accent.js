// A site's own accent colour, with the text on it dark or light, whichever reads better.
const HEX = /^#([0-9a-f]{6})$/i;

export function applyAccent(element, accent) {
  const match = HEX.exec(accent ?? "");
  if (!match) return;
  const channels = [0, 2, 4].map((at) => parseInt(match[1].slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const white = 1.05 / (light + 0.05);
  const black = (light + 0.05) / 0.05;
  element.style.setProperty("--accent", accent);
  element.style.setProperty("--on-accent", white >= 4.5 || white > black ? "#ffffff" : "#000000");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const readable = () => {
    const mixed = dark.matches
      ? `color-mix(in oklab, ${accent} 45%, white)`
      : `color-mix(in oklab, ${accent} ${white >= 4.5 ? 100 : 60}%, black)`;
    element.style.setProperty("--accent-text", mixed);
  };
  readable();
  dark.addEventListener("change", readable);
}
