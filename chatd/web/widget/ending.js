// A customer ends their conversation, or leaves the queue: asked once more, and undone by writing.
/** @import { Visit } from "./visit.js" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";

// ending: whether they are asked if they want to; end: says so.
/** @param {{ visit: Visit, ending: boolean, end: (ending: boolean) => void }} props */
export function Ending({ visit, ending, end }) {
  const { t, view, connection, root } = visit;
  const [failed, setFailed] = useState("");
  const [sending, setSending] = useState(false);
  const sure = useRef(/** @type {HTMLElement | null} */ (null));
  const waits = view?.status === "waiting";
  const open = waits || view?.status === "active";
  useEffect(() => {
    if (ending && open) sure.current?.focus();
    if (ending && !open) end(false);
  }, [ending, open]);
  if (!open) return null;
  if (!ending) {
    const name = waits ? "giveUp" : "endTalk";
    return html`<button class="plain ends" onClick=${() => end(true)}>${t(name)}</button>`;
  }
  // Who was in what goes is in the field again.
  const done = () => {
    end(false);
    root.querySelector(".field textarea")?.focus();
  };
  const send = async () => {
    setSending(true);
    setFailed("");
    try {
      await connection.request(waits ? "ticket:cancel" : "ticket:close", { ticket_id: view.id });
      done();
    } catch (/** @type {any} */ error) {
      setFailed(t(error.code === "conflict" ? "endLate" : "reachFailed"));
    } finally {
      setSending(false);
    }
  };
  return html`<div class="ending" role="group" aria-label=${t(waits ? "cancelAsk" : "endAsk")}>
    <p><b>${t(waits ? "cancelAsk" : "endAsk")}</b> ${t("endUndone")}</p>
    <p role="status">${failed}</p>
    <div class="choices"><button class="primary" ref=${sure} disabled=${sending} onClick=${send}>
        ${t(waits ? "cancelYes" : "endYes")}</button>
      <button class="plain" onClick=${done}>${t("endNo")}</button></div></div>`;
}
