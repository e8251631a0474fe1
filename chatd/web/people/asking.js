// What is asked over the page of people.
/** @import { Speaker } from "../shared/types" @import { Person } from "./person.js" */
import { html, useRef, useState } from "../vendor/preact.js";
import { HOME } from "../shared/base.js";
import { FindMessages } from "../shared/find.js";
import { Modal } from "../shared/modal.js";
import { refusal } from "../shared/refusals.js";
import { About } from "./about.js";
import { Picture } from "./avatar.js";
import { Begin, Group } from "./begin.js";

/** @typedef {{ t: Speaker, page: Person, close: () => void, corner: unknown }} Asked */

// Whoever has the link of an invitation says whether they want to be in the group.
/** @param {Asked & { code: string }} props */
function Invited({ t, page, code, close, corner }) {
  const decline = () => {
    history.replaceState(null, "", HOME);
    close();
  };
  const join = async () => {
    if (!(await page.enter("dialog:enter", { code }))) decline();
  };
  return html`<${Modal} t=${t} title=${t("invitedTitle")} close=${decline} corner=${corner}><div class="body">
    <p>${t("invitedHint")}</p>
    <div class="choices"><button class="plain" onClick=${decline}>${t("notNow")}</button>
      <button class="primary" onClick=${join}>${t("joinGroup")}</button></div></div></${Modal}>`;
}

/** @param {Asked} props */
function Account({ t, page, close, corner }) {
  const [changing, setChanging] = useState(false);
  return html`<${Modal} t=${t} title=${page.name} close=${close} corner=${corner}><div class="body">
    <${Picture} t=${t} page=${page} />
    ${changing ? html`<${Password} t=${t} page=${page} close=${() => setChanging(false)} />`
      : html`<div class="stacked">
      <button class="plain" onClick=${() => setChanging(true)}>${t("changePassword")}</button>
      <button class="plain" onClick=${() => page.logOut(true)}>${t("logOutEverywhere")}</button>
      <button class="primary" onClick=${() => page.logOut(false)}>${t("signOut")}</button></div>`}
  </div></${Modal}>`;
}

/** @param {{ t: Speaker, page: Person, close: () => void }} props */
function Password({ t, page, close }) {
  const before = useRef();
  const after = useRef();
  const [wrong, setWrong] = useState("");
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    setWrong("");
    try {
      await page.connection.request("person:password", { old: before.current.value, password: after.current.value });
    } catch (error) {
      return setWrong(error.code === "unauthenticated" ? t("oldPasswordWrong") : refusal(t, error));
    }
    page.toasts.say(t("passwordChanged"));
    return close();
  };
  return html`<form class="stacked" onSubmit=${submit}>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <div class="labelled"><label for="old">${t("oldPassword")}</label>
      <input class="input" id="old" type="password" ref=${before} required autocomplete="current-password" /></div>
    <div class="labelled"><label for="new">${t("newPassword")}</label>
      <input class="input" id="new" type="password" ref=${after} required autocomplete="new-password"
        aria-describedby="new-hint" /><p class="hint" id="new-hint">${t("passwordHint")}</p></div>
    <div class="choices"><button type="button" class="plain" onClick=${close}>${t("cancel")}</button>
      <button class="primary">${t("save")}</button></div></form>`;
}

/** @param {Asked & { query?: string, here?: boolean }} props */
const Found = ({ t, page, close, query, here }) => html`<${FindMessages} ...${{ t, close, query, here }}
  toasts=${page.toasts} open=${page.dialog?.id} shows=${() => true}
  place=${(/** @type {any} */ hit) => page.titleAt(hit)}
  ask=${(/** @type {string} */ event, /** @type {object} */ data) => page.connection.request(event, data)}
  go=${(/** @type {any} */ hit) => page.goTo(hit)} />`;

/** @type {Record<string, (props: any) => unknown>} */
export const PROMPTS = { invited: Invited, account: Account, begin: Begin, group: Group, about: About,
  found: Found };
