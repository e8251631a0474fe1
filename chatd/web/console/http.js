// Plain HTTP by the session's cookie: what begins and ends a session, and who we are.
import { BASE } from "../shared/base.js";
import { Disconnected, Refused } from "../shared/connection.js";
import { asJson } from "../shared/store.js";

/** @param {string} method @param {string} path @param {object} [body] */
export async function api(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = { "X-Chatd-Csrf": "1", "X-Chatd-Console": "1" };
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(BASE + path, { method, headers, body: body && asJson(body) });
  } catch {
    throw new Disconnected(path);
  }
  const told = await answer.json().catch(() => null);
  if (told?.success) return told.data;
  const later = Number(answer.headers.get("Retry-After")) || undefined;
  throw new Refused({ code: "internal", message: path, retry_after: later, ...told?.error });
}
