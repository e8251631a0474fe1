// The panel that the button opens.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { Composer } from "../shared/composer.js";
import { Bell, BellOff, Bubble, Close, Person } from "../shared/icons-chat.js";
import { Announcer, Messages } from "../shared/list.js";
import { Avatar } from "../shared/message.js";
import { rowsOf } from "../shared/rows.js";
import { useStore } from "../shared/store.js";
import { Drafts } from "../shared/writing.js";
import { fillScreen } from "./phone.js";

export function Panel({ visit }) {
  useStore(visit);
  const { t, opened } = visit;
  useEffect(() => {
    const look = () => visit.seen() || visit.mark();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useEffect(() => visit.mark());
  return html`
    ${opened && html`<${Chat} visit=${visit} />`}
    <${Announcer} messages=${visit.dialog?.messages ?? []} me=${visit.me} t=${t} />`;
}

function Chat({ visit }) {
  const { t, dialog, view, unsent } = visit;
  const rows = useMemo(() => chatRows(visit), [dialog, dialog?.revision, unsent.entries, visit.me, visit.site]);
  const screen = useRef();
  useFullScreen(screen);
  const escape = (event) => event.key === "Escape" && visit.close();
  const seen = (view ?? visit.site).live_typing === "full" && visit.connection.state !== "polling";
  return html`<section class="panel" role="dialog" aria-label=${visit.site.title || t("support")}
    ref=${screen} onKeyDown=${escape}>
    <${Head} visit=${visit} />
    <${StatusLine} connection=${visit.connection} strange=${visit.seat.strange} t=${t} />
    <${Messages} ...${{ dialog, unsent, rows, t }} atEnd=${() => visit.seen()}
      footer=${html`<${Below} visit=${visit} />`} />
    ${view?.status === "waiting" && html`<${Waiting} view=${view} t=${t} />`}
    ${canCall(visit) && html`<div class="call">
      <button class="plain" disabled=${visit.calling} onClick=${() => visit.callPerson()}>
        <${Person} /> ${t(visit.calling ? "calling" : "toPerson")}</button></div>`}
    <${Composer} t=${t} focus=${visit.asked} initial=${visit.tab.get().draft} hint=${seen && t("draftSeen")}
      label=${view?.status === "closed" ? t("writeAgain") : t("write")} disabled=${visit.connection.state === "ended"}
      typed=${(text, caret) => visit.typed(text, caret)} send=${(text) => visit.send(text)} />
  </section>`;
}

// Until a newcomer's ticket is there the bot's greeting stands for it.
function chatRows(visit) {
  const { dialog, unsent, me, t, site } = visit;
  const rows = (messages) => rowsOf(messages, unsent.entries, me ?? "me", dialog?.reach);
  if (dialog?.messages.length || !visit.newcomer) return rows(dialog?.messages ?? []);
  const greeting = {
    id: "greeting",
    sender_id: "bot",
    sender_type: "bot",
    sender_name: t("bot_name"),
    content: (site.language === t.language && site.greeting) || t("greeting"),
    meta: {},
    created_at: new Date().toISOString(),
  };
  return rows([greeting]);
}

const canCall = ({ view, dialog }) => (dialog ? view?.status === "bot" : true);

function Head({ visit }) {
  const { t, view, site } = visit;
  const name = view?.status === "active" ? view.operator_name : null;
  const here = name || visit.operatorsOnline;
  const says = name ? t("operatorHere", { name }) : t(here ? "operatorsOnline" : "operatorsOffline");
  const { sound } = visit.kept.get();
  const soundLabel = t(sound ? "soundOn" : "soundOff");
  return html`<div class="head">
    ${name ? html`<${Avatar} id=${name} name=${name} />` : html`<span class="mark"><${Bubble} /></span>`}
    <div class="who">
      <h2>${site.title || t("support")}</h2>
      <p><span class="presence ${here ? "here" : ""}"></span><span>${says}</span></p>
    </div>
    <button class="quiet" aria-pressed=${sound} aria-label=${t("sound")} title=${soundLabel}
      onClick=${() => visit.toggleSound()}>${sound ? html`<${Bell} />` : html`<${BellOff} />`}</button>
    <button class="quiet" aria-label=${t("closeChat")} title=${t("closeChat")} onClick=${() => visit.close()}>
      <${Close} /></button>
  </div>`;
}

function Below({ visit }) {
  const { dialog, view, t } = visit;
  return html`
    ${dialog && html`<${Drafts} dialog=${dialog} t=${t} />`}
    ${view?.status === "closed" && html`<p class="closed">${t("closedNote")}</p>`}`;
}

function Waiting({ view, t }) {
  const minutes = Math.round((view.expected_wait_s ?? 0) / 60);
  const offline = view.operators_online === 0;
  return html`<div class="waiting" role="status">
    <span class="pulse" aria-hidden="true"><i></i><i></i><i></i></span>
    <div><b>${t("waitingTitle")}</b>
      ${offline
        ? html`<p>${t("waitingOffline")}</p>`
        : html`<p>${view.position > 0 && t("waitingPlace", { position: view.position })}</p>
            ${view.expected_wait_s != null && html`<p>${minutes ? t("waitingFor", { n: minutes })
              : t("waitingSoon")}</p>`}`}
    </div>
  </div>`;
}

// Says that the connection is lost, replaced by something slower, and there again.
const KEYS = { waiting: "noConnection", polling: "polling", ended: "dismissed" };
const GLADLY = 2_500;

function StatusLine({ connection, strange, t }) {
  const { state } = connection;
  const lost = useRef(false);
  const [back, setBack] = useState(false);
  useEffect(() => {
    const returned = lost.current && state === "online";
    lost.current = state in KEYS;
    setBack(returned);
    if (!returned) return undefined;
    const timer = setTimeout(() => setBack(false), GLADLY);
    return () => clearTimeout(timer);
  }, [state]);
  const key = strange ? "strangePage" : (KEYS[state] ?? (back ? "backOnline" : null));
  return html`<div class="status" role="status">
    ${key && html`<p class="status-line ${key}">${t(key, { origin: strange })}</p>`}</div>`;
}

const PHONE = matchMedia("(max-width: 480px)");

// On a phone the panel is the whole screen.
function useFullScreen(panel) {
  useEffect(() => {
    let undo;
    const fill = () => {
      if (PHONE.matches) undo ??= fillScreen(panel.current, PHONE);
    };
    PHONE.addEventListener("change", fill);
    fill();
    return () => {
      PHONE.removeEventListener("change", fill);
      undo?.();
    };
  }, []);
}
