// What others are writing, fetched with its styles when somebody does.
import { Drafts } from "../shared/writing.js";

let sheet = null;

async function load() {
  const answer = await fetch(new URL("../shared/writing.css", import.meta.url));
  return new CSSStyleSheet().replace(await answer.text());
}

// The part, once its styles are with its root.
export async function dressed(root) {
  sheet ??= load();
  try {
    const styles = await sheet;
    if (!root.adoptedStyleSheets.includes(styles)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, styles];
  } catch (error) {
    sheet = null;
    throw error;
  }
  return Drafts;
}
