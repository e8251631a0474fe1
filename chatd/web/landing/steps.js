// What a new daemon still lacks, with what to type for it; ticked as it comes true.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useState } from "../vendor/preact.js";
import { BASE } from "../shared/base.js";
import { flatObject, asText } from "../shared/fence.js";
import { Done } from "../shared/icons-pages.js";

const EVERY = 3_000;
/** @type {{ name: string, hint: string, fact: string, code: (site: string) => string }[]} */
const STEPS = [
  {
    name: "stepOperator",
    hint: "stepOperatorHint",
    fact: "has_operators",
    code: () => "chatd admin operator add artem --name Артём --role admin",
  },
  {
    name: "stepPage",
    hint: "stepPageHint",
    fact: "has_pages",
    code: (site) => `[sites.${site}]\norigins = ["self", "https://shop.example"]\n\nchatd admin reload`,
  },
  { name: "stepMessage", hint: "stepMessageHint", fact: "has_tickets", code: () => "chatd admin queue" },
];

// What the daemon says of itself; null where it cannot be asked, or is none that says so.
export async function facts() {
  try {
    const { data } = await (await fetch(`${BASE}/api/site`)).json();
    const told = flatObject(data);
    return STEPS.every(({ fact }) => typeof told[fact] === "boolean") ? told : null;
  } catch {
    return null;
  }
}

// first: what was known when the page was drawn.
/** @param {{ first: Record<string, any>, t: Speaker }} props */
export function Steps({ first, t }) {
  const [told, setTold] = useState(first);
  const done = STEPS.filter(({ fact }) => told[fact]).length;
  useEffect(() => {
    if (done === STEPS.length) return undefined;
    const look = async () => {
      if (!document.hidden) setTold((await facts()) ?? told);
    };
    const timer = setInterval(look, EVERY);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [done]);
  return html`<section class="steps" aria-labelledby="steps">
    <div class="progress"><h2 id="steps">${t("landingSteps")}</h2>
      <p role="status">${t("landingStepsDone", { n: done, of: STEPS.length })}</p></div>
    <ol>${STEPS.map((step) => html`<${Step} key=${step.name} ...${step} site=${asText(told.site)}
      done=${told[step.fact]} t=${t} />`)}</ol>
  </section>`;
}

/** @param {typeof STEPS[number] & { site: string, done: boolean, t: Speaker }} props */
const Step = ({ name, hint, code, site, done, t }) =>
  html`<li class=${done ? "done" : ""}>
    <span class="tick">${done && html`<${Done} />`}</span>
    <div>
      <h3>${t(name)} <span class="hidden">${t(done ? "stepDone" : "stepOpen")}</span></h3>
      ${!done && html`<p>${t(hint)}</p>
        <pre tabindex="0" role="group" aria-label=${t(name)}><code>${code(site)}</code></pre>`}
    </div>
  </li>`;
