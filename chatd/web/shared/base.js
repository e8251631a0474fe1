// Where the daemon is: the address below which a proxy shows it, without a slash at its end.
export const BASE = new URL("../..", import.meta.url).href.slice(0, -1);
export const SOCKET = `${BASE.replace(/^http/, "ws")}/ws`;

/** @param {string} room */
export const roomPath = (room) => `${new URL(BASE).pathname.replace(/\/$/, "")}/r/${encodeURIComponent(room)}`;
export const roomHere = () => decodeURIComponent(/\/r\/([^/]*)/.exec(location.pathname)?.[1] ?? "");
