// The files of a message: pictures that open, sound and films that play, the rest to download; and of what
// is still to be sent how far it is.
/** @import { Drawable, Entry, Shown, Speaker, Waiting } from "./types" @import { Files } from "./files.js" */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { BASE } from "./base.js";
import * as kept from "./unsent-bytes.js";
import { Refused } from "./connection.js";
import { adoptSheet } from "./adopt-sheet.js";
import { LOST } from "./files.js";
import { Close } from "./icons-chat.js";
import { Save } from "./icons-files.js";
import { formatDuration, isPicture, prepareFiles, sizeOf, tooLarge } from "./file-common.js";
import { namesOf } from "./file-kinds.js";
import { Text } from "./message.js";
import { Player } from "./player.js";
import { refusal } from "./refusals.js";
import { Store, useStore } from "./store.js";
import { Thumb } from "./thumb.js";
import { clock, dayName } from "./times.js";
import { toField } from "./tools.js";
import * as tus from "./tus.js";

const WIDEST = 260;
const TALLEST = 300;
const LEAST = 72;
const LONGEST_NAMES = 500;

/** @type {CSSStyleSheet} */
let look;

/** @param {Speaker} t */
export async function ready(t) {
  look = await prepareFiles(t);
}

/** @param {string} [path] */
const address = (path) => (path ? BASE + path : "");

// Why a message with files was not sent.
/** @param {Shown} message @param {Speaker} t */
export function whyNot({ entry }, t) {
  if (entry?.failed === LOST) return `${t("stateFailed")}. ${t("fileLost")}`;
  if (!entry?.why) return t("stateFailed");
  const { files = [], why } = entry;
  const file = files.find((one) => one.refused);
  const named = file && files.length > 1 && !isTooLarge(file, why) ? `${file.name}: ` : "";
  return `${t("stateFailed")}. ${named}${reason(t, why, file)}`;
}

/** @param {Waiting} file @param {Record<string, any>} why */
const isTooLarge = ({ size }, { code, limit }) => code === "too_large" && size > limit;

// What an upload is told of are bytes, what a message is told of are files.
/** @param {Speaker} t @param {Record<string, any>} why @param {Waiting} [file] */
function reason(t, why, file) {
  const { code, limit, type, allowed = "" } = why;
  if (type) return t("fileType", { type, allowed: namesOf(t, allowed) });
  if (file && isTooLarge(file, why)) return tooLarge(t, file, limit);
  if (!file && code === "too_large" && limit) return t("filesMany", { n: limit });
  return refusal(t, new Refused({ ...why, ...(limit && file && { limit: sizeOf(t, limit) }) }));
}

// What was written, where that is more than the names that stand for nothing.
/** @param {Shown} message @param {Drawable[]} brought */
function caption({ content, entry, type }, brought) {
  if (entry?.type === "voice" || (type === "voice" && content.startsWith("🎤"))) return "";
  const names = [...brought.map(({ name }) => name).join(", ")].slice(0, LONGEST_NAMES).join("");
  return content === names ? "" : content;
}

/** @param {{ message: Shown, brought: Drawable[], files: Files, t: Speaker, discard: (id: string) => void }} props */
export function MessageFiles({ message, brought, files, t, discard }) {
  const place = useRef();
  const uploads = files.part?.uploads;
  useStore(uploads ?? NEVER);
  useLayoutEffect(() => adoptSheet(place.current.getRootNode(), look), []);
  const { entry } = message;
  const words = caption(message, brought);
  const pictures = brought.filter(isPicture);
  const voice = (message.type ?? entry?.type) === "voice";
  const held = entry && uploads?.heldBack(entry);
  /** @param {Drawable} file */
  const show = async (file) => {
    const { open } = await import("./gallery.js");
    open({ file, files, message, t, root: place.current.getRootNode() });
  };
  return html`<div ref=${place} class="attached">
    ${pictures.length > 0 && html`<div class="pictures ${pictures.length > 1 ? "several" : ""}">
      ${pictures.map((file) => html`<${Picture} key=${file.key ?? file.id} ...${{ file, files, t, show }}
        single=${pictures.length === 1} />`)}</div>`}
    ${brought.filter((file) => !isPicture(file)).map((file) => html`
      <${voice ? Voice : kindOf(file)} key=${file.key ?? file.id} ...${{ file, files, t }} />`)}
    ${entry && html`<${Progress} ...${{ entry, files, t, discard }} />`}
    ${(entry?.failed || held) && html`<${TakeOff} ...${{ entry, files, t }} />`}
    ${words && html`<div class="caption"><${Text} text=${words} id=${message.id} t=${t} /></div>`}
  </div>`;
}

/** @param {Drawable} file */
const kindOf = ({ type }) => (type.startsWith("audio/") ? Sound : type.startsWith("video/") ? Video : Other);

// Where a file is: in this browser while it is not sent, else by a link, which is asked for anew when it opens
// nothing any more. [address, what is to be done where it fails, whether it cannot be had]
/** @param {Drawable} file @param {Files} files @param {"url" | "preview_url" | "m4a_url"} [which]
 * @returns {[string, () => void, boolean]} */
function useLink(file, files, which = "url") {
  const { key } = file;
  const [own, setOwn] = useState("");
  const [fresh, setFresh] = useState("");
  const [gone, setGone] = useState(false);
  useEffect(() => {
    if (!key) return undefined;
    let url = "";
    let over = false;
    kept.find(key).then((bytes) => {
      if (!bytes || over) return;
      url = URL.createObjectURL(bytes);
      setOwn(url);
    });
    return () => {
      over = true;
      URL.revokeObjectURL(url);
    };
  }, [key]);
  const refetch = () => {
    if (fresh || key) return setGone(true);
    return freshLinks(file, files).then(
      (found) => setFresh(address(found[which] ?? found.url)),
      () => setGone(true),
    );
  };
  return [key ? own : fresh || address(file[which] ?? file.url), refetch, gone];
}

/** @param {{ id: string }} file @param {Files} files */
export const freshLinks = (file, files) => tus.look(files.made.headers, file.id);

// Saved, not shown, by a link that is good now: a page of somebody else's is not left for it.
/** @param {any} event @param {Drawable} file @param {Files} files */
async function save(event, file, files) {
  event.preventDefault();
  const found = await freshLinks(file, files).catch(() => file);
  const away = document.createElement("a");
  away.href = saving(found);
  away.download = file.name;
  away.click();
}

/** @param {{ url?: string }} file */
export const saving = ({ url }) => `${address(url)}?save=1`;

/** @param {{ file: Drawable, files: Files, t: Speaker }} props */
export function Download({ file, files, t }) {
  const label = t("download", { name: file.name });
  return html`<a class="quiet" href=${saving(file)} download=${file.name} aria-label=${label} title=${label}
    onClick=${(/** @type {any} */ event) => save(event, file, files)}><${Save} /></a>`;
}

// The box that a picture has before it is there.
/** @param {Drawable} file */
function boxOf({ width = 0, height = 0 }) {
  if (!width || !height) return { width: "200px", height: "150px" };
  const scale = Math.min(1, WIDEST / width, TALLEST / height);
  const [wide, high] = [width, height].map((one) => `${Math.max(LEAST, Math.round(one * scale))}px`);
  return { width: wide, height: high };
}

/** @param {{ file: Drawable, files: Files, t: Speaker, single: boolean, show: (file: Drawable) => void }} props */
function Picture({ file, files, t, single, show }) {
  const [src, again, gone] = useLink(file, files, file.type === "image/gif" ? "url" : "preview_url");
  if (gone) return html`<${Other} ...${{ file, files, t }} />`;
  const style = single ? boxOf(file) : {};
  const image = src && html`<img src=${src} alt="" onError=${again} />`;
  return file.key
    ? html`<span class="picture" style=${style} title=${file.name}>${image}</span>`
    : html`<button class="picture" style=${style} aria-label=${t("openPicture", { name: file.name })}
      title=${file.name} onClick=${() => show(file)}>${image}</button>`;
}

// lasts: for how long, in seconds, where nothing else says it.
/** @param {{ file: Drawable, files: Files, t: Speaker, lasts?: number }} props */
function Other({ file, files, t, lasts }) {
  const length = lasts ? `${formatDuration(lasts)}, ` : "";
  return html`<div class="file"><${Thumb} file=${file} />
    <span class="file-name"><b>${file.name}</b><small>${length}${sizeOf(t, file.size)}</small></span>
    ${!file.key && html`<${Download} ...${{ file, files, t }} />`}</div>`;
}

// What recorders make, older Safaris do not play; it is there as an m4a, too, where the daemon has ffmpeg.
/** @param {Drawable} file */
const canPlay = ({ type }) => new Audio().canPlayType(`${type.replace("video", "audio")}; codecs="opus"`) !== "";

/** @param {{ file: Drawable, files: Files, t: Speaker }} props */
function Voice({ file, files, t }) {
  const [other, setOther] = useState(Boolean(file.m4a_url) && !canPlay(file));
  const [src, refetch, gone] = useLink(file, files, other ? "m4a_url" : "url");
  const again = () => (file.m4a_url && !other ? setOther(true) : refetch());
  const duration = file.duration_s;
  // What waits has them as they are told.
  const peaks = typeof file.peaks === "string" ? file.peaks.split(",").map(Number) : file.peaks;
  return html`<div class="voice"><${Player} ...${{ src, onFailed: again, duration, peaks, t }} />
    ${gone && html`<p class="unplayable">${t("unplayable")} <${Download} ...${{ file, files, t }} /></p>`}</div>`;
}

/** @param {{ file: Drawable, files: Files, t: Speaker }} props */
function Sound(props) {
  return html`<div class="sound"><${Other} ...${props} /><${Voice} ...${props} /></div>`;
}

/** @param {{ file: Drawable, files: Files, t: Speaker }} props */
function Video({ file, files, t }) {
  const [src, again, gone] = useLink(file, files);
  const measured = useRef("");
  /** @param {{ target: any }} event */
  const play = ({ target }) => {
    if (Number.isFinite(target.duration) || measured.current === src) return;
    measured.current = src;
    measure(target);
  };
  return html`<div class="film">
    ${!gone && html`<video controls preload="metadata" playsinline src=${src || undefined} aria-label=${file.name}
      onPlay=${play} onError=${again}></video>`}
    <${Other} ...${{ file, files, t, lasts: file.duration_s }} /></div>`;
}

// A recorder's film does not say how long it is: a browser that has seen its end knows, and can seek in it.
/** @param {HTMLVideoElement} film */
function measure(film) {
  film.pause();
  film.addEventListener("seeked", () => {
    film.currentTime = 0;
    film.play().catch(() => {});
  }, { once: true });
  film.currentTime = Number.MAX_SAFE_INTEGER;
}

const NEVER = new Store();

// How far it is, and what ends it; where the browser has lost it, what brings it back.
/** @param {{ entry: Entry, files: Files, t: Speaker, discard: (id: string) => void }} props */
function Progress({ entry, files, t, discard }) {
  const uploads = files.part?.uploads;
  useStore(uploads ?? NEVER);
  const waiting = entry.files ?? [];
  const size = waiting.reduce((sum, one) => sum + one.size, 0);
  const done = Math.min(size, uploads?.progress(entry) ?? 0);
  if (entry.failed === LOST) return html`<${Again} ...${{ entry, files, t }} />`;
  if (entry.failed || waiting.every((one) => one.ready)) return null;
  const percent = Math.floor((done / size) * 100);
  const held = uploads?.heldBack(entry);
  const said = done < size ? t("uploading", { done: sizeOf(t, done), size: sizeOf(t, size) }) : t("checkingFile");
  return html`<div class="uploads"><progress max=${size} value=${done}
      aria-label=${t("uploadProgress", { percent })}></progress>
    ${held ? html`<small class="held" role="status">${whyHeld(held, t)}</small>` : html`<small>${said}</small>`}
    <button class="quiet" aria-label=${t("cancelUpload")} title=${t("cancelUpload")}
      onClick=${() => discard(entry.client_id)}><${Close} /></button></div>`;
}

// Until when it waits; and what may be sent, where that is a number of bytes.
/** @param {NonNullable<ReturnType<import("./uploads.js").Uploads["heldBack"]>>} held @param {Speaker} t */
function whyHeld({ code, until, most_bytes, per_s = 0 }, t) {
  const at = `${dayName(t, until)}, ${clock(t, until)}`;
  if (code !== "rate_limited") return t("uploadNotNow", { at });
  if (!most_bytes || per_s < 3_600) return t("uploadLimited", { at });
  return t("uploadLimitedBytes", { at, most: sizeOf(t, most_bytes), n: Math.ceil(per_s / 3_600) });
}

// Those that keep the others from being sent go alone; where none of them is to blame, any may.
/** @param {{ entry: Entry, files: Files, t: Speaker }} props */
function TakeOff({ entry, files, t }) {
  const { files: every = [] } = entry;
  const all = every.filter((one) => entry.failed || !one.ready);
  const to_blame = all.filter((one) => one.refused);
  if (every.length < 2 && !entry.content) return null;
  /** @param {any} event @param {Waiting} one */
  const take = async ({ currentTarget }, one) => {
    toField(currentTarget);
    (await files.fetch())?.uploads.takeOff(entry.client_id, one.key);
  };
  return html`<ul class="again">${(to_blame.length ? to_blame : all).map((one) => html`<li key=${one.key}>
    <button class="plain" onClick=${(/** @type {any} */ event) => take(event, one)}>
      ${t("fileOff", { name: one.name })}</button></li>`)}</ul>`;
}

/** @param {{ entry: Entry, files: Files, t: Speaker }} props */
function Again({ entry, files, t }) {
  const picker = useRef();
  const [other, setOther] = useState(/** @type {Waiting | null} */ (null));
  /** @param {any} event */
  const onFiles = async ({ target }) => {
    setOther((await pickAgain(entry, [...target.files], files)) ?? null);
    if (!(await missing(entry)).length) files.unsent.retry(entry.client_id);
  };
  return html`<p class="again"><input type="file" multiple hidden ref=${picker} onChange=${onFiles} />
    <button class="plain" onClick=${() => picker.current.click()}>${t("chooseAgain")}</button>
    <span role="status">${other && t("otherFile", { name: other.name, size: sizeOf(t, other.size) })}</span></p>`;
}

/** @param {Entry} entry */
async function missing({ files = [] }) {
  const found = await Promise.all(files.map(async (one) => one.ready || (await kept.find(one.key)) !== null));
  return files.filter((_, index) => !found[index]);
}

// Keeps those that are the very same; which is still missing. One that was saved since begins anew.
/** @param {Entry} entry @param {File[]} chosen @param {Files} files */
async function pickAgain(entry, chosen, { unsent }) {
  for (const one of await missing(entry)) {
    const same = chosen.find(({ name, size }) => size === one.size && name === one.name);
    if (!same) return one;
    await kept.keep(one.key, same);
    if (same.lastModified === one.modified) continue;
    const withoutUpload = (/** @type {Waiting} */ other) =>
      other.key === one.key ? { ...other, id: undefined } : other;
    unsent.change(entry.client_id, { files: unsent.find(entry.client_id)?.files?.map(withoutUpload) });
  }
  return null;
}
