// Plain HTTP by the session's cookie: what begins and ends a session, and who we are.
import { ask } from "../shared/http.js";

const HEADERS = { "X-Chatd-Csrf": "1", "X-Chatd-Console": "1" };

/** @param {string} method @param {string} path @param {object} [body] */
export const api = (method, path, body) => ask(method, path, body, HEADERS);
