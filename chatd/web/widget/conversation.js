// The conversation behind the button: a visit, and the panel that shows it.
import { html, render } from "../vendor/preact.js";
import { leaveComposition } from "../shared/composition.js";
import { sheet } from "../shared/sheet.js";
import { Panel } from "./panel.js";
import { Visit } from "./visit.js";

const sheets = () =>
  Promise.all([
    sheet(new URL("../shared/chat.css", import.meta.url)),
    sheet(new URL("../shared/writing.css", import.meta.url)),
    sheet(new URL("../widget/widget.css", import.meta.url)),
  ]);

// With the code, so that what opens later needs no network.
const early = sheets().catch(() => null);

// element: the <chatd-widget>, with its settings, site and language.
/** @param {any} element @returns {Promise<Visit>} */
export async function converse(element) {
  const visit = new Visit(element.settings, { seat: element.site, language: element.language });
  const [styles] = await Promise.all([early.then((found) => found ?? sheets()), visit.prepare()]);
  const root = element.shadowRoot;
  leaveComposition(root);
  const { launcher } = element;
  const place = document.createElement("div");
  root.adoptedStyleSheets = [...styles, ...root.adoptedStyleSheets];
  root.insertBefore(place, launcher.button);
  element.visit = visit;
  visit.root = root;
  let was = false;
  const show = () => {
    const { opened, unread } = visit;
    launcher.show({ opened, unread });
    // Who was in it goes on from the button.
    if (was && !opened) launcher.button.focus();
    was = opened;
  };
  visit.follow(show);
  render(html`<${Panel} visit=${visit} />`, place);
  return visit;
}
