// The browser and system that a connection says it comes from, in a few words.
/** @type {[RegExp, string][]} */
const BROWSERS = [
  [/\bEdgA?\/|EdgiOS/, "Edge"],
  [/\bOPR\//, "Opera"],
  [/YaBrowser/, "Яндекс Браузер"],
  [/SamsungBrowser/, "Samsung Internet"],
  [/Firefox\/|FxiOS/, "Firefox"],
  [/Chrome\/|CriOS/, "Chrome"],
  [/Safari\//, "Safari"],
];
/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/CrOS/, "ChromeOS"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux|X11/, "Linux"],
];

/** @param {[RegExp, string][]} table @param {string} agent */
const firstMatch = (table, agent) => table.find(([sign]) => sign.test(agent))?.[1];

// Empty where it says nothing that we know.
/** @param {string} agent */
export const device = (agent) => [firstMatch(BROWSERS, agent), firstMatch(SYSTEMS, agent)].filter(Boolean).join(" · ");

/** @param {string | null} origin */
export const host = (origin) => (origin && URL.canParse(origin) ? new URL(origin).host : "");
