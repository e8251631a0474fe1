// The window of messages that are found, fetched by who wants it.
/** @import { Finding } from "./found.js" @import { Toasts } from "./toasts.js" */
import { html, useEffect, useState } from "../vendor/preact.js";

/** @param {Finding & { toasts: Toasts }} props */
export function FindMessages({ toasts, ...props }) {
  const [Part, setPart] = useState(/** @type {any} */ (null));
  useEffect(() => {
    import("./found.js").then(
      ({ FoundMessages }) => setPart(() => FoundMessages),
      () => {
        props.close();
        toasts.say(props.t("noConnectionNow"));
      },
    );
  }, []);
  return Part && html`<${Part} ...${props} />`;
}
