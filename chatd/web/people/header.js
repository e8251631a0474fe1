// Above a dialog: with whom it is, and what can be done about it.
/** @import { Speaker } from "../shared/types" @import { Person } from "./person.js" */
import { html } from "../vendor/preact.js";
import { asText } from "../shared/fence.js";
import { Camera, Handset } from "../shared/icons-calls.js";
import { BellOff, Left, Search } from "../shared/icons.js";
import { Hash, Info } from "../shared/icons-pages.js";
import { Avatar } from "../shared/message.js";
import { isMuted, otherIn } from "./dialogs.js";

const PEOPLES = new Set(["direct", "group"]);

/** @param {{ t: Speaker, page: Person, title: string }} props */
function CallButtons({ t, page, title }) {
  /** @param {boolean} video */
  const start = (video) => page.phone.start(page.dialog?.id ?? "", title, video);
  return html`<button class="quiet" aria-label=${t("callVoice")} title=${t("callVoice")} onClick=${() => start(false)}>
      <${Handset} /></button>
    <button class="quiet" aria-label=${t("callVideo")} title=${t("callVideo")} onClick=${() => start(true)}>
      <${Camera} /></button>`;
}

/** @param {{ t: Speaker, page: Person }} props */
const Back = ({ t, page }) =>
  html`<button class="quiet back" aria-label=${t("back")} title=${t("back")} onClick=${() => page.go("")}>
    <${Left} /></button>`;

/** @param {{ t: Speaker, page: Person }} props */
const Find = ({ t, page }) => html`<button class="quiet" aria-label=${t("findMessages")} title=${t("findMessages")}
  aria-keyshortcuts="Alt+F" onClick=${() => page.prompt({ what: "found", here: true })}><${Search} /></button>`;

// What is not in the list: a room.
/** @param {{ t: Speaker, page: Person, title: string, view: Record<string, any> }} props */
function Elsewhere({ t, page, title, view }) {
  const said = asText(view.topic) || (view.people > 0 && t("peopleHere", { n: view.people }));
  return html`<header class="head"><${Back} ...${{ t, page }} />
    <span class="mark"><${Hash} /></span>
    <div class="who"><h2>${title}</h2><p>${said}</p></div><${Find} ...${{ t, page }} /></header>`;
}

/** @param {{ t: Speaker, page: Person }} props */
export function Header({ t, page }) {
  const dialog = /** @type {import("./companions.js").Companions} */ (page.dialog);
  const view = page.locked || !dialog.view ? { kind: "room" } : dialog.view;
  const title = page.openTitle;
  if (!PEOPLES.has(view.kind)) return html`<${Elsewhere} ...${{ t, page, title, view }} />`;
  const other = otherIn(view, page.me);
  const group = view.kind === "group";
  const here = group ? null : dialog.people.get(other.id)?.status;
  const row = page.list.rows.get(dialog.id);
  const named = other.username ? `@${other.username}` : "";
  return html`<header class="head"><${Back} ...${{ t, page }} />
    <span class="face"><${Avatar} id=${group ? dialog.id : other.id} name=${title} />
      ${here && html`<span class="mark-${here}"></span>`}</span>
    <div class="who"><h2>${title} ${row && isMuted(row) && html`<span class="off"><${BellOff} />
        <span class="hidden">${t("muted")}</span></span>`}</h2>
      <p>${group ? t("peopleIn", { n: view.people }) : here ? t(`here_${here}`) : named}</p></div>
    ${!group && view.calls && html`<${CallButtons} ...${{ t, page, title }} />`}
    <${Find} ...${{ t, page }} />
    <button class="quiet" aria-label=${t("aboutDialog")} title=${t("aboutDialog")}
      onClick=${() => page.prompt({ what: "about" })}><${Info} /></button>
  </header>`;
}
