// The first run: where nobody has an account yet, how to make one; the page notices when there is.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef } from "../vendor/preact.js";
import { BASE } from "../shared/base.js";
import { Bubble } from "../shared/icons.js";

const EVERY = 3_000;
export const COMMAND = "chatd admin operator add artem --name Артём --role admin";

// Whether there is an operator; as long as that is not known, we believe so.
export async function hasOperators() {
  try {
    const told = await (await fetch(`${BASE}/api/site`)).json();
    return told.data.has_operators !== false;
  } catch {
    return true;
  }
}

/** @param {{ t: Speaker, done: () => void }} props */
export function FirstRun({ t, done }) {
  const title = useRef(/** @type {any} */ (null));
  useEffect(() => {
    title.current.focus();
    const timer = setInterval(async () => (await hasOperators()) && done(), EVERY);
    return () => clearInterval(timer);
  }, []);
  return html`<main class="door"><div class="card first-run">
    <span class="mark"><${Bubble} /></span>
    <div><h1 tabindex="-1" ref=${title}>${t("firstRun")}</h1><p class="lead">${t("firstRunLead")}</p></div>
    <pre tabindex="0" aria-label=${t("firstRunCommand")}><code>${COMMAND}</code></pre>
    <p class="lead">${t("firstRunThen")}</p>
  </div></main>`;
}
