// Before the console, where everybody needs a second factor and who has logged in has none yet.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { Bubble } from "../shared/icons.js";
import { Enrol } from "./enrol.js";

/** @param {{ t: Speaker, password: string, done: () => void, leave: () => void }} props */
export const Enrolling = ({ t, password, done, leave }) => html`<main class="door"><div class="card">
  <span class="mark"><${Bubble} /></span>
  <div><h1>${t("factorTitle")}</h1><p class="lead">${t("factorNeeded")}</p></div>
  <${Enrol} ...${{ t, password, done }} />
  <button class="plain" onClick=${leave}>${t("signOut")}</button>
</div></main>`;
