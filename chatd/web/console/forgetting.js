// From where somebody is shown to where they are forgotten, for who may.
/** @import { Speaker } from "../shared/types" */
import { html } from "../vendor/preact.js";

/** @param {{ model: any, t: Speaker, id?: string, name?: string }} props */
export function ForgetButton({ model, t, id, name = "" }) {
  const ask = () => model.set({ asking: { what: "forget", person: { id, name } } });
  return id && model.may("person:forget") ? html`<button class="plain small forget" type="button"
    onClick=${ask}>${t("forget")}</button>` : null;
}
