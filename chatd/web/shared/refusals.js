// Why the daemon refused something, in the reader's words, by the error's stable code.
/** @import { Speaker } from "./types" */
import { Refused } from "./connection.js";

// The member of an error that lets its sentence say more.
/** @type {Record<string, string>} */
const MORE = { internal: "incident", too_large: "limit" };

// Longer waits are told in minutes.
const LONG = 90;

/** @param {Speaker} t @param {any} error */
export function refusal(t, error) {
  if (!(error instanceof Refused)) return t("noConnectionNow");
  const { code, message, retry_after } = error;
  /** @type {any} */
  const told = error;
  const wait = Math.ceil(retry_after ?? 1);
  if (code === "rate_limited" && wait > LONG) return t("refused_rate_limited_minutes", { n: Math.ceil(wait / 60) });
  const more = told[MORE[code]] ? `_${MORE[code]}` : "";
  const key = `refused_${code}${more}`;
  const said = t(key, { ...error, message, n: wait });
  return said === key ? t("refused", { why: message }) : said;
}
