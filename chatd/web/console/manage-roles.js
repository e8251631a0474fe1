// What each role may: a table to read, for roles themselves stand in the configuration.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { grants } from "./may.js";

// All roles, page by page, and the permissions that there are.
/** @param {any} act @returns {Promise<any>} */
export async function fetchRoles(act, cursor = null) {
  const told = await act("role:list", cursor ? { cursor } : {});
  const rest = told?.more ? await fetchRoles(act, told.cursor) : null;
  return rest ? { ...told, roles: [...told.roles, ...rest.roles] } : told;
}

/** @param {{ t: Speaker, act: any }} props */
export function Roles({ t, act }) {
  const [told, setTold] = useState(/** @type {any} */ (null));
  useEffect(() => void fetchRoles(act).then(setTold), []);
  if (!told) return null;
  /** @param {string} one */
  const row = (one) => html`<tr key=${one}><th scope="row">${one}</th>
    ${told.roles.map((/** @type {any} */ role) => html`<td key=${role.name}>
      ${grants(role.may, one) ? html`<span role="img" aria-label=${t("manageMay")}>✓</span>` : ""}</td>`)}</tr>`;
  return html`<p class="sub">${t("manageRolesLead")}</p>
    <div class="granted" tabindex="0" role="group" aria-label=${t("manage_roles")}>
      <table aria-label=${t("manage_roles")}><thead><tr><th scope="col">${t("managePermission")}</th>
        ${told.roles.map((/** @type {any} */ { name }) => html`<th scope="col" key=${name}>${name}</th>`)}</tr></thead>
      <tbody>${told.permissions.map(row)}</tbody></table></div>`;
}
