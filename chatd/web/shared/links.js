// Text stays text; what looks like a web address becomes a link that knows nothing of us.
import { html } from "../vendor/preact.js";

const ADDRESS = /https?:\/\/[^\s<>"«»]+/gi;
const TRAILING = /[.,:;!?…)\]}'»]+$/;

export function pieces(text) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    if (!URL.canParse(address)) continue;
    found.push(text.slice(from, match.index), { address });
    from = match.index + address.length;
  }
  found.push(text.slice(from));
  return found.filter((piece) => piece !== "");
}

export const linked = (text) =>
  pieces(text).map((piece) =>
    typeof piece === "string"
      ? piece
      : html`<a href=${piece.address} target="_blank" rel="noopener noreferrer nofollow"
          >${piece.address}</a
        >`,
  );
