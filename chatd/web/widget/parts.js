// The conversation's code: fetched once, tried again until it is there.

/** @type {Record<string, string[]>} */
const HERE =
  typeof PARTS === "undefined"
    ? { conversation: ["widget/conversation.js"], ru: ["shared/texts-ru.js"], en: ["shared/texts-en.js"] }
    : PARTS;
const LONGEST_MS = 30_000;

// The names as they are now: a page that was kept may know only those before an update.
/** @param {string} base @returns {Promise<Record<string, string[]>>} */
async function names(base) {
  try {
    const answer = await fetch(`${base}/assets/built/parts.json`, { cache: "no-cache", credentials: "omit" });
    return answer.ok ? await answer.json() : HERE;
  } catch {
    return HERE;
  }
}

/** @type {(ms: number) => Promise<void>} */
export const pause = (ms) => new Promise((done) => void setTimeout(done, ms));

// Everything at once, so that a language or what parts share waits for nothing. What failed is
// asked for under another address: a browser may remember that the first was not there.
/** @param {string} base @param {string} language @returns {Promise<any>} */
export async function conversation(base, language) {
  let known = HERE;
  for (let tries = 0; ; tries += 1) {
    const again = tries ? `?${tries}` : "";
    try {
      const wanted = [...known.conversation, ...(known[language] ?? [])];
      const [part] = await Promise.all(wanted.map((name) => import(`${base}/assets/${name}${again}`)));
      return part;
    } catch {
      await pause(Math.min(LONGEST_MS, 500 * 2 ** tries));
      known = await names(base);
    }
  }
}
