// A small picture of a file, or a sign of what it is.
import { html, useState } from "../vendor/preact.js";
import { Film, Paper, Tune } from "./icons-files.js";
import { isPicture } from "./file-common.js";

/** @param {string} type */
const iconOf = (type) => (type.startsWith("video/") ? Film : type.startsWith("audio/") ? Tune : Paper);

/** @param {{ file: { type: string }, url?: string }} props */
export function Thumb({ file, url }) {
  const [failed, setFailed] = useState(false);
  return html`<span class="thumb" aria-hidden="true">${isPicture(file) && url && !failed
    ? html`<img src=${url} alt="" onError=${() => setFailed(true)} />`
    : html`<${iconOf(file.type)} />`}</span>`;
}
