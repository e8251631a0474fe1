// One's own picture: chosen, uploaded and put on; or taken off.
/** @import { Speaker } from "../shared/types" @import { Person } from "./person.js" */
import { html, useRef, useState } from "../vendor/preact.js";
import { faces } from "../shared/hues.js";
import { ask } from "../shared/http.js";
import { Avatar } from "../shared/message.js";

const TYPES = "image/png,image/jpeg,image/gif,image/webp";

/** @import { Connection } from "../shared/connection.js" */
/** @param {Connection} connection @param {string} token @param {File | null} picture */
export async function putOn(connection, token, picture) {
  if (!picture) return connection.request("person:avatar", {});
  const form = new FormData();
  form.append("file", picture);
  const headers = { Authorization: `Bearer ${token}` };
  const { id } = await ask("POST", "/api/files?dialog_id=@avatars", form, headers);
  return connection.request("person:avatar", { file_id: id });
}

/** @param {{ t: Speaker, page: Person }} props */
export function Picture({ t, page }) {
  const field = useRef();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  /** @param {File | null} picture */
  const wear = async (picture) => {
    setBusy(true);
    setWrong("");
    setWrong(await page.wear(picture));
    setBusy(false);
  };
  const onPick = () => {
    const [picture] = field.current.files;
    if (picture) wear(picture);
    field.current.value = "";
  };
  return html`<div class="picture"><${Avatar} id=${page.me} name=${page.name} />
    <div class="stacked"><p class="lead">@${page.account}</p>
      <input type="file" hidden ref=${field} accept=${TYPES} onChange=${onPick} />
      <div class="beside"><button class="plain" disabled=${busy} onClick=${() => field.current.click()}>
          ${t(busy ? "pictureComing" : faces.has(page.me) ? "changePicture" : "choosePicture")}</button>
        ${faces.has(page.me) && html`<button class="plain" disabled=${busy} onClick=${() => wear(null)}>
          ${t("removePicture")}</button>`}</div>
      ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}</div></div>`;
}
