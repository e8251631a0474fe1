// The conversation that is open: its head with what can be done, its messages, the place to write.
/** @import { Speaker } from "../shared/types" */
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";
import { Left } from "../shared/icons.js";
import { Inbox, Info } from "../shared/icons-pages.js";
import { fencedPart } from "../shared/fence.js";
import { Announcer, Messages } from "../shared/list.js";
import { Avatar } from "../shared/message.js";
import { useStore } from "../shared/store.js";
import { Drafts } from "../shared/writing.js";
import { fittingActions, focusList } from "./actions.js";
import { ColleaguesHere } from "./colleagues.js";
import { shortly } from "./moments.js";
import { EditHistory } from "./edit-history.js";
import { hint } from "./keys.js";
import { untilWords } from "./snooze.js";
import { TargetLabel } from "./targets.js";
import { Reply } from "./reply.js";

/** @param {{ t: Speaker }} props */
export const Nothing = ({ t }) =>
  html`<main class="talk nothing"><div><${Inbox} /><h2>${t("chooseTicket")}</h2><p>
    ${t("chooseTicketHint")}</p></div></main>`;

/** @param {{ model: any, talk: any, t: Speaker }} props */
export function Conversation({ model, talk, t }) {
  useStore(talk);
  const { dialog, notes, view } = talk;
  const list = useRef();
  const rows = talk.rows;
  const { acts } = talk;
  const bar = acts.toolsOf(rows);
  /** @param {any} message @param {any} row */
  const tools = (message, row) => html`<${EditHistory} message=${message} model=${model} t=${t} />${bar(message, row)}`;
  /** @param {number} seq @param {any} from */
  const jump = (seq, from) => acts.jump(seq, from, list);
  const { sought } = model.opened;
  useLayoutEffect(() => {
    if (!dialog.joined || !notes.joined || sought?.id !== talk.id) return;
    model.opened.sought = null;
    acts.jump(sought.seq, sought, list);
  }, [dialog.joined, notes.joined, sought]);
  /** @param {any} row */
  const onHold = ({ message }) => acts.set({ held: message.id });
  if (talk.missing) return html`<main class="talk nothing"><div><${Inbox} /><h1>${t("noTicket")}</h1></div></main>`;
  return html`<main class="talk" aria-label=${`${t("conversation")}: ${view.customer_name ?? talk.id}`}>
    ${fencedPart(talk, t, () => html`<${Head} model=${model} talk=${talk} t=${t} />`)}
    <${Messages} ...${{ dialog, unsent: model.unsent, rows, t, list, tools, jump, onHold }}
      atEnd=${() => talk.markSeen()}
      footer=${html`<${Drafts} dialog=${dialog} t=${t} /><div class="note-drafts">
        <${Drafts} dialog=${notes} t=${t} /></div>`} />
    ${fencedPart(talk, t, () => html`<${Reply} ...${{ model, talk, t, onSent: () => list.current?.toEnd() }} />`)}
    <${Announcer} key=${dialog.id} messages=${dialog.messages} joined=${dialog.joined} me=${model.id} t=${t} />
  </main>`;
}

/** @param {{ model: any, talk: any, t: Speaker }} props */
function Head({ model, talk, t }) {
  const { view, mine } = talk;
  const title = useRef();
  useLayoutEffect(() => title.current.focus({ preventScroll: true }), []);
  const fitting = fittingActions(talk).filter(([, action]) => !(action.main && talk.mode === "reply"));
  const sites = model.tickets.sites.size > 1;
  return html`<header class="head">
    <button class="quiet back" aria-label=${t("back")} title=${t("back")} onClick=${() => focusList(model, talk.id)}>
      <${Left} /></button>
    <${Avatar} id=${view.customer_id ?? talk.id} name=${view.customer_name} />
    <div class="who"><h1 ref=${title} tabindex="-1">${view.customer_name ?? talk.id}</h1>
      <p><span class="tag ${view.status}">${t(`status_${view.status}`)}</span>${view.status === "active" && !mine
        && html` <span class="sub">${t("answers", { name: model.nameOf(view.operator) })}</span>`}${view.snoozed_until
        && html` <span class="sub">${t("snoozedUntil", { at: untilWords(t, view.snoozed_until) })}</span>`}
        <span class="labels"><${TargetLabel} ticket=${view} t=${t} /></span>
        <span class="colleagues" role="status"><${ColleaguesHere} ...${{ model, t, ticket: view }} /></span></p></div>
    <div class="actions">
      ${fitting.map(([name, { Icon, label, main, bare, does }]) => html`<button key=${name}
        class=${bare ? "quiet" : `${main ? "primary" : "plain"} act`} title=${hint(t, name)}
        onClick=${() => does(model, talk)}>
        ${Icon && html`<${Icon} />`}<span class=${bare && "hidden"}>${t(label ?? name)}</span></button>`)}
      <button class="quiet about" aria-label=${t("customer")} title=${hint(t, "details")} aria-expanded=${model.panel}
        onClick=${() => model.set({ panel: !model.panel })}><${Info} /></button>
    </div>
  </header>
  <p class="facts">${facts(talk, t, sites)}</p>`;
}

// What there is to know of a ticket, in one line.
/** @param {{ view: any }} props @param {Speaker} t @param {boolean} sites */
function facts({ view }, t, sites) {
  const parts = [];
  parts.push(view.id);
  if (sites && view.site) parts.push(view.site);
  for (const [name, at] of [["factStarted", view.created_at], ["factTaken", view.accepted_at],
    ["factClosed", view.status === "closed" && view.closed_at]]) if (at) parts.push(t(name, { at: shortly(t, at) }));
  return parts.join(" · ");
}
