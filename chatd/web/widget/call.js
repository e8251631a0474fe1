// Calls with whoever answers: fetched when there is somebody who does.
/** @import { Visit } from "./visit.js" */
import { html } from "../vendor/preact.js";
import { Camera, Handset } from "../shared/icons-calls.js";
import { connectPhone, prepareCalls } from "../shared/phone.js";

// The buttons of the panel's head.
/** @param {Visit} visit */
export async function prepare(visit) {
  const { connection, t, root, calls } = visit;
  await prepareCalls({ t, root });
  const quiet = () => !visit.kept.get().sound;
  const phone = connectPhone({ connection, t, root, quiet, me: () => visit.me }, calls);
  /** @param {boolean} video */
  const start = (video) => phone.start(String(visit.view?.id), String(visit.view?.operator_name), video);
  return () =>
    isCallable(visit) &&
    html`<${Button} label=${t("callVoice")} Icon=${Handset} press=${() => start(false)} />
      <${Button} label=${t("callVideo")} Icon=${Camera} press=${() => start(true)} />`;
}

/** @param {Visit} visit */
const isCallable = ({ view, connection }) => view?.calls && view.status === "active" && connection.state === "online";

/** @param {{ label: string, Icon: any, press: () => unknown }} props */
const Button = ({ label, Icon, press }) =>
  html`<button class="quiet" aria-label=${label} title=${label} onClick=${press}><${Icon} /></button>`;
