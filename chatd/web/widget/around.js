// Who is on a page although they say nothing, and what is said to them by itself: fetched where the
// site asks for that, and not else.
/** @import { Visit } from "./visit.js" */
import { html, render } from "../vendor/preact.js";
import { asText, itemsOf } from "../shared/fence.js";
import { Close } from "../shared/icons.js";
import { loadTexts } from "../shared/more-texts.js";
import { sheet } from "../shared/sheet.js";
import { here } from "./visit.js";

// A page that goes on by itself has its new title a moment later.
const TITLED_MS = 300;
const GAP_MS = 30 * 60_000;
const MOST_SHOWN = 50;

/** @param {Visit} visit */
export function around(visit) {
  const { connection } = visit;
  const visits = countVisit(visit);
  const begin = () => {
    if (visit.site.visitors) connection.start();
    invite(visit, visits);
  };
  connection.on("welcome", ({ invitation }) => invitation && show(visit, invitation, asText(invitation.operator_name)));
  connection.on("visitor:invited", ({ invitation }) => show(visit, invitation, asText(invitation.operator_name)));
  let last = location.href;
  const move = () => {
    if (location.href === last) return;
    last = location.href;
    invite(visit, visits);
    if (connection.online) connection.request("visit:note", { here: here() }).catch(() => {});
  };
  const soon = () => void setTimeout(move, TITLED_MS);
  /** @type {any} */ (window).navigation?.addEventListener("navigatesuccess", soon);
  for (const sign of ["popstate", "hashchange"]) addEventListener(sign, soon);
  begin();
}

// How often this browser came: what was silent for half an hour comes anew, as the daemon counts.
/** @param {Visit} visit */
function countVisit({ kept }) {
  const { came = 0, cameAt = 0 } = kept.get();
  const visits = Date.now() - cameAt > GAP_MS ? came + 1 : came;
  kept.set({ came: visits, cameAt: Date.now() });
  return visits;
}

// "/pricing*": the path, with anything in place of a star.
/** @param {string} page @param {string} path */
export function fits(page, path) {
  const parts = page.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "u").test(path);
}

// Whoever has a conversation, or looks at the panel, is invited to none.
/** @param {Visit} visit */
const isFree = ({ begun, kept, opened }) => !opened && !begun && !kept.get().ticket;

/** @param {Visit} visit @param {string} id */
const wasShown = ({ kept }, id) => (kept.get().invited ?? []).includes(id);

/** @type {Set<ReturnType<typeof setTimeout>>} */
const waiting = new Set();

// The rules of this page, each after its time; as they are by then: somebody has to be there.
/** @param {Visit} visit @param {number} visits */
function invite(visit, visits) {
  for (const timer of waiting) clearTimeout(timer);
  waiting.clear();
  const rules = () => itemsOf(visit.site.invitations, "name");
  for (const { name, page, after_seconds, visits: least } of rules()) {
    if (visits < least || !fits(asText(page), location.pathname) || wasShown(visit, name)) continue;
    const say = async () => {
      if (!isFree(visit)) return;
      await visit.seat.look();
      const rule = rules().find((one) => one.name === name);
      if (rule) show(visit, { id: name, text: rule.text });
    };
    waiting.add(setTimeout(say, Number(after_seconds) * 1_000));
  }
}

/** @type {{ name: string, end: () => void } | null} */
let shown = null;

// Whether what is shown stays: what a person says goes before what a rule does.
/** @param {string} name */
const stays = (name) => Boolean(shown && (shown.name || !name));

// Once: it is not shown again, whether it was taken, closed or left alone.
/** @param {Visit} visit @param {any} invitation @param {string} [name] */
async function show(visit, { id, text }, name = "") {
  const { kept, root, t } = visit;
  if (!isFree(visit) || wasShown(visit, asText(id)) || stays(name)) return;
  const [{ TEXTS }, looks] = await Promise.all([
    loadTexts("before", t.language),
    sheet(new URL("../widget/invitation.css", import.meta.url)),
  ]);
  if (!isFree(visit) || stays(name)) return;
  shown?.end();
  t.add(TEXTS);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, looks];
  kept.set({ invited: [...(kept.get().invited ?? []), asText(id)].slice(-MOST_SHOWN) });
  const place = document.createElement("div");
  root.append(place);
  const end = () => {
    off();
    render(null, place);
    place.remove();
    shown = null;
  };
  shown = { name, end };
  const off = visit.follow(() => visit.opened && end());
  const take = () => {
    visit.invited = { invitation: asText(id) };
    const by = name ? { sender_type: "admin", sender_id: "operator", sender_name: name } : {};
    visit.welcome = { content: asText(text), ...by };
    visit.open();
  };
  render(html`<div class="invitation" role="status">
    ${name && html`<b>${name}</b>`}<p>${asText(text)}</p>
    <button class="plain" onClick=${take}>${t("invitationAnswer")}</button>
    <button class="shut" aria-label=${t("invitationClose")} onClick=${end}><${Close} /></button></div>`, place);
}
