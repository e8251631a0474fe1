// Who has a page of a site open, where sites ask for that: told by events, shown in a window of its own.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef } from "../vendor/preact.js";
import { asText, fencedRows, flatObject, itemsOf } from "../shared/fence.js";
import { fetchAll } from "../shared/fetch-all.js";
import { Avatar } from "../shared/message.js";
import { Modal } from "../shared/modal.js";
import { shortly } from "./moments.js";
import { languageName, PageLink } from "./where.js";

const ENOUGH = 500;

export class Visitors {
  /** @type {Map<string, any>} */
  known = new Map();
  /** @type {Record<string, number>} */
  totals = {};

  /** @param {any} model */
  constructor(model) {
    this.model = model;
    model.connection.on("visitor:update", (/** @type {any} */ told) => this.#onUpdate(told));
  }

  // Whether any site that I serve asks for it.
  get shown() {
    return Object.keys(this.totals).length > 0;
  }

  get total() {
    return Object.values(this.totals).reduce((sum, one) => sum + one, 0);
  }

  // Who came to their page last, first.
  get list() {
    const since = (/** @type {any} */ one) => asText(one.page?.at);
    return [...this.known.values()].sort((a, b) => (since(a) < since(b) ? 1 : -1));
  }

  async watch() {
    const { connection } = this.model;
    const told = await fetchAll(connection, "visitor:watch", "visitors", { enough: ENOUGH }).catch(() => null);
    if (!told) return;
    this.totals = { ...told.totals };
    this.known = new Map(itemsOf(told.visitors).map((one, at) => [one.id, { ...one, page: told.visitors[at].page }]));
    this.model.notify();
  }

  /** @param {any} told */
  #onUpdate({ site, total, id, visitor }) {
    this.totals = { ...this.totals, [site]: total };
    if (visitor === null) this.known.delete(id);
    else if (visitor?.id) this.known.set(visitor.id, { ...flatObject(visitor), page: visitor.page });
    this.model.notify();
  }
}

// Beside the counters.
/** @param {{ model: any, t: Speaker }} props */
export const VisitorCount = ({ model, t }) => model.visitors.shown && html`<button class="visitor-count"
  aria-haspopup="dialog" title=${t("visitorsTitle")} onClick=${() => model.set({ asking: { what: "visitors" } })}>
  <b>${model.visitors.total}</b> <span>${t("countVisitors")}</span></button>`;

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function VisitorWindow({ model, t, close }) {
  const { visitors } = model;
  useEffect(() => void visitors.watch(), []);
  const { list, total } = visitors;
  const row = (/** @type {any} */ one) => html`<li><${Visitor} ...${{ model, one, t, close }} /></li>`;
  return html`<${Modal} t=${t} title=${t("visitorsTitle")} kind="wide" close=${close}><div class="body" tabindex="0">
    ${list.length ? html`<ul class="visitors">${fencedRows(list, "id", row, t)}</ul>`
      : html`<p class="empty">${t("visitorsNone")}</p>`}
    ${total > list.length && html`<p class="sub">${t("visitorsMore", { n: total - list.length })}</p>`}
  </div></${Modal}>`;
}

/** @param {{ model: any, one: any, t: Speaker, close: () => void }} props */
function Visitor({ model, one, t, close }) {
  const open = () => {
    close();
    model.open(one.ticket);
  };
  const facts = [
    one.page && t("sinceAt", { at: shortly(t, one.page.at) }),
    one.language && languageName(t, one.language),
    one.visited > 1 && t("visitNumber", { n: one.visited }),
    one.tickets > 0 && t("earlierNumber", { n: one.tickets }),
    Object.keys(model.visitors.totals).length > 1 && one.site,
  ];
  return html`<${Avatar} id=${one.id} name=${one.name} />
    <div class="name"><b>${one.name}</b>${one.page && html`<${PageLink} page=${one.page} />`}
      <small>${facts.filter(Boolean).join(" · ")}</small></div>
    ${one.ticket ? html`<button class="plain" onClick=${open}>${t("openTicket")}</button>`
      : one.invited_at ? html`<span class="tag">${t("invitedAt", { at: shortly(t, one.invited_at) })}</span>`
        : model.may("visitor:invite") && html`<button class="plain" aria-expanded=${model.inviting === one.id}
            onClick=${() => model.set({ inviting: one.id })}>${t("inviteVisitor")}</button>`}
    ${model.inviting === one.id && !one.ticket && !one.invited_at && html`<${Invite} ...${{ model, one, t }} />`}`;
}

/** @param {{ model: any, one: any, t: Speaker }} props */
function Invite({ model, one, t }) {
  const field = useRef(/** @type {any} */ (null));
  useEffect(() => field.current.focus(), []);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const text = field.current.value.trim();
    if (text && (await model.act("visitor:invite", { participant_id: one.id, text }))) model.set({ inviting: null });
  };
  return html`<form class="invite" onSubmit=${send}>
    <input class="input" ref=${field} maxlength="500" required aria-label=${t("inviteText")}
      placeholder=${t("inviteText")} /><button class="plain">${t("inviteSend")}</button></form>`;
}
