// <chatd-widget>: a shadow root that nothing of the page reaches into, and nothing leaves.
import { html, render } from "../vendor/preact.js";
import { Panel } from "./panel.js";
import { Visit } from "./visit.js";

const SHEETS = ["../shared/tokens.css", "../shared/chat.css", "./widget.css"];

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
    applyAccent(this, this.settings.accent || this.visit.site.accent);
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

// A site's own accent colour, with the text on it dark or light, whichever reads better.
const HEX = /^#([0-9a-f]{6})$/i;

function applyAccent(element, accent) {
  const match = HEX.exec(accent ?? "");
  if (!match) return;
  const channels = [0, 2, 4].map((at) => parseInt(match[1].slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const white = 1.05 / (light + 0.05);
  const black = (light + 0.05) / 0.05;
  element.style.setProperty("--accent", accent);
  element.style.setProperty("--on-accent", white >= 4.5 || white > black ? "#ffffff" : "#000000");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const readable = () => {
    const mixed = dark.matches
      ? `color-mix(in oklab, ${accent} 45%, white)`
      : `color-mix(in oklab, ${accent} ${white >= 4.5 ? 100 : 60}%, black)`;
    element.style.setProperty("--accent-text", mixed);
  };
  readable();
  dark.addEventListener("change", readable);
}
