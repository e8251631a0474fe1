// What can be done with messages, fetched when somebody is about to: its code, looks and words.
import { Acts } from "../shared/acts.js";
import { loadTexts } from "../shared/more-texts.js";
import { sheet } from "../shared/sheet.js";

/** @param {import("./visit.js").Visit} visit */
export async function makeActs(visit) {
  const { root, t, tab } = visit;
  const [{ TEXTS }, looks] = await Promise.all([
    loadTexts("acts", t.language),
    sheet(new URL("../shared/acts.css", import.meta.url)),
  ]);
  t.add(TEXTS);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, looks];
  return new Acts(visit, tab);
}
