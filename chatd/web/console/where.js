// Where a customer is and was, what their clock shows, how often they came: as their pages tell it.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { asText, fencedRows, itemsOf } from "../shared/fence.js";
import { moment } from "./moments.js";

const TICK = 1_000;

// An address as people read it.
/** @param {string} address */
export function readable(address) {
  if (!URL.canParse(address)) return address;
  const { host, pathname, search } = new URL(address);
  const path = pathname === "/" && !search ? "" : pathname + search;
  try {
    return host + decodeURI(path);
  } catch {
    return host + path;
  }
}

// Only what a browser opens as a page is a link: what was told is a stranger's.
/** @param {string} address */
const isPage = (address) => URL.canParse(address) && ["http:", "https:"].includes(new URL(address).protocol);

/** @param {{ page: any }} props */
export function PageLink({ page }) {
  const address = asText(page.address);
  const shown = html`${asText(page.title) && html`<b>${page.title}</b>`}<span>${readable(address)}</span>`;
  return isPage(address)
    ? html`<a class="seen" href=${address} target="_blank" rel="noopener noreferrer" title=${address}>${shown}</a>`
    : html`<span class="seen">${shown}</span>`;
}

// The language by its name, in the reader's.
/** @param {Speaker} t @param {string} tag */
export function languageName(t, tag) {
  try {
    return new Intl.DisplayNames([t.language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** @param {{ zone: string, t: Speaker }} props */
function LocalTime({ zone, t }) {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), TICK);
    return () => clearInterval(timer);
  }, []);
  try {
    const shown = new Intl.DateTimeFormat(t.language, { timeZone: zone, timeStyle: "medium" }).format(now);
    return html`<time class="ticking">${shown}</time><span class="zone">${zone.replaceAll("_", " ")}</span>`;
  } catch {
    return zone;
  }
}

// Rows of the list of facts.
// visit: what they have open now.
/** @param {{ customer: any, visit: any, t: Speaker }} props */
export function Where({ customer, visit, t }) {
  const [page = visit?.origin && { address: visit.origin }, ...before] = itemsOf(customer.pages, "address");
  /** @type {(name: string, value: unknown) => unknown} */
  const fact = (name, value) => value && html`<div><dt>${t(name)}</dt><dd>${value}</dd></div>`;
  const row = (/** @type {any} */ one) => html`<li><${PageLink} page=${one} /><small>${moment(t, one.at)}</small></li>`;
  return html`
    ${fact(visit ? "page" : "pageLast", page && html`<${PageLink} page=${page} />`)}
    ${before.length > 0 && html`<div class="pages"><details><summary>${t("pagesBefore", { n: before.length })}</summary>
      <ol>${fencedRows(before, "at", row, t)}</ol></details></div>`}
    ${fact("cameFrom", readable(asText(customer.referrer)))}
    ${fact("device", asText(customer.device))}
    ${fact("language", asText(customer.language) && languageName(t, customer.language))}
    ${fact("localTime", asText(customer.timezone) && html`<${LocalTime} zone=${customer.timezone} t=${t} />`)}
    ${fact("visits", customer.visited > 0 && String(customer.visited))}
    ${fact("seenAt", !visit && asText(customer.seen_at) && moment(t, customer.seen_at))}`;
}
