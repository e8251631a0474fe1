// Uploads by tus 1.0, as far as the daemon speaks it: begin, ask how far it is, go on, give up.
import { BASE } from "./base.js";
import { Disconnected, Refused } from "./connection.js";

const FILES = `${BASE}/api/files`;
const TUS = { "Tus-Resumable": "1.0.0" };
// So long no byte may leave, and so long the daemon may look at what is whole.
const QUIET = 30_000;
const LOOKING = 150_000;
// What an answer without a body says.
/** @type {Record<number, string>} */
const CODES = {
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  423: "conflict",
  429: "rate_limited",
};

/** @typedef {() => Record<string, string>} Headers */

/** @param {string} text */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** @param {Record<string, unknown>} fields */
const metadata = (fields) =>
  Object.entries(fields)
    .filter(([, value]) => value != null)
    .map(([name, value]) => `${name} ${base64(String(value))}`)
    .join(",");

/** @param {number} status @param {string} body @param {string | null} later */
function asRefused(status, body, later) {
  /** @type {Record<string, any>} */
  let told = {};
  try {
    told = JSON.parse(body).error;
  } catch {
    // There is none in the answer to HEAD.
  }
  const code = CODES[status] ?? (status < 500 ? "invalid" : "unavailable");
  // An error is made of words and numbers.
  const allowed = Array.isArray(told.allowed) ? told.allowed.join(" ") : undefined;
  return new Refused({ code, message: `HTTP ${status}`, retry_after: Number(later) || undefined, ...told, allowed });
}

/** @param {Headers} who @param {string} method @param {string} id @param {Record<string, string>} [more] */
async function ask(who, method, id, more) {
  const address = id ? `${FILES}/${id}` : FILES;
  let answer;
  try {
    answer = await fetch(address, { method, headers: { ...TUS, ...who(), ...more } });
  } catch {
    throw new Disconnected(address);
  }
  const body = await answer.text().catch(() => "");
  if (!answer.ok) throw asRefused(answer.status, body, answer.headers.get("Retry-After"));
  return { headers: answer.headers, body };
}

// The id of a new upload.
/** @param {Headers} who @param {{ size: number, filename: string, dialog_id: string, duration_s?: number,
 * peaks?: string }} file */
export async function create(who, { size, ...told }) {
  const answer = await ask(who, "POST", "", { "Upload-Length": String(size), "Upload-Metadata": metadata(told) });
  return String(answer.headers.get("Location")?.split("/").pop());
}

// How far it is; null where it is gone.
/** @param {Headers} who @param {string} id */
export async function offset(who, id) {
  try {
    return Number((await ask(who, "HEAD", id)).headers.get("Upload-Offset"));
  } catch (error) {
    if (error.code === "not_found" || error.code === "forbidden") return null;
    throw error;
  }
}

// A file as it is now, with links that open it.
/** @param {Headers} who @param {string} id @returns {Promise<import("./protocol").Attached>} */
export async function look(who, id) {
  const { body } = await ask(who, "GET", id);
  return JSON.parse(body).data.file;
}

/** @param {Headers} who @param {string} id */
export const remove = (who, id) => ask(who, "DELETE", id);

// Sends what is left of it; progress(bytes) of these. A dead network never says so: it is left after a while.
/** @param {Headers} who @param {string} id @param {number} from @param {Blob} rest
 * @param {(bytes: number) => void} progress @param {AbortSignal} signal @returns {Promise<void>} */
export function send(who, id, from, rest, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let timer = setTimeout(stop, QUIET);
    const setDeadline = (/** @type {number} */ ms) => {
      clearTimeout(timer);
      timer = setTimeout(stop, ms);
    };
    /** @type {Record<string, string>} */
    const headers = { ...TUS, ...who(), "Upload-Offset": String(from) };
    request.open("PATCH", `${FILES}/${id}`);
    for (const name in headers) request.setRequestHeader(name, headers[name]);
    request.setRequestHeader("Content-Type", "application/offset+octet-stream");
    request.upload.onprogress = ({ loaded }) => {
      setDeadline(QUIET);
      progress(loaded);
    };
    request.upload.onload = () => setDeadline(LOOKING);
    request.onload = () => {
      const { status, responseText } = request;
      if (status < 300) resolve();
      else reject(asRefused(status, responseText, request.getResponseHeader("Retry-After")));
    };
    request.onerror = request.onabort = () => reject(new Disconnected(id));
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    };
    signal.addEventListener("abort", stop);
    request.send(rest);
  });
}
