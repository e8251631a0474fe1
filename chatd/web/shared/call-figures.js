// In the window of a call: how its line is, in words what is wrong with it and what to do, and in figures.
/** @import { Calls } from "./calls.js" @import { Figures } from "./gauge.js" @import { Speaker } from "./types" */
import { html } from "../vendor/preact.js";
import { useStore } from "./store.js";

/** @param {{ calls: Calls, t: Speaker }} props */
export function Part({ calls, t }) {
  const { gauge } = calls;
  useStore(gauge);
  const { figures, troubles } = gauge ?? {};
  if (!figures || !troubles) return html`<div class="part figures"><p>${t("callMeasuring")}</p></div>`;
  const said = troubles.length ? troubles.map((one) => `callWhy_${one}`) : ["callFine"];
  const look = troubles.length ? "why" : "";
  return html`<div class="part figures" role="group" aria-label=${t("callFigures")}>
    <div role="status">${said.map((key) => html`<p key=${key} class=${look}>${t(key)}</p>`)}</div>
    <dl>${rows(figures, t).map(([name, value]) => html`<div key=${name}><dt>${t(`callFigure_${name}`)}</dt>
      <dd>${value || "—"}</dd></div>`)}</dl></div>`;
}

/** @param {Figures} figures @param {Speaker} t @returns {[string, string][]} */
function rows(figures, t) {
  const { state, route, protocol, rtt_ms, jitter_ms, loss_in, loss_out, kbps_in, kbps_out, codecs, size } = figures;
  /** @param {number} n */
  const number = (n) => n.toLocaleString(t.language);
  /** @param {number} came @param {number} went @param {string} unit */
  const both = (came, went, unit) => `↓ ${number(came)} · ↑ ${number(went)} ${t(unit)}`;
  return [
    ["state", t(`callState_${state}`)],
    ["route", route && `${t(`callRoute_${route}`)}${protocol && `, ${protocol.toUpperCase()}`}`],
    ["rtt", `${number(rtt_ms)} ${t("callMs")}`],
    ["jitter", `${number(jitter_ms)} ${t("callMs")}`],
    ["loss", both(loss_in, loss_out, "callPercent")],
    ["rate", both(kbps_in, kbps_out, "callKbps")],
    ["codecs", codecs.join(", ")],
    ["picture", size],
  ];
}
