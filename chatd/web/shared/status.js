// Says that the connection is lost, replaced by something slower, and there again.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";

const KEYS = { waiting: "noConnection", polling: "polling", ended: "dismissed" };
const GLADLY = 2_500;

export function StatusLine({ connection, t }) {
  const { state } = connection;
  const lost = useRef(false);
  const [back, setBack] = useState(false);
  useEffect(() => {
    const returned = lost.current && state === "online";
    lost.current = state in KEYS;
    setBack(returned);
    if (!returned) return undefined;
    const timer = setTimeout(() => setBack(false), GLADLY);
    return () => clearTimeout(timer);
  }, [state]);
  const key = KEYS[state] ?? (back ? "backOnline" : null);
  return html`<div class="status" role="status">
    ${key && html`<p class="status-line ${key}">${t(key)}</p>`}</div>`;
}
