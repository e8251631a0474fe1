// The language of who reads the pages of the house.
import { CATALOGS } from "./texts.js";

// The browser's, unless ?lang= names another.
export function readersLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") ?? "";
  if (CATALOGS.includes(asked)) return asked;
  return navigator.language?.startsWith("en") ? "en" : "ru";
}
