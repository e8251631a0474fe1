// Plain HTTP to the daemon: what it answers, or the error that a line would tell.
import { BASE } from "./base.js";
import { Disconnected, Refused } from "./connection.js";
import { asJson } from "./store.js";

// body: an object, or a form with a file.
/** @param {string} method @param {string} path @param {object} [body] @param {Record<string, string>} [own] */
export async function ask(method, path, body, own = {}) {
  const form = body instanceof FormData;
  const headers = { ...own, ...(body && !form && { "Content-Type": "application/json" }) };
  let answer;
  try {
    answer = await fetch(BASE + path, { method, headers, body: form ? body : body && asJson(body) });
  } catch {
    throw new Disconnected(path);
  }
  const told = await answer.json().catch(() => null);
  if (told?.success) return told.data;
  const later = Number(answer.headers.get("Retry-After")) || undefined;
  throw new Refused({ code: "internal", message: path, retry_after: later, ...told?.error });
}
