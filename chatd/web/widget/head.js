// The panel's head: whose chat it is, who is there, how quickly they answer.
/** @import { Visit } from "./visit.js" */
import { html, useState } from "../vendor/preact.js";
import { itemsOf, fencedRows, asText } from "../shared/fence.js";
import { hueOf, assignHues } from "../shared/hues.js";
import { Bell, BellOff, Bubble, Clock, Close } from "../shared/icons-chat.js";
import { Avatar } from "../shared/message.js";

const HOUR = 60;

// call: the buttons by which one calls whoever answers, where that is possible.
/** @param {{ visit: Visit, call: any }} props */
export function Head({ visit, call }) {
  const { t, view, site } = visit;
  const name = view?.status === "active" ? view.operator_name : null;
  const team = visit.begun ? [] : itemsOf(site.team);
  assignHues(team.map(({ id }) => id));
  const here = name || visit.operatorsOnline;
  const says = name ? t("operatorHere", { name }) : team.length ? t("here") : availability(visit);
  const { sound } = visit.kept.get();
  const soundLabel = t(sound ? "soundOn" : "soundOff");
  return html`<div class="head">
    <div class="bar">
      ${name ? html`<${Avatar} id=${name} name=${name} />` : html`<${Logo} visit=${visit} key=${site.logo} />`}
      <div class="who">
        <h2>${asText(site.title) || t("support")}</h2>
        <p><span class="presence ${here ? "here" : ""}"></span><span>${says}</span></p>
      </div>
      ${call && html`<${call} visit=${visit} />`}
      ${visit.me && html`<button class="quiet" aria-label=${t("yours")}
        onClick=${() => import("./earlier.js").then((part) => part.open(visit))}><${Clock} /></button>`}
      <button class="quiet" aria-pressed=${sound} aria-label=${t("sound")} title=${soundLabel}
        onClick=${() => visit.toggleSound()}>${sound ? html`<${Bell} />` : html`<${BellOff} />`}</button>
      <button class="quiet" aria-label=${t("closeChat")} title=${t("closeChat")} onClick=${() => visit.close()}>
        <${Close} /></button>
    </div>
    ${team.length > 0 && html`<div class="team">
      <span class="faces" aria-hidden="true">${fencedRows(team, "id", face, t, "span")}</span>
      <p>${availability(visit)}</p></div>`}
  </div>`;
}

/** @param {{ id: string, initials: unknown }} one */
const face = ({ id, initials }) => html`<span class="avatar hue${hueOf(id)}">${asText(initials)}</span>`;

// A logo that does not arrive leaves no hole.
/** @param {{ visit: Visit }} props */
function Logo({ visit: { site, base } }) {
  const [failed, setFailed] = useState(false);
  const logo = asText(site.logo);
  return logo && !failed
    ? html`<img class="logo" src=${String(new URL(logo, `${base}/`))} alt="" width="40" height="40"
        onError=${() => setFailed(true)} />`
    : html`<span class="mark"><${Bubble} /></span>`;
}

// Whether somebody is there; if so, how quickly they answer, unless the site has words of its own for it.
/** @param {Visit} visit */
function availability({ t, site, operatorsOnline, own }) {
  if (!operatorsOnline) return t("operatorsOffline");
  const minutes = site.answers_in_min;
  if (!(minutes > 0) || own.operatorsOnline) return t("operatorsOnline");
  return minutes < HOUR ? t("answersIn", { n: minutes }) : t("answersInHours", { n: minutes / HOUR });
}
