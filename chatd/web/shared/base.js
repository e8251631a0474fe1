// Where the daemon is: the address below which a proxy shows it, without a slash at its end.
export const BASE = new URL("../..", import.meta.url).href.slice(0, -1);
export const SOCKET = `${BASE.replace(/^http/, "ws")}/ws`;

const ROOT = new URL(BASE).pathname.replace(/\/$/, "");

// Nothing where the address cannot be read.
/** @param {string} part */
function here(part) {
  try {
    return decodeURIComponent(new RegExp(`/${part}/([^/]*)$`).exec(location.pathname)?.[1] ?? "");
  } catch {
    return "";
  }
}

/** @param {string} room */
export const roomPath = (room) => `${ROOT}/r/${encodeURIComponent(room)}`;
export const roomHere = () => here("r");

// What people have: their page, a dialog, an invitation.
export const HOME = `${ROOT}/`;
/** @param {string} dialog */
export const dialogPath = (dialog) => `${ROOT}/d/${encodeURIComponent(dialog)}`;
export const dialogHere = () => here("d");
/** @param {string} code */
export const invitePath = (code) => `${ROOT}/invite/${encodeURIComponent(code)}`;
export const inviteHere = () => here("invite");
