// Before the console, where all need a second factor and who has logged in has none yet: an app, or a passkey.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { Bubble } from "../shared/icons.js";
import { Enrol } from "./enrol.js";
import { api } from "./http.js";
import { mayHave } from "./passkey-browser.js";
import { AddPasskey } from "./passkeys.js";

/** @param {{ t: Speaker, password: string, done: () => void, leave: () => void }} props */
export function Enrolling({ t, password, done, leave }) {
  const [offered, setOffered] = useState(false);
  const [byPasskey, setByPasskey] = useState(false);
  useEffect(() => {
    if (mayHave()) api("GET", "/manager/passkeys").then((told) => setOffered(told.offered), () => {});
  }, []);
  return html`<main class="door"><div class="card">
  <span class="mark"><${Bubble} /></span>
  <div><h1>${t("factorTitle")}</h1><p class="lead">${t("factorNeeded")}</p></div>
  ${byPasskey ? html`<p>${t("passkeysLead")}</p><${AddPasskey} ...${{ t, password, done }} />`
    : html`<${Enrol} ...${{ t, password, done }} />`}
  ${offered && html`<button class="plain" onClick=${() => setByPasskey(!byPasskey)}>
    ${t(byPasskey ? "factorByApp" : "factorByPasskey")}</button>`}
  <button class="plain" onClick=${leave}>${t("signOut")}</button>
</div></main>`;
}
