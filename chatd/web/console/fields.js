// Fields of forms about accounts, and why something was refused, in words.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";
import { refusal } from "../shared/refusals.js";

/** @param {any} props */
export const Field = ({ name, label, held, type = "text", complete = "off", hint = "", ...more }) => html`<div
  class="labelled"><label for=${name}>${label}</label>
  <input class="input" id=${name} name=${name} ref=${held} type=${type} required autocomplete=${complete}
    autocapitalize="none" spellcheck=${false} maxlength="1024" aria-describedby=${hint ? `${name}-hint` : undefined}
    ...${more} />
  ${hint && html`<p class="hint" id=${`${name}-hint`}>${hint}</p>`}</div>`;

// A password or a code that is wrong is no session that has ended.
/** @param {Speaker} t @param {any} error */
export function why(t, error) {
  if (error.second_factor) return t("wrongCode");
  if (error.code === "unauthenticated") return t("wrongOwnPassword");
  if (error.code === "invalid" && error.field === "password") return t("ownPasswordRule");
  return refusal(t, error);
}
