// What is asked of who is not logged in; where it is allowed, one makes an account here.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { inviteHere, roomPath } from "../shared/base.js";
import { asText, flatObject } from "../shared/fence.js";
import { ask } from "../shared/http.js";
import { Bubble } from "../shared/icons.js";
import { refusal } from "../shared/refusals.js";
import { Kept } from "../shared/storage.js";
import { retitle } from "../shared/title.js";

/** @type {Record<string, Record<string, string>>} */
const WRONG = {
  login: { unauthenticated: "wrongPassword", invalid: "wrongPassword" },
  register: { conflict: "nameTaken", forbidden: "notInvited" },
};

// What is wrong with what one wants to be called, or to log in with, by the field that it is in.
/** @type {Record<string, string>} */
const FIELDS = { username: "badUsername", password: "passwordHint", display_name: "badName" };

// A code that lets somebody make an account; one of a group has a dot, and waits until they are in.
export const registrationCode = () => (inviteHere().includes(".") ? "" : inviteHere());

// Who was a guest in the rooms, and the room that one came from.
const guests = new Kept("chatd:rooms");
const roomAsked = () => new URLSearchParams(location.search).get("room") ?? "";

/** @param {any} props */
function Field({ name, label, hint, refs, ...more }) {
  // Of two forms the old one goes after the new one has come.
  /** @param {any} element */
  const hold = (element) => {
    if (element) refs.current[name] = element;
  };
  return html`<div class="labelled"><label for=${name}>${label}</label>
    <input class="input" id=${name} ref=${hold} required aria-describedby=${hint ? `${name}-hint` : null} ...${more} />
    ${hint && html`<p class="hint" id=${`${name}-hint`}>${hint}</p>`}</div>`;
}

/** @param {{ t: Speaker, kept: Kept, said?: string, enter: () => void }} props */
export function Login({ t, kept, said, enter }) {
  const [site, setSite] = useState(/** @type {Record<string, any>} */ ({}));
  const [making, setMaking] = useState(registrationCode() !== "");
  const [wrong, setWrong] = useState(said);
  const [busy, setBusy] = useState(false);
  const [takes, setTakes] = useState(true);
  const refs = useRef(/** @type {Record<string, HTMLInputElement>} */ ({}));
  const what = making ? "register" : "login";
  useEffect(() => {
    retitle(t(what === "login" ? "personLogin" : "register"));
    refs.current.username?.focus();
  }, [what]);
  useLayoutEffect(() => {
    ask("GET", "/api/site").then((told) => setSite(flatObject(told)), () => setWrong(t("unreachable")));
  }, []);
  const invited = site.registration === "invite";

  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setWrong("");
    const form = Object.fromEntries(Object.entries(refs.current).flatMap(([name, one]) =>
      one.isConnected && one.value ? [[name, name === "password" ? one.value : one.value.trim()]] : []));
    const { device } = kept.get();
    const guest = making && takes ? guests.get().token : undefined;
    /** @param {string} [token] */
    const send = (token) => ask("POST", `/api/auth/${what}`, { ...form, ...(!making && device && { device }) },
      token ? { Authorization: `Bearer ${token}` } : {});
    try {
      // A guest whose time is over has nothing that could be kept.
      const told = await send(guest).catch((error) => {
        if (guest && error.code === "unauthenticated") return send();
        throw error;
      });
      if (guest) guests.set({ token: undefined });
      kept.set({ token: told.token, device: told.device, person: told.person });
      if (roomAsked()) location.replace(roomPath(roomAsked()));
      else enter();
    } catch (error) {
      const key = WRONG[what][error.code] ?? (error.code === "invalid" && FIELDS[error.field]);
      setWrong(key ? t(key) : refusal(t, error));
      setBusy(false);
    }
  };
  const turn = () => {
    setWrong("");
    setMaking(!making);
  };

  return html`<main class="door"><form key=${what} onSubmit=${submit} aria-labelledby="door-title">
    <span class="mark"><${Bubble} /></span>
    <div><h1 id="door-title">${t(making ? "register" : "personLogin")}</h1>
      <p class="lead">${t(inviteHere() ? "invitedLead" : "personLead")}</p></div>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <${Field} ...${{ refs, name: "username", label: t("username"), hint: making && t("usernameHint") }}
      autocomplete="username" autocapitalize="none" spellcheck=${false} maxlength="64" />
    ${making && html`<${Field} ...${{ refs, name: "display_name", label: t("yourName"), hint: t("nameHint") }}
      autocomplete="nickname" maxlength="64" required=${false} />`}
    <${Field} ...${{ refs, name: "password", label: t("password"), hint: making && t("passwordHint") }} type="password"
      autocomplete=${making ? "new-password" : "current-password"} maxlength="1024" />
    ${making && guests.get().token && html`<label class="check"><input type="checkbox" checked=${takes}
      onChange=${(/** @type {any} */ event) => setTakes(event.target.checked)} />
      ${t("takeOver", { name: asText(guests.get().name) })}</label>`}
    ${making && invited && html`<${Field} ...${{ refs, name: "invite", label: t("inviteCode") }} maxlength="64"
      autocomplete="off" spellcheck=${false} defaultValue=${registrationCode()} />`}
    <button class="primary" disabled=${busy}>${t(making ? "register" : "signIn")}</button>
    ${(site.registration === "open" || invited) && html`<button type="button" class="plain" onClick=${turn}>
      ${t(making ? "haveAccount" : "makeAccount")}</button>`}
  </form></main>`;
}
