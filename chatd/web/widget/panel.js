// The panel that the button opens.
/** @import { Connection } from "../shared/connection.js" */
/** @import { Shown, Speaker, Stored } from "../shared/types" */
/** @import { Visit } from "./visit.js" */
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { Composer } from "../shared/composer.js";
import { asText } from "../shared/fence.js";
import { Person } from "../shared/icons-chat.js";
import { Announcer, Messages } from "../shared/list.js";
import { rowsOf } from "../shared/rows.js";
import { useStore } from "../shared/store.js";
import { Drafts } from "../shared/writing.js";
import { Head } from "./head.js";
import { HERE } from "./visit.js";

/** @param {{ visit: Visit }} props */
export function Panel({ visit }) {
  useStore(visit);
  const { t, opened, view } = visit;
  const call = usePart(visit, view?.calls && view.status === "active", () => import("./call.js"));
  useEffect(() => {
    const look = () => {
      visit.markSeen();
      visit.mark();
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useEffect(() => visit.mark());
  return html`
    ${opened && html`<${Chat} visit=${visit} call=${call} />`}
    <${Announcer} messages=${visit.dialog?.messages ?? []} joined=${Boolean(visit.dialog?.joined)}
      me=${visit.me} t=${t} />`;
}

/** @param {{ visit: Visit, call: any }} props */
function Chat({ visit, call }) {
  const { t, dialog, view, unsent, site, formal } = visit;
  const rows = useMemo(() => chatRows(visit), [dialog, dialog?.revision, unsent.entries, visit.me, site]);
  const screen = useRef(/** @type {HTMLElement | null} */ (null));
  useFullScreen(screen);
  /** @param {KeyboardEvent} event */
  const escape = (event) => event.key === "Escape" && visit.close();
  const { acts } = visit;
  const list = useRef();
  const wanted = visit.formal || site.opens_at || (!visit.begun && site.questions?.length);
  const before = usePart(visit, wanted, () => import("./before.js"));
  /** @param {any} event */
  const near = ({ target }) => !acts && dialog && target.closest(".scroller") && visit.act();
  /** @param {{ message: Shown }} row */
  const onHold = async ({ message }) => (await visit.act())?.set({ held: message.id });
  /** @param {number} seq @param {Shown} from */
  const jump = async (seq, from) => (await visit.act())?.jump(seq, from, list);
  const seen = (view ?? site).live_typing === "full" && visit.connection.state !== "polling";
  return html`<section class="panel" role="dialog" aria-label=${asText(site.title) || t("support")}
    ref=${screen} onKeyDown=${escape} onPointerOver=${near} onFocusIn=${near}>
    <${Head} visit=${visit} call=${call} />
    <${StatusLine} connection=${visit.connection} strange=${visit.seat.strange} t=${t} />
    <${Messages} ...${{ dialog, unsent, rows, t, list, onHold, jump, tools: acts?.toolsOf(rows) }}
      atEnd=${() => visit.markSeen()}
      footer=${html`<${Below} visit=${visit} above=${before?.Above} />`} />
    <div role="status">${view?.status === "waiting" && html`<${Waiting} view=${view} t=${t} />`}</div>
    <${Reach} visit=${visit} />
    ${!formal && canCall(visit) && html`<div class="call">
      <button class="plain" disabled=${visit.calling} onClick=${() => visit.callPerson()}>
        <${Person} /> ${t(visit.calling ? "calling" : "toPerson")}</button></div>`}
    ${acts?.over()}
    ${formal ? before && html`<${before.Form} visit=${visit} />`
      : html`<${Composer} key=${acts?.editing?.id ?? "new"} t=${t} focus=${visit.asked} initial=${visit.text}
        label=${labelOf(visit)} hint=${seen && !acts?.editing && t("draftSeen")}
        disabled=${visit.connection.state === "ended"} ...${fieldOf(visit)} />`}
  </section>`;
}

/** @param {Visit} visit */
const fieldOf = (visit) => ({
  keys: visit.keys,
  onType: visit.type,
  send: visit.send,
  at: HERE,
  files: !visit.acts?.editing && visit.unsent.files,
});

/** @param {Visit} visit */
const labelOf = ({ t, acts, view }) =>
  t(acts?.editing ? "editing" : view?.status === "closed" ? "writeAgain" : "write");

// Until a newcomer's ticket is there the bot's greeting stands for it.
/** @param {Visit} visit */
function chatRows(visit) {
  const { dialog, unsent, me, t, site } = visit;
  /** @param {Stored[]} messages */
  const rows = (messages) => rowsOf(messages, unsent.entries, me ?? "me", dialog?.reach);
  if (dialog?.messages.length || !visit.newcomer) return rows(dialog?.messages ?? []);
  /** @type {any} */
  const greeting = {
    id: "greeting",
    sender_id: "bot",
    sender_type: "bot",
    sender_name: t("bot_name"),
    content: (site.language === t.language && site.greeting) || t("greeting"),
    meta: {},
    created_at: new Date().toISOString(),
    ...visit.welcome,
  };
  return rows([greeting]);
}

// Who waits, or is answered, may go: how they are reached then, what they take along, how it ends.
/** @param {{ visit: Visit }} props */
function Reach({ visit }) {
  const { view, site, t } = visit;
  const [ending, end] = useState(/** @type {any} */ (null));
  const waits = view?.status === "waiting";
  const wanted = waits ? ending || site.has_mail || site.has_push : view && view.status !== "bot";
  const Part = usePart(visit, wanted, () => import("./reach.js"));
  return wanted && Part ? html`<${Part} ...${{ visit, ending, end }} />` : waits && html`<div class="call">
    <button class="plain" onClick=${end}>${t("giveUp")}</button></div>`;
}

// What is fetched when there is a reason to.
/** @param {Visit} visit @param {unknown} wanted @param {() => Promise<any>} load */
function usePart(visit, wanted, load) {
  const [Part, setPart] = useState(/** @type {any} */ (null));
  useEffect(() => {
    if (wanted && !Part) load().then((part) => part.prepare(visit)).then((made) => setPart(() => made), () => {});
  }, [wanted]);
  return Part;
}

/** @param {Visit} visit */
const canCall = ({ view, dialog }) => (dialog ? view?.status === "bot" : true);

/** @param {{ visit: Visit, above: any }} props */
function Below({ visit, above }) {
  const { dialog, view, t } = visit;
  // What was being written when the line was lost, or all was said, is not written any more.
  const writing = dialog && view?.status !== "closed" && visit.connection.reachable;
  return html`
    ${above && html`<${above} visit=${visit} />`}
    ${writing && html`<${Drafts} dialog=${dialog} t=${t} />`}
    ${view?.status === "closed" && html`<p class="closed">${t("closedNote")}</p>`}`;
}

/** @param {{ view: Record<string, any>, t: Speaker }} props */
function Waiting({ view, t }) {
  const wait = view.expected_wait_s;
  const offline = view.operators_online === 0;
  return html`<div class="waiting">
    ${!offline && html`<span class="pulse" aria-hidden="true"><i></i><i></i><i></i></span>`}
    <div><b>${t(offline ? "waitingKept" : "waitingTitle")}</b>
      ${offline
        ? html`<p>${t("waitingOffline")}</p>`
        : html`<p>${view.position > 0 && t("waitingPlace", { position: view.position })}</p>
            ${wait != null && html`<p>
              ${t(wait < 30 ? "waitingSoon" : "waitingFor", { n: Math.round(wait / 60) })}</p>`}`}
    </div>
  </div>`;
}

// Says that the connection is lost, replaced by something slower, and there again.
/** @type {Record<string, string>} */
const KEYS = { waiting: "noConnection", polling: "polling", ended: "dismissed" };
const GLADLY = 2_500;

/** @param {{ connection: Connection, strange: string, t: Speaker }} props */
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
/** @param {{ current: HTMLElement | null }} panel */
function useFullScreen(panel) {
  useEffect(() => {
    /** @type {(() => void) | undefined} */
    let undo;
    let gone = false;
    const fill = async () => {
      const part = PHONE.matches && (await import("./phone.js").catch(() => null));
      if (part && !gone && panel.current) undo ??= part.fillScreen(panel.current, PHONE);
    };
    PHONE.addEventListener("change", fill);
    fill();
    return () => {
      PHONE.removeEventListener("change", fill);
      gone = true;
      undo?.();
    };
  }, []);
}
