// How loud each kind of call is, to be heard at once, and kept.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { Bell } from "../shared/icons.js";
import { Speaker as Loud } from "../shared/icons-pages.js";
import { Modal } from "../shared/modal.js";
import { couldNotify, mayNotify } from "./attention.js";
import { VOLUMES } from "./alerts.js";
import { couldPush, turnOff, turnOn } from "./push.js";
import { KINDS, play } from "./ringtones.js";

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function Sounds({ model, t, close }) {
  const { sound, volumes } = model.kept.get();
  /** @param {string} kind */
  const row = (kind) => html`<${Volume} key=${kind} ...${{ model, t, kind, sound }}
    volume=${{ ...VOLUMES, ...volumes }[kind]} />`;
  return html`<${Modal} t=${t} title=${t("soundsTitle")} close=${close}><div class="body sounds">
    <label class="check"><input type="checkbox" role="switch" checked=${sound}
      onChange=${(/** @type {any} */ event) => model.setSound({ sound: event.target.checked })} />
      <span>${t("soundSwitch")}</span></label>
    ${KINDS.map(row)}
    <${Notices} t=${t} />
    <${Pushes} model=${model} t=${t} />
  </div></${Modal}>`;
}

/** @param {any} props */
function Volume({ model, t, kind, volume, sound }) {
  const set = (/** @type {any} */ event) =>
    model.setSound({ volumes: { ...VOLUMES, ...model.kept.get().volumes, [kind]: event.target.value / 100 } });
  const hear = (loud = volume) => play(kind, loud);
  return html`<div class="volume"><label for=${`volume-${kind}`}>${t(`sound_${kind}`)}</label>
    <input id=${`volume-${kind}`} type="range" min="0" max="100" step="5" disabled=${!sound}
      value=${Math.round(volume * 100)} aria-valuetext=${volume ? `${Math.round(volume * 100)} %` : t("soundOff")}
      onInput=${set} onChange=${(/** @type {any} */ event) => hear(event.target.value / 100)} />
    <button class="quiet" aria-label=${t("hear", { what: t(`sound_${kind}`) })} disabled=${!sound}
      onClick=${() => hear()}>
      <${Loud} /></button></div>`;
}

// Notifications are asked for by a press of a button only: browsers refuse anything else.
/** @param {{ t: Speaker }} props */
function Notices({ t }) {
  const [could, setCould] = useState(couldNotify());
  const ask = () => Notification.requestPermission().then(() => setCould(couldNotify()));
  if (could) return html`<button class="plain notify" onClick=${ask}><${Bell} /><span>${t("notifyOn")}</span></button>`;
  return html`<p class="lead">${t(mayNotify() ? "notifyIsOn" : "notifyIsOff")}</p>`;
}

// This device is told also while the console is closed, where the daemon pushes anything at all.
/** @param {{ model: any, t: Speaker }} props */
function Pushes({ model, t }) {
  const [offered, setOffered] = useState(false);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const offer = (/** @type {any} */ told) => setOffered(Boolean(told.key));
    if (couldPush()) model.ask("push:key", {}).then(offer, () => {});
  }, []);
  if (!offered) return null;
  const { push = false } = model.kept.get();
  const press = async (/** @type {any} */ event) => {
    // It shows what is: a browser may ask first, and the daemon may refuse.
    event.target.checked = push;
    const done = await (push ? turnOff(model) : turnOn(model)).catch(() => false);
    setSaid(done === false ? t("pushFailed") : "");
    model.notify();
  };
  return html`<label class="check"><input type="checkbox" role="switch" checked=${push} onChange=${press} />
      <span>${t("pushSwitch")}</span></label>
    <p class="sub" role="status">${said}</p>`;
}
