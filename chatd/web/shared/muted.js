// Who may not write: until when, and what stands in the field's place.
/** @import { Speaker } from "./types" @import { Talker } from "./talker.js" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { asText } from "./fence.js";
import { clock, dayName } from "./times.js";

const LONGEST = 2 ** 31 - 1;
const FOR_GOOD = "9999";

/** @param {any} one */
export const isSilenced = (one) => Date.parse(one?.muted_until) > Date.now();

// key: what is said where no end is set; ended: where there is one.
/** @param {Speaker} t @param {string} until @param {string} key @param {string} ended */
export const untilWhen = (t, until, key, ended) =>
  until.startsWith(FOR_GOOD) ? t(key) : t(ended, { at: `${dayName(t, until)}, ${clock(t, until)}` });

// Why, says the daemon to whoever it concerns, with whatever it refuses them.
/** @param {{ t: Speaker, page: Talker, until: string }} props */
export function Muted({ t, page, until }) {
  const [why, setWhy] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => page.notify(), Math.min(LONGEST, Date.parse(until) - Date.now()));
    page.connection.request("typing:stop", { dialog_id: page.place }).catch((error) => setWhy(asText(error.why)));
    return () => clearTimeout(timer);
  }, [until]);
  const said = untilWhen(t, until, "youAreMuted", "youAreMutedUntil");
  return html`<p class="hint bottom" role="status">${said}${why && `. ${t("why", { why })}`}</p>`;
}
