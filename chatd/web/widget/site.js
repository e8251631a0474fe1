// What is known of a site before anybody speaks: asked for with every page, and kept from the last,
// so that a button need not wait for it.
import { flatObject, asText } from "../shared/sanitize.js";
import { Kept } from "../shared/storage.js";

const UNKNOWN = { operators_online: 0 };

// The name under which a browser keeps what belongs to a site of a daemon.
// base: as browsers write the address of a script, up to the last "/".
/** @param {string} base @param {string} [site] */
export const scopeOf = (base, site = "") => `chatd:${base.replace(/^.*?:\/\//, "")}:${site}`;

export class Site {
  /** @type {Record<string, any>} */
  told = UNKNOWN;
  // The origin of this page, where no site of the daemon names it.
  strange = "";

  /** @param {string} base @param {string} [name] */
  constructor(base, name) {
    this.address = `${base}/api/site${name ? `?site=${encodeURIComponent(name)}` : ""}`;
    this.kept = new Kept(`${scopeOf(base, name)}:site`);
    const { told } = this.kept.get();
    this.known = Boolean(told);
    if (told) this.told = flatObject(told);
  }

  async look() {
    try {
      const answer = await fetch(this.address, { credentials: "omit" });
      const { data, error } = await answer.json();
      this.strange = asText(error?.origin);
      if (!data) return;
      this.told = flatObject(data);
      this.kept.set({ told: data });
    } catch {
      // The button is there anyway; the connection says what is wrong.
    }
  }
}
