// <chatd-widget>: a shadow root that nothing of the page reaches into, and nothing leaves.
import { html, render } from "../vendor/preact.js";
import { Panel } from "./panel.js";
import { Visit } from "./visit.js";

const SHEETS = ["../shared/chat.css", "./widget.css"];

// As constructed sheets: those a page's own style-src cannot forbid.
async function sheets() {
  return Promise.all(
    SHEETS.map(async (path) => {
      const answer = await fetch(new URL(path, import.meta.url));
      return new CSSStyleSheet().replace(await answer.text());
    }),
  );
}

class Widget extends HTMLElement {
  /** @type {any} */
  settings = {};

  async connectedCallback() {
    if (this.visit) {
      this.visit.connection.start();
      return;
    }
    // Out of the page's flow from the first moment on.
    this.style.setProperty("position", "fixed", "important");
    this.visit = new Visit(this.settings);
    const root = this.attachShadow({ mode: "open" });
    const [styles] = await Promise.all([sheets(), this.visit.prepare()]);
    root.adoptedStyleSheets = styles;
    this.lang = this.visit.t.language;
    const accent = this.settings.accent || this.visit.site.accent;
    if (accent) (await import("./accent.js")).applyAccent(this, accent);
    if (this.settings.side === "left") this.classList.add("left");
    render(html`<${Panel} visit=${this.visit} />`, root);
    if (this.settings.open === "true") this.open();
  }

  // A page that draws itself anew may take us off; one that only moves us puts us back at once.
  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected || !this.visit) return;
      this.visit.leave();
      if (window.chatd?.element === this) delete window.chatd;
    });
  }

  open() {
    this.visit.open();
  }

  close() {
    this.visit.close();
  }
}

export function define() {
  if (!customElements.get("chatd-widget")) customElements.define("chatd-widget", Widget);
}
