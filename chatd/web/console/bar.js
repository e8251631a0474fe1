// The bar on top: the counters, whether I am on line, sound, notifications, help, the way out.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { Bell, Bubble, Out, Search } from "../shared/icons.js";
import { Chart, Help, Speaker as Loud, SpeakerOff } from "../shared/icons-pages.js";
import { Avatar } from "../shared/message.js";
import { couldNotify } from "./attention.js";
import { hint } from "./keys.js";
import { Faces } from "./people.js";
import { VisitorCount } from "./visitors.js";

/** @param {{ model: any, t: Speaker }} props */
export function Bar({ model, t }) {
  const { waiting, operators_online } = model.counters;
  const { sound } = model.kept.get();
  const brand = html`<span class="mark"><${Bubble} /></span><span class="wide">${t("console")}</span>`;
  return html`<header class="bar">
    ${model.talk ? html`<p class="brand">${brand}</p>` : html`<h1 class="brand">${brand}</h1>`}
    <dl class="counters">
      <div class=${waiting ? "some" : ""}><dt>${t("countWaiting")}</dt><dd>${waiting}</dd></div>
      <div><dt>${t("countOnline")}</dt><dd>${operators_online}</dd></div>
      <div><dt>${t("countMine")}</dt><dd>${model.tickets.count("mine")}</dd></div>
    </dl>
    <${VisitorCount} model=${model} t=${t} />
    <span class="space"></span>
    <${Ask} t=${t} />
    <button class="find-all" aria-haspopup="dialog" title=${`${t("palette")} (Ctrl+K)`}
      onClick=${() => model.set({ asking: { what: "palette" } })}><${Search} />
      <span>${t("palette")}</span> <kbd class="wide">Ctrl K</kbd></button>
    <${Faces} model=${model} t=${t} />
    <button class="switch" role="switch" aria-checked=${!model.away} onClick=${() => model.setAway(!model.away)}
      title=${hint(t, "away")}>
      <span class="track"><i></i></span><span>${t(model.away ? "awayMe" : "online")}</span></button>
    <button class="quiet" aria-haspopup="dialog" aria-label=${t("figures")} title=${t("figures")}
      onClick=${() => model.set({ asking: { what: "figures" } })}><${Chart} /></button>
    <button class="quiet" aria-haspopup="dialog" aria-label=${t("soundsTitle")}
      title=${t(sound ? "soundOn" : "soundOff")} onClick=${() => model.set({ asking: { what: "sounds" } })}>
      ${sound ? html`<${Loud} />` : html`<${SpeakerOff} />`}</button>
    <button class="quiet wide" aria-label=${t("keys")} title=${hint(t, "help")}
      onClick=${() => model.set({ asking: { what: "help" } })}><${Help} /></button>
    <button class="me" aria-haspopup="dialog" title=${t("ownAccount")}
      onClick=${() => model.set({ asking: { what: "account" } })}>
      <${Avatar} id=${model.me.id} name=${model.me.display_name} /><span>${model.me.display_name}</span></button>
    <button class="quiet wide" aria-label=${t("signOut")} title=${t("signOut")} onClick=${() => model.signOut()}>
      <${Out} /></button>
  </header>`;
}

// Notifications are asked for by a press of a button only: browsers refuse anything else.
/** @param {{ t: Speaker }} props */
function Ask({ t }) {
  const [could, setCould] = useState(couldNotify());
  if (!could) return null;
  const ask = () => Notification.requestPermission().then(() => setCould(couldNotify()));
  return html`<button class="plain notify" aria-label=${t("notifyOn")} title=${t("notifyOn")} onClick=${ask}>
    <${Bell} /><span>${t("notifyOn")}</span></button>`;
}

/** @type {Record<string, string>} */
const KEYS = { connecting: "connecting", waiting: "noConnection", ended: "dismissed" };

// What is the matter with the connection; nothing while all is well, or for the first moment.
/** @param {{ model: any, t: Speaker }} props */
export function Line({ model, t }) {
  const { connection } = model;
  const key = model.id ? KEYS[connection.state] : KEYS[connection.state === "waiting" ? "waiting" : ""];
  return html`<div class="line" role="status">${key && html`<p class="status-line"><span>${t(key)}</span>
    ${connection.state === "waiting" && html`<${Countdown} connection=${connection} t=${t} />`}</p>`}</div>`;
}

/** @param {{ connection: any, t: Speaker }} props */
function Countdown({ connection, t }) {
  const left = useNow(() => Math.max(0, Math.ceil((connection.retryAt - Date.now()) / 1000)));
  return html`<span aria-hidden="true">${t("retryIn", { n: left })}</span>
    <button onClick=${() => connection.restart()}>${t("retryNow")}</button>`;
}

// A value that is looked at anew every second.
/** @param {() => any} look */
export function useNow(look) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return look();
}
