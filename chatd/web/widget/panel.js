// The button in the corner and the panel that it opens.
import { html, useEffect, useMemo, useRef } from "../vendor/preact.js";
import { Composer } from "../shared/composer.js";
import { Bell, BellOff, Bubble, Close, Down, Person } from "../shared/icons.js";
import { Announcer, MessageList } from "../shared/list.js";
import { Avatar, Drafts, Row } from "../shared/message.js";
import { rowsOf } from "../shared/rows.js";
import { useStore } from "../shared/store.js";

const NOTHING = { delivered: 0, read: 0 };

export function Panel({ visit }) {
  useStore(visit);
  const button = useRef();
  const was = useRef(false);
  const { t, opened } = visit;
  useEffect(() => {
    if (was.current && !opened) button.current.focus();
    was.current = opened;
  }, [opened]);
  useEffect(() => {
    const look = () => visit.seen();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  const unread = !opened && visit.unread > 0;
  const label = opened ? t("closeChat") : unread ? t("openChatUnread") : t("openChat");
  return html`
    ${opened && html`<${Chat} visit=${visit} />`}
    <button ref=${button} class="launch ${opened ? "opened" : ""}" aria-label=${label} aria-expanded=${opened}
      onClick=${() => (opened ? visit.close() : visit.open())}>
      ${opened ? html`<${Down} />` : html`<${Bubble} />`}
      ${unread && html`<span class="dot"></span>`}
    </button>
    <${Announcer} messages=${visit.dialog?.messages ?? []} me=${visit.me} t=${t} />`;
}

function Chat({ visit }) {
  const { t, dialog, view } = visit;
  const { entries } = visit.unsent;
  const rows = useMemo(() => chatRows(visit), [dialog, dialog?.version, entries, visit.me]);
  const escape = (event) => event.key === "Escape" && visit.close();
  const discard = (id) => visit.unsent.remove(id);
  const retry = (id) => visit.unsent.retry(id);
  const row = (one) => html`<${Row} row=${one} t=${t} retry=${retry} discard=${discard} />`;
  return html`<section class="panel" role="dialog" aria-label=${visit.site.title || t("support")} onKeyDown=${escape}>
    <${Head} visit=${visit} />
    <${StatusLine} visit=${visit} />
    <${MessageList} rows=${rows} row=${row} label=${t("messages")} t=${t} more=${dialog?.more}
      earlier=${() => dialog?.earlier()} atEnd=${() => visit.seen()} footer=${html`<${Below} visit=${visit} />`} />
    ${canCall(visit) && html`<div class="call">
      <button class="plain" onClick=${() => visit.callPerson()}><${Person} /> ${t("toPerson")}</button></div>`}
    <${Composer} t=${t} focus label=${view?.status === "closed" ? t("writeAgain") : t("write")}
      typed=${(text) => visit.typed(text)} send=${(text) => visit.send(text)} />
  </section>`;
}

// Before there is a ticket the bot's greeting stands alone.
function chatRows(visit) {
  const { dialog, unsent, me, t } = visit;
  const messages = dialog?.messages ?? [];
  if (messages.length || dialog) {
    const stored = new Set(messages.map((one) => one.client_id));
    const waiting = unsent.entries.filter((one) => !stored.has(one.client_id));
    return rowsOf(messages, waiting, me ?? "me", dialog?.reach ?? NOTHING);
  }
  const greeting = {
    id: "greeting",
    sender_id: "bot",
    sender_type: "bot",
    sender_name: t("bot_name"),
    content: visit.site.greeting || t("greeting"),
    created_at: new Date().toISOString(),
  };
  return rowsOf([greeting], unsent.entries, me ?? "me", NOTHING).map((one) => ({ ...one, day: false }));
}

const canCall = ({ view }) => !view || view.status === "bot";

function Head({ visit }) {
  const { t, view, site } = visit;
  const name = view?.status === "active" ? view.operator_name : null;
  const here = name || (view?.operators_online ?? site.operators_online) > 0;
  const sound = visit.kept.get().sound;
  return html`<header class="head">
    ${name ? html`<${Avatar} id=${name} name=${name} />` : html`<span class="mark"><${Bubble} /></span>`}
    <div class="who">
      <h2>${site.title || t("support")}</h2>
      <p><span class="presence ${here ? "here" : ""}"></span>${name
          ? t("operatorHere", { name })
          : here ? t("operatorsOnline") : t("operatorsOffline")}</p>
    </div>
    <button class="quiet" aria-pressed=${sound} aria-label=${t(sound ? "soundOn" : "soundOff")}
      title=${t(sound ? "soundOn" : "soundOff")} onClick=${() => visit.toggleSound()}>
      ${sound ? html`<${Bell} />` : html`<${BellOff} />`}</button>
    <button class="quiet" aria-label=${t("closeChat")} title=${t("closeChat")} onClick=${() => visit.close()}><${Close} /></button>
  </header>`;
}

function StatusLine({ visit }) {
  const { state } = visit.connection;
  const key = { waiting: "noConnection", polling: "polling", ended: "dismissed" }[state];
  return html`<div role="status">${key && html`<p class="status-line">${visit.t(key)}</p>`}</div>`;
}

function Below({ visit }) {
  const { dialog, view, t } = visit;
  return html`
    ${dialog && html`<${Drafts} dialog=${dialog} t=${t} />`}
    ${view?.status === "waiting" && html`<${Waiting} view=${view} t=${t} />`}
    ${view?.status === "closed" && html`<p class="closed">${t("closedNote")}</p>`}`;
}

function Waiting({ view, t }) {
  const minutes = Math.round((view.expected_wait_s ?? 0) / 60);
  const offline = view.operators_online === 0;
  return html`<div class="waiting" role="status">
    <span class="pulse"><i></i><i></i><i></i></span>
    <div><b>${t("waitingTitle")}</b>
      ${offline
        ? html`<p>${t("waitingOffline")}</p>`
        : html`<p>${view.position > 0 && t("waitingPlace", { position: view.position })}</p>
            ${view.expected_wait_s != null && html`<p>${minutes ? t("waitingFor", { n: minutes }) : t("waitingSoon")}</p>`}`}
    </div>
  </div>`;
}
