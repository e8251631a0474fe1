// What others are writing, as they write it.
/** @import { Speaker } from "./types" */
import { html } from "../vendor/preact.js";
import { fencedRows } from "./fence.js";
import { hueOf } from "./hues.js";
import { Avatar } from "./message.js";

// A draft's text with its writer's caret, which is at the end if nobody says else.
/** @param {{ draft: { text: string, caret?: number } }} props */
function Written({ draft: { text, caret } }) {
  const points = [...text];
  const at = caret ?? points.length;
  return html`<span class="text">${points.slice(0, at).join("")}<span class="caret"></span>
    ${points.slice(at).join("")}</span>`;
}

// What others are writing: kept out of every live region, screen readers would never fall silent.
/** @param {{ dialog: import("./dialog.js").Dialog, t: Speaker }} props */
export function Drafts({ dialog, t }) {
  const { drafts, typing } = dialog.writers;
  /** @param {any} draft */
  const row = (draft) => html`<div class="row">
        <div class="said other first draft hue${hueOf(draft.participant_id)}">
          <${Avatar} id=${draft.participant_id} name=${draft.name} />
          <div class="stack"><span class="sender"><b>${draft.name}</b> <i>${t("writesNow")}</i></span>
          <div class="bubble"><${Written} draft=${draft} /></div></div>
        </div>
      </div>`;
  return html`<div class="drafts" aria-live="off">
    ${fencedRows([...drafts.values()], "participant_id", row, t, "p")}
    ${typing.size > 0 && html`<p class="typing"><span class="dots"><i></i><i></i><i></i></span>
      ${typingText([...typing.values()], t)}</p>`}
  </div>`;
}

/** @param {{ name: string }[]} people @param {Speaker} t */
function typingText(people, t) {
  if (people.length === 1) return t("typingOne", { name: people[0].name });
  if (people.length === 2) return t("typingTwo", { a: people[0].name, b: people[1].name });
  return t("typingMany", { n: people.length });
}
