// What an administrator changes: accounts, sites, bans, tokens, webhooks. Each asks the daemon, which judges.
/** @import { Speaker } from "../shared/types" */
import { html, useState } from "../vendor/preact.js";
import { Modal } from "../shared/modal.js";
import { managedBy } from "./may.js";
import { explain } from "./manage-rows.js";
import { Bans } from "./manage-bans.js";
import { Operators } from "./manage-operators.js";
import { People } from "./manage-people.js";
import { Roles } from "./manage-roles.js";
import { Departments, Sites } from "./manage-settings.js";
import { Tokens } from "./manage-tokens.js";
import { Webhooks } from "./manage-webhooks.js";

/** @type {Record<string, any>} */
const PARTS = { operators: Operators, roles: Roles, sites: Sites, departments: Departments, people: People, bans: Bans,
  tokens: Tokens, webhooks: Webhooks };

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function Manage({ model, t, close }) {
  const parts = managedBy(model);
  const [part, setPart] = useState(parts[0]);
  const [said, setSaid] = useState({ wrong: "", done: "" });
  // What comes of a command, or nothing where it was refused, which is said.
  /** @param {string} event @param {object} data @param {string} [done] */
  const act = async (event, data, done) => {
    try {
      /** @type {any} */
      const told = await model.ask(event, data);
      if (done !== undefined) setSaid({ wrong: "", done });
      return told;
    } catch (error) {
      setSaid({ wrong: explain(t, error), done: "" });
      return null;
    }
  };
  /** @param {string} name */
  const choose = (name) => {
    setSaid({ wrong: "", done: "" });
    setPart(name);
  };
  const Shown = PARTS[part];
  return html`<${Modal} t=${t} title=${t("manage")} kind="wide" close=${close}><div class="body account" tabindex="0">
    <nav class="parts" aria-label=${t("manage")}>${parts.map((name) => html`<button key=${name}
      class="plain small" aria-pressed=${name === part} onClick=${() => choose(name)}>${t(`manage_${name}`)}</button>`)}
    </nav>
    <div class="outcome"><div role="alert">${said.wrong && html`<p class="wrong">${said.wrong}</p>`}</div>
      <p role="status">${said.done}</p></div>
    <${Shown} key=${part} ...${{ t, act, model }} />
  </div></${Modal}>`;
}
