// A second factor begun: the password once more, a QR code and the secret, a first code, recovery codes.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { copy } from "../shared/clipboard.js";
import { Field, why } from "./fields.js";
import { api } from "./http.js";

/** @param {string} secret */
const inFours = (secret) => secret.match(/.{1,4}/g)?.join(" ") ?? "";

// password: as it was just typed, where it is known; begins: whether nothing needs to be pressed.
/** @param {{ t: Speaker, done: () => void, password?: string }} props */
export function Enrol({ t, done, password = "" }) {
  const [begun, setBegun] = useState(/** @type {any} */ (null));
  const [codes, setCodes] = useState(/** @type {string[] | null} */ (null));
  const [wrong, setWrong] = useState("");
  /** @param {string} words */
  const begin = async (words) => {
    try {
      setBegun(await api("POST", "/manager/factor", { password: words }));
      setWrong("");
    } catch (error) {
      setWrong(why(t, error));
    }
  };
  useEffect(() => {
    if (password) begin(password);
  }, []);
  /** @param {string} code */
  const confirm = async (code) => {
    try {
      setCodes((await api("POST", "/manager/factor/confirm", { code })).recovery_codes);
      setWrong("");
    } catch (error) {
      setWrong(why(t, error));
    }
  };
  if (codes) return html`<${Recovery} ...${{ t, codes, done }} />`;
  if (!begun) {
    return html`<${Ask} ...${{ t, wrong, does: begin, name: "factor-password", type: "password" }}
      label=${t("ownPassword")} act=${t("factorBegin")} complete="current-password" />`;
  }
  const { qr, secret, address } = begun;
  return html`<div class="enrol"><p>${t("factorScan")}</p>
    <svg class="qr" viewBox=${`0 0 ${qr.size} ${qr.size}`} role="img" aria-label=${t("factorQr")}>
      <path d=${qr.path} /></svg>
    <p class="sub">${t("factorSecret")} <code class="secret">${inFours(secret)}</code>
      <a href=${address}>${t("factorOpen")}</a></p>
    <${Ask} ...${{ t, wrong, does: confirm, name: "factor-code" }} label=${t("factorCode")}
      act=${t("factorConfirm")} complete="one-time-code" /></div>`;
}

// One field and what is done with it.
/** @param {any} props */
export function Ask({ wrong, does, name, label, act, type = "text", complete, hint = "" }) {
  const field = useRef();
  const [busy, setBusy] = useState(false);
  useLayoutEffect(() => field.current.focus(), []);
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    await does(field.current.value.trim());
    setBusy(false);
    field.current?.select();
  };
  return html`<form class="ask" onSubmit=${submit}>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <${Field} ...${{ name, label, type, hint }} held=${field} complete=${complete} />
    <button class="primary" disabled=${busy}>${act}</button></form>`;
}

/** @param {{ t: Speaker, codes: string[], done: () => void }} props */
function Recovery({ t, codes, done }) {
  const title = useRef();
  const [copied, setCopied] = useState(false);
  useLayoutEffect(() => title.current.focus(), []);
  return html`<div class="enrol"><p tabindex="-1" ref=${title}>${t("factorDone")}</p>
    <ul class="codes" aria-label=${t("factorRecovery")}>
      ${codes.map((one) => html`<li key=${one}><code>${one}</code></li>`)}
    </ul>
    <div class="choices"><button class="plain" onClick=${async () => setCopied(await copy(codes.join("\n")))}>
      ${t(copied ? "factorCopied" : "factorCopy")}</button>
      <button class="primary" onClick=${done}>${t("factorKept")}</button></div></div>`;
}
