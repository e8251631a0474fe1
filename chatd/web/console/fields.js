// Fields of forms about accounts, and why something was refused, in words.
/** @import { Speaker } from "../shared/types" */
import { html, useState } from "../vendor/preact.js";
import { refusal } from "../shared/refusals.js";

let next = 1; // several forms may be there at a time

/** @param {any} props */
export function Field({ name, label, held, type = "text", complete = "off", hint = "", ...more }) {
  const [id] = useState(() => `${name}-${next++}`);
  return html`<div class="labelled"><label for=${id}>${label}</label>
  <input class="input" id=${id} name=${name} ref=${held} type=${type} required autocomplete=${complete}
    autocapitalize="none" spellcheck=${false} maxlength="1024" aria-describedby=${hint ? `${id}-hint` : undefined}
    ...${more} />
  ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}</div>`;
}

// A password or a code that is wrong is no session that has ended.
/** @param {Speaker} t @param {any} error */
export function why(t, error) {
  if (error.second_factor) return t("wrongCode");
  if (error.code === "unauthenticated") return t("wrongOwnPassword");
  if (error.code === "invalid" && error.field === "password") return t("ownPasswordRule");
  return refusal(t, error);
}
