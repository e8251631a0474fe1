// What few need is fetched when somebody wants it, with what it says.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";

/** @type {Record<string, () => Promise<{ TEXTS: Record<string, any> }>>} */
const TEXTS = {
  ru: () => import("../shared/texts-access-ru.js"),
  en: () => import("../shared/texts-access-en.js"),
};

// texts: what else is fetched to be said in it, by language; giveUp: what is done where it cannot be had.
/** @param {() => Promise<any>} load */
export function onDemand(load, texts = TEXTS) {
  /** @param {{ t: Speaker, giveUp: () => void }} props */
  return function Fetched(props) {
    const { t, giveUp } = props;
    const [Part, setPart] = useState(/** @type {any} */ (null));
    useEffect(() => {
      Promise.all([load(), texts[t.language]()]).then(([part, said]) => {
        t.add(said.TEXTS);
        setPart(() => part);
      }, giveUp);
    }, []);
    return Part ? html`<${Part} ...${props} />` : null;
  };
}
