// Why the daemon refused something, in the reader's words, by the error's stable code.
import { Refused } from "./connection.js";

// The member of an error that lets its sentence say more.
const MORE = { internal: "incident", too_large: "limit" };

export function refusal(t, error) {
  if (!(error instanceof Refused)) return t("noConnectionNow");
  const { code, message, retry_after } = error;
  const more = error[MORE[code]] ? `_${MORE[code]}` : "";
  const key = `refused_${code}${more}`;
  const said = t(key, { ...error, message, n: Math.ceil(retry_after ?? 1) });
  return said === key ? t("refused", { why: message }) : said;
}
