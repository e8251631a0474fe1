// How a customer who goes is reached: a mail address, the conversation by mail, a word in this
// browser; what they take along of it, how it ends and how it was. Fetched when there is a reason to ask for it.
/** @import { Visit } from "./visit.js" */
import { html, useState } from "../vendor/preact.js";
import { asText } from "../shared/fence.js";
import { loadTexts } from "../shared/more-texts.js";
import { sheet } from "../shared/sheet.js";
import { adoptFields } from "./fields.js";
import { Ending } from "./ending.js";
import { Rating } from "./rating.js";

/** @param {Visit} visit */
export async function prepare(visit) {
  const { root, t } = visit;
  const [{ TEXTS }] = await Promise.all([
    loadTexts("reach", t.language),
    adoptFields(root, sheet(new URL("../widget/reach.css", import.meta.url))),
  ]);
  t.add(TEXTS);
  return Reach;
}

/** @param {{ visit: Visit, ending: boolean, end: (ending: boolean) => void }} props */
function Reach({ visit, ending, end }) {
  const { t, view, site, connection } = visit;
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState("");
  const contact = asText(view?.contact);
  /** @param {string} done @param {Promise<unknown>} work */
  const tell = (done, work) =>
    work.then(
      () => setSaid(done),
      ({ code }) => setSaid(t(code === "invalid" ? "reachWrong" : "reachFailed")),
    );
  /** @param {any} event */
  const give = async (event) => {
    event.preventDefault();
    const given = new FormData(event.target).get("contact");
    const more = { contact: given, language: t.language };
    const asked = connection.request("ticket:update", { ticket_id: view?.id, ...more });
    await tell("", asked.then(() => setAsking(false)));
  };
  const mail = () =>
    tell(t("reachMailed", { contact }), connection.request("ticket:transcript", { ticket_id: view?.id }));
  const ends = html`<${Ending} ...${{ visit, ending, end }} />`;
  const active = view?.status === "active";
  const offered = !active && (site.has_mail || couldPush(visit));
  if (!offered && view?.status !== "closed") {
    return html`<div class="reach">${ends}</div>`;
  }
  /** @param {string} name @param {"download" | "print"} how */
  const paper = (name, how) => html`<button class="plain"
    onClick=${() => tell("", import("./transcript.js").then((part) => part[how](visit)))}>${t(name)}</button>`;
  return html`<div class="reach">
    ${ends}
    <${Rating} visit=${visit} key=${view?.closed_at} />
    ${site.has_mail && contact && !asking && html`<p>${t("reachThere", { contact })}</p>`}
    ${asking && html`<form onSubmit=${give}><label>${t("reachLabel")}
      <input type="email" name="contact" required maxlength="254" autocomplete="email" /></label>
      <button class="plain">${t("reachSave")}</button></form>`}
    <div class="choices">
      ${site.has_mail && !asking && html`<button class="plain" onClick=${() => setAsking(true)}>
        ${t(contact ? "reachOther" : "reachAsk")}</button>`}
      ${site.has_mail && contact && html`<button class="plain" onClick=${mail}>${t("reachTranscript")}</button>`}
      ${couldPush(visit) && html`<button class="plain" onClick=${() => tell(t("reachPushed"), push(visit))}>
        ${t("reachPush")}</button>`}
      ${view?.status === "closed" && html`${paper("reachDownload", "download")} ${paper("reachPrint", "print")}`}
    </div>
    <p role="status">${said}</p></div>`;
}

// Where the page has a worker for it (data-worker), and the daemon pushes anything.
/** @param {Visit} visit */
const couldPush = ({ site, worker }) =>
  Boolean(site.has_push && worker && "serviceWorker" in navigator && "PushManager" in globalThis);

/** @param {string} text */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

/** @param {Visit} visit */
async function push({ connection, worker, t }) {
  const { key } = await connection.request("push:key", {});
  if (!key || (await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
  await navigator.serviceWorker.register(String(worker));
  const known = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  const subscription = await known.pushManager.subscribe(options);
  const { endpoint, keys } = subscription.toJSON();
  await connection.request("push:subscribe", { endpoint, keys, language: t.language });
}
