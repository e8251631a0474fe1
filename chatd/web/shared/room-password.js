// In place of a room's conversation: its password is asked for.
/** @import { Speaker } from "./types" @import { Talker } from "./talker.js" */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { Lock } from "./icons-pages.js";

/** @param {{ t: Speaker, page: Talker }} props */
export function RoomPassword({ t, page }) {
  const field = useRef();
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  useLayoutEffect(() => {
    if (!busy) field.current.focus();
  }, [busy]);
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setWrong("");
    setWrong(await page.unlock(field.current.value));
    setBusy(false);
    field.current?.select();
  };
  return html`<div class="locked"><form class="stacked" onSubmit=${submit} aria-labelledby="locked-title">
    <span class="mark"><${Lock} /></span>
    <h2 id="locked-title">${t("roomLocked")}</h2>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <div class="labelled"><label for="room-password">${t("roomPassword")}</label>
      <input class="input" id="room-password" type="password" ref=${field} required maxlength="1024" disabled=${busy}
        autocomplete="off" aria-describedby="room-password-hint" />
      <p class="hint" id="room-password-hint">${t("roomPasswordHint")}</p></div>
    <button class="primary" disabled=${busy}>${t("enter")}</button></form></div>`;
}
