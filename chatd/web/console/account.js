// One's own account: another password, the second factor, passkeys, where one is logged in.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Modal } from "../shared/modal.js";
import { Enrol } from "./enrol.js";
import { Field, why } from "./fields.js";
import { api } from "./http.js";
import { managedBy } from "./may.js";
import { Passkeys } from "./passkeys.js";
import { Sessions } from "./sessions.js";

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function Account({ model, t, close }) {
  const [me, setMe] = useState(/** @type {any} */ (null));
  const [wrong, setWrong] = useState("");
  const look = () => api("GET", "/manager/me").then(
    ({ operator }) => setMe(operator),
    (error) => setWrong(why(t, error)),
  );
  useEffect(() => void look(), []);
  // What comes of it, or nothing where it was refused, which is said.
  /** @param {Promise<any>} asked */
  const say = (asked) => asked.then((told) => {
    setWrong("");
    return told;
  }, (error) => setWrong(why(t, error)));
  /** @param {string | null} cursor */
  const sessions = (cursor) => say(api("GET", `/manager/logins${cursor ? `?cursor=${cursor}` : ""}`));
  return html`<${Modal} t=${t} title=${t("ownAccount")} close=${close}><div class="body account" tabindex="0">
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <p class="sub">${model.me.display_name} · ${model.me.username}</p>
    ${managedBy(model).length > 0 && html`<button class="plain" onClick=${() =>
      model.set({ asking: { what: "manage" } })}>${t("manage")}</button>`}
    <button class="plain narrow" onClick=${() => model.signOut()}>${t("signOut")}</button>
    <${Password} t=${t} />
    ${me && html`<${Factor} key=${String(me.second_factor)} ...${{ t, has: me.second_factor, look }} />`}
    <${Passkeys} t=${t} />
    <section aria-labelledby="own-sessions"><h3 id="own-sessions">${t("sessionsTitle")}</h3>
      <${Sessions} t=${t} fetch=${sessions}
        end=${(/** @type {string} */ session) => say(api("POST", "/manager/logins/end", { session }))} /></section>
  </div></${Modal}>`;
}

/** @param {{ t: Speaker }} props */
function Password({ t }) {
  const form = useRef();
  const [said, setSaid] = useState({ wrong: "", done: "" });
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    const { old, fresh } = form.current.elements;
    try {
      await api("POST", "/manager/password", { old: old.value, password: fresh.value });
      form.current.reset();
      setSaid({ wrong: "", done: t("ownPasswordChanged") });
    } catch (error) {
      setSaid({ wrong: why(t, error), done: "" });
    }
  };
  return html`<section aria-labelledby="own-password"><h3 id="own-password">${t("ownPasswordTitle")}</h3>
    <form ref=${form} class="ask" onSubmit=${submit}>
      <div role="alert">${said.wrong && html`<p class="wrong">${said.wrong}</p>`}</div>
      <${Field} name="old" label=${t("ownPasswordOld")} type="password" complete="current-password" />
      <${Field} name="fresh" label=${t("ownPasswordNew")} type="password" complete="new-password"
        hint=${t("ownPasswordRule")} />
      <button class="plain">${t("ownPasswordChange")}</button>
      <p class="sub" role="status">${said.done}</p></form></section>`;
}

/** @param {{ t: Speaker, has: boolean, look: () => unknown }} props */
function Factor({ t, has, look }) {
  const [begins, setBegins] = useState(false);
  return html`<section aria-labelledby="own-factor"><h3 id="own-factor">${t("factorTitle")}</h3>
    ${has && html`<p>${t("factorOn")}</p><${Off} ...${{ t, look }} />`}
    ${!has && begins && html`<${Enrol} t=${t} done=${look} />`}
    ${!has && !begins && html`<p>${t("factorLead")}</p>
      <button class="plain" onClick=${() => setBegins(true)}>${t("factorTurnOn")}</button>`}
  </section>`;
}

/** @param {{ t: Speaker, look: () => unknown }} props */
function Off({ t, look }) {
  const form = useRef();
  const [asked, setAsked] = useState(false);
  const [wrong, setWrong] = useState("");
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    const { secret, code } = form.current.elements;
    try {
      await api("POST", "/manager/factor/remove", { password: secret.value, code: code.value });
      look();
    } catch (error) {
      setWrong(why(t, error));
    }
  };
  if (!asked) return html`<button class="plain" onClick=${() => setAsked(true)}>${t("factorTurnOff")}</button>`;
  return html`<form ref=${form} class="ask" onSubmit=${submit}>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <${Field} name="secret" label=${t("ownPassword")} type="password" complete="current-password" />
    <${Field} name="code" label=${t("loginCode")} complete="one-time-code" />
    <button class="plain">${t("factorTurnOff")}</button></form>`;
}
