// The language of who reads the pages of the house.
import { pickLanguage } from "./languages.js";

// The browser's, unless ?lang= names another.
export function readersLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") ?? "";
  return pickLanguage(asked, ...navigator.languages);
}
