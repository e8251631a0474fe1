// One's own passkeys: added by a password, each with a name, taken away.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { fencedRows } from "../shared/fence.js";
import { Field, why } from "./fields.js";
import { api } from "./http.js";
import { gaveUp, isThere, make, mayHave } from "./passkey-browser.js";
import { moment } from "./sessions.js";

/** @param {Speaker} t @param {any} error */
function explain(t, error) {
  if (isThere(error)) return t("passkeyThere");
  return gaveUp(error) ? t("passkeyGivenUp") : why(t, error);
}

/** @param {{ t: Speaker }} props */
export function Passkeys({ t }) {
  const [told, setTold] = useState(/** @type {any} */ (null));
  const [wrong, setWrong] = useState("");
  const [doing, setDoing] = useState(""); // "add", or the one to take away
  const look = () => api("GET", "/manager/passkeys").then(setTold, (error) => setWrong(why(t, error)));
  useEffect(() => void look(), []);
  if (!told || (!told.passkeys.length && !(told.offered && mayHave()))) return null;
  const done = async () => {
    setDoing("");
    await look();
  };
  /** @param {any} one */
  const remove = ({ id }) => async (/** @type {any} */ proof) => {
    await api("POST", "/manager/passkeys/remove", { passkey: id, ...proof });
    await done();
  };
  /** @param {any} one */
  const row = (one) => html`<li><div class="line"><span class="name">${one.name}</span>
      <span class="sub">${[one.host !== location.hostname && one.host,
        t("passkeyMade", { at: moment(t, one.created_at) }),
        one.used_at ? t("passkeyUsed", { at: moment(t, one.used_at) }) : t("passkeyUnused")]
        .filter(Boolean).join(" · ")}</span>
      ${doing !== one.id && html`<button class="plain small" onClick=${() => setDoing(one.id)}>
        ${t("passkeyRemove")}</button>`}</div>
    ${doing === one.id && html`<div class="open"><${Prove} ...${{ t, act: t("passkeyRemove"), does: remove(one) }} />
      </div>`}</li>`;
  return html`<section aria-labelledby="own-passkeys"><h3 id="own-passkeys">${t("passkeysTitle")}</h3>
    <p>${t("passkeysLead")}</p>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <ul class="rows" aria-label=${t("passkeysTitle")}>${fencedRows(told.passkeys, "id", row, t)}</ul>
    ${told.offered && mayHave() && (doing === "add" ? html`<${AddPasskey} ...${{ t, done }} />`
      : html`<button class="plain" onClick=${() => setDoing("add")}>${t("passkeyAdd")}</button>`)}
  </section>`;
}

/** @param {{ t: Speaker, done: () => unknown, password?: string }} props */
export function AddPasskey({ t, done, password = "" }) {
  /** @param {any} proof @param {string} name */
  const add = async ({ password: words, code }, name) => {
    const begun = await api("POST", "/manager/passkeys", { password: words, code });
    await api("POST", "/manager/passkeys/confirm", { name, ...await make(begun) });
    await done();
  };
  return html`<${Prove} ...${{ t, act: t("passkeyAdd"), does: add, named: true, password }} />`;
}

// The password once more, and a code where one is wanted.
/** @param {{ t: Speaker, act: string, does: any, named?: boolean, password?: string }} props */
function Prove({ t, act, does, named = false, password = "" }) {
  const form = useRef();
  const [wrong, setWrong] = useState("");
  const [coded, setCoded] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => form.current.querySelector("input").focus(), [coded]);
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    const { name, secret, code } = form.current.elements;
    setBusy(true);
    setWrong("");
    try {
      await does({ password: secret.value, code: code?.value ?? "" }, name?.value);
    } catch (/** @type {any} */ error) {
      setBusy(false);
      if (error.second_factor && !coded) return setCoded(true);
      setWrong(explain(t, error));
    }
  };
  return html`<form ref=${form} class="ask" onSubmit=${submit}>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    ${named && html`<${Field} name="name" label=${t("passkeyName")} hint=${t("passkeyNameHint")} maxlength="64" />`}
    <${Field} name="secret" label=${t("ownPassword")} type="password" complete="current-password"
      defaultValue=${password} />
    ${coded && html`<${Field} name="code" label=${t("loginCode")} complete="one-time-code" />`}
    <button class="plain" disabled=${busy}>${act}</button></form>`;
}
