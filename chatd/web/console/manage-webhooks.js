// Webhooks of the configuration: how they are, a test, what was delivered to them and what was not.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { fencedRows } from "../shared/fence.js";

// What a state is called; what is wrong with a webhook is told as it is.
const STATES = ["open", "closed", "waiting", "delivered", "failed", "dropped"];
/** @param {Speaker} t @param {any} one */
const stateOf = (t, { state }) => (STATES.includes(state) ? t(`delivery_${state}`) : state);

/** @param {{ t: Speaker, act: any }} props */
export function Webhooks({ t, act }) {
  const [rows, setRows] = useState(/** @type {any[] | null} */ (null));
  const [open, setOpen] = useState("");
  const look = async () => {
    const told = await act("webhook:list", {});
    if (told) setRows(told.webhooks);
  };
  useEffect(() => void look(), []);
  if (!rows) return null;
  if (!rows.length) return html`<p class="sub">${t("manageNoWebhooks")}</p>`;
  /** @param {any} one */
  const row = (one) => html`<li><button class="line" aria-expanded=${open === one.name}
      onClick=${() => setOpen(open === one.name ? "" : one.name)}>
      <span class="name">${one.name} <small>${one.url}</small></span>
      <span class="sub">${stateOf(t, one)} · ${t("manageWaiting", { n: one.waiting })}</span></button>
    ${open === one.name && html`<${Deliveries} ...${{ t, act, name: one.name }} />`}</li>`;
  return html`<ul class="rows" aria-label=${t("manage_webhooks")}>${fencedRows(rows, "name", row, t)}</ul>`;
}

/** @param {{ t: Speaker, act: any, name: string }} props */
function Deliveries({ t, act, name }) {
  const [rows, setRows] = useState(/** @type {any[]} */ ([]));
  const look = async () => {
    const told = await act("errand:list", { target: name, limit: 20 });
    if (told) setRows(told.errands);
  };
  useEffect(() => void look(), []);
  const test = async () => {
    const told = await act("webhook:test", { webhook: name });
    if (told) await act("webhook:list", {}, t("manageAnswered", told));
  };
  /** @param {string} what */
  const replay = async (what) => {
    const told = await act("webhook:replay", { what }, t("manageDone", { name: what }));
    if (told) await look();
  };
  const reopen = () => act("webhook:open", { webhook: name }, t("manageDone", { name }));
  /** @param {any} one */
  const row = (one) => html`<li class="line"><span class="name">${one.type} <small>${one.about}</small></span>
    <span class="sub">${stateOf(t, one)} · ${one.last_error || one.created_at.slice(0, 16).replace("T", " ")}</span>
    <button class="plain small" onClick=${() => replay(one.id)}>${t("manageReplay")}</button></li>`;
  return html`<div class="open"><div class="choices">
      <button class="plain small" onClick=${test}>${t("manageTest")}</button>
      <button class="plain small" onClick=${() => replay(name)}>${t("manageReplayFailed")}</button>
      <button class="plain small" onClick=${reopen}>${t("manageReopen")}</button></div>
    <ul class="rows" aria-label=${t("manageDeliveries")}>${fencedRows(rows, "id", row, t)}</ul></div>`;
}
