// The login: user name and password, and in words why it stays shut.
/** @import { Speaker } from "../shared/types" */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { Bubble } from "../shared/icons.js";
import { refusal } from "../shared/refusals.js";
import { api } from "./http.js";
import { onDemand } from "./on-demand.js";
import { mayHave } from "./passkey-browser.js";

const ByPasskey = onDemand(() => import("./by-passkey.js").then((part) => part.ByPasskey));

/** @type {Record<string, (t: Speaker, error: any) => string>} */
const REASONS = {
  unauthenticated: (t) => t("wrongPassword"),
  invalid: (t) => t("wrongPassword"),
  rate_limited: refusal,
  forbidden: (t) => t("noEntry"),
};

/** @param {{ t: Speaker, said: string, enter: any }} props */
export function Login({ t, said, enter }) {
  const [wrong, setWrong] = useState(said);
  const [busy, setBusy] = useState(false);
  const [coded, setCoded] = useState(false);
  const [wanted, setWanted] = useState(false);
  const code = useRef();
  const name = useRef();
  const password = useRef();
  useLayoutEffect(() => name.current.focus(), []);
  useLayoutEffect(() => code.current?.focus(), [coded]);

  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setWrong("");
    setWanted(false);
    try {
      const form = { username: name.current.value.trim(), password: password.current.value };
      const proof = code.current?.value ? { code: code.current.value } : {};
      enter(await api("POST", "/manager/auth", { ...form, ...proof, cookie: true }), form.password);
    } catch (error) {
      setBusy(false);
      if (error.second_factor) return askCode();
      if (error.passkey) return setWanted(true);
      setWrong(REASONS[error.code]?.(t, error) ?? t("unreachable"));
      setCoded(false);
      password.current.select();
    }
  };

  // The password was right: it says what is wrong only of a code that was given.
  const askCode = () => {
    if (coded) setWrong(t("wrongCode"));
    setCoded(true);
    code.current?.select();
  };

  return html`<main class="door"><form onSubmit=${submit} aria-labelledby="door-title">
    <span class="mark"><${Bubble} /></span>
    <div><h1 id="door-title">${t("login")}</h1><p class="lead">${t("loginLead")}</p></div>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <div class="labelled"><label for="username">${t("username")}</label>
      <input class="input" id="username" ref=${name} required autocomplete="username" autocapitalize="none"
        spellcheck=${false} maxlength="64" /></div>
    <div class="labelled"><label for="password">${t("password")}</label>
      <input class="input" id="password" ref=${password} type="password" required autocomplete="current-password"
        maxlength="1024" /></div>
    ${coded && html`<div class="labelled"><label for="code">${t("loginCode")}</label>
      <input class="input" id="code" ref=${code} required autocomplete="one-time-code" autocapitalize="none"
        spellcheck=${false} maxlength="64" /></div>`}
    <button class="primary" disabled=${busy}>${t(busy ? "signingIn" : "signIn")}</button>
    ${(wanted || mayHave()) && html`<${ByPasskey} ...${{ t, wanted, enter, giveUp: () => {} }} />`}
  </form></main>`;
}
