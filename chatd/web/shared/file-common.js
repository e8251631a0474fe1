// What everything about files needs: its words and its looks, fetched once.
/** @import { Speaker } from "./types" */
import { loadTexts } from "./more-texts.js";
import { sheet } from "./sheet.js";

/** @type {Promise<CSSStyleSheet> | null} */
let looks = null;

// The style sheet, when the texts are known, too.
/** @param {Speaker} t @returns {Promise<CSSStyleSheet>} */
export async function prepareFiles(t) {
  looks ??= sheet(new URL("../shared/files.css", import.meta.url));
  const [look, ...texts] = await Promise.all([
    looks,
    loadTexts("files", t.language),
    loadTexts("acts", t.language),
  ]).catch((error) => {
    looks = null;
    throw error;
  });
  for (const { TEXTS } of texts) t.add(TEXTS);
  return look;
}

const UNITS = ["B", "KB", "MB", "GB"];

// 1.4 MB, in the words and with the comma of the reader; more: of so many digits more.
/** @param {Speaker} t @param {number} bytes */
export function sizeOf(t, bytes, more = 0) {
  const step = Math.max(0, Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024))));
  const value = bytes / 1024 ** step;
  const digits = step && value < 10 ? 1 : 0;
  return t(`size${UNITS[step]}`, { n: value.toLocaleString(t.language, { maximumFractionDigits: digits + more }) });
}

const MOST_DIGITS = 3;

// Why a file is too large, in sizes that differ as they read, to the byte where it takes that.
/** @param {Speaker} t @param {{ name: string, size: number }} file @param {number} limit */
export function tooLarge(t, { name, size }, limit) {
  for (let more = 0; more <= MOST_DIGITS; more += 1) {
    const said = { name, size: sizeOf(t, size, more), limit: sizeOf(t, limit, more) };
    if (said.size !== said.limit) return t("fileLarge", said);
  }
  /** @param {number} bytes */
  const exactly = (bytes) => t("sizeB", { n: bytes.toLocaleString(t.language) });
  return t("fileLarge", { name, size: exactly(size), limit: exactly(limit) });
}

/** @param {number} seconds */
export function formatDuration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @param {{ type: string }} file */
export const isPicture = ({ type }) => /^image\/(png|jpeg|gif|webp)$/.test(type);
