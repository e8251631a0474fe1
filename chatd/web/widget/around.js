// Who is on a page although they say nothing: fetched where the site asks for that, and not else.
/** @import { Visit } from "./visit.js" */
import { here } from "./visit.js";

// A page that goes on by itself has its new title a moment later.
const TITLED_MS = 300;

/** @param {Visit} visit */
export function around(visit) {
  if (!visit.site.visitors) return;
  visit.connection.start();
  let last = location.href;
  const note = () => {
    if (location.href === last || !visit.connection.online) return;
    last = location.href;
    visit.connection.request("visit:note", { here: here() }).catch(() => {});
  };
  const soon = () => void setTimeout(note, TITLED_MS);
  /** @type {any} */ (window).navigation?.addEventListener("navigatesuccess", soon);
  addEventListener("popstate", soon);
  addEventListener("hashchange", soon);
}
