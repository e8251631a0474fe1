// The login by a passkey, where the daemon takes one: no name, no password, no code.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { refusal } from "../shared/refusals.js";
import { api } from "./http.js";
import { gaveUp, mayHave, sign } from "./passkey-browser.js";

/** @param {Speaker} t @param {any} error */
function explain(t, error) {
  if (gaveUp(error)) return t("passkeyGivenUp");
  return error.passkey ? t("passkeyWrong") : refusal(t, error);
}

// wanted: whether a password that was right is not enough for this account.
/** @param {{ t: Speaker, wanted: boolean, enter: any }} props */
export function ByPasskey({ t, wanted, enter }) {
  const [offers, setOffers] = useState(false);
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (mayHave()) api("POST", "/manager/passkey", {}).then(({ challenge }) => setOffers(Boolean(challenge)), () => {});
  }, []);
  const logIn = async () => {
    setBusy(true);
    setWrong("");
    try {
      const answer = await sign(await api("POST", "/manager/passkey", {}));
      enter(await api("POST", "/manager/passkey/auth", { ...answer, cookie: true }), "");
    } catch (error) {
      setBusy(false);
      setWrong(explain(t, error));
    }
  };
  const said = wrong || (wanted && t("passkeyWanted"));
  return html`<div role="alert">${said && html`<p class="wrong">${said}</p>`}</div>
    ${offers && html`<button class="plain" type="button" disabled=${busy} onClick=${logIn}>
      ${t("passkeySignIn")}</button>`}`;
}
