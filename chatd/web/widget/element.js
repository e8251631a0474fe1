// <chatd-widget>: a shadow root that nothing of the page reaches into, and nothing leaves; in it the
// button, and what opens behind that once it is wanted.
import { pickLanguage } from "../shared/languages.js";
import { sheet } from "../shared/sheet.js";
import { Kept, KeptMany } from "../shared/storage.js";
import { applyAccent } from "./accent.js";
import { Launcher } from "./launcher.js";
import { conversation, pause } from "./parts.js";
import { scopeOf, Site } from "./site.js";

const WIDE = "(min-width: 481px)";
// So long a button waits for its site's colours, the first time that a browser is here.
const PATIENCE_MS = 1_000;
const FRAMELESS_MS = 200;

// What is built has them at hand.
/** @returns {(CSSStyleSheet | Promise<CSSStyleSheet>)[]} */
const sheets = () => [
  sheet(new URL("../shared/tokens.css", import.meta.url)),
  sheet(new URL("../widget/launcher.css", import.meta.url)),
];

// When the next frame is there; soon, where none is drawn.
const nextFrame = () =>
  new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, FRAMELESS_MS);
  });

// When the page has all that is its own, and nothing to do.
/** @param {() => unknown} work */
function whenIdle(work) {
  const soon = () => void (window.requestIdleCallback ?? setTimeout)(work);
  if (document.readyState === "complete") soon();
  else addEventListener("load", soon, { once: true });
}

/** @type {() => boolean} */
const savesData = () => Boolean(/** @type {any} */ (navigator).connection?.saveData);

class Widget extends HTMLElement {
  /** @type {any} */
  settings = {};
  /** @type {any} */
  visit = null;
  onCleared = () => {};
  onDrawn = () => {};
  #begun = false;
  #left = false;
  /** @type {Promise<any> | null} */
  #code = null;
  /** @type {Promise<any> | null} */
  #conversing = null;
  /** @type {MutationObserver | null} */
  #watcher = null;

  connectedCallback() {
    // Out of the page's flow from the first moment on.
    this.style.setProperty("position", "fixed", "important");
    this.#watcher ??= new MutationObserver(() => {});
    if (this.parentNode) this.#watcher.observe(this.parentNode, { childList: true });
    if (this.#left) this.visit?.connection.start();
    this.#left = false;
    if (!this.#begun) this.#begin();
  }

  async #begin() {
    this.#begun = true;
    const { base, site } = this.settings;
    this.site = new Site(base, site);
    this.launcher = new Launcher({ toggle: () => this.toggle(), near: () => this.converse() });
    const root = this.attachShadow({ mode: "open" });
    if (this.site.known) await this.#drawKnown(root);
    else await this.#drawLooked(root);
    this.onDrawn();
    this.#resume();
  }

  // Who was here before has the button with the first frame: nothing else is done until then.
  /** @param {ShadowRoot} root */
  async #drawKnown(root) {
    const styles = sheets().filter((one) => one instanceof CSSStyleSheet);
    this.#draw(root, styles.length ? styles : await withRetry(() => Promise.all(sheets())));
    await nextFrame();
    this.site?.look().then(() => this.applySettings());
  }

  // In its site's colours, if those are soon known.
  /** @param {ShadowRoot} root */
  async #drawLooked(root) {
    const looked = this.site?.look();
    const inTime = Promise.race([looked, pause(PATIENCE_MS)]);
    const [styles] = await Promise.all([withRetry(() => Promise.all(sheets())), inTime]);
    this.#draw(root, styles);
    looked?.then(() => this.applySettings());
  }

  /** @param {ShadowRoot} root @param {CSSStyleSheet[]} styles */
  #draw(root, styles) {
    root.adoptedStyleSheets = styles;
    this.applySettings();
    if (this.launcher) root.append(this.launcher.button);
  }

  // Who was here before hears at once what is new, and finds open what they left open.
  #resume() {
    const scope = scopeOf(this.settings.base, this.settings.site);
    const { open } = new Kept(`${scope}:tab`, {}, { tab: true }).get();
    const waiting = new KeptMany(`${scope}:unsent`).all().length > 0;
    if (this.settings.open === "true" && open === undefined) this.open();
    else if (open && matchMedia(WIDE).matches) this.open({ asked: false });
    else if (waiting || new Kept(scope).get().ticket) whenIdle(() => this.converse());
    else if (!savesData()) whenIdle(() => this.#fetchCode());
  }

  applySettings() {
    const { accent, language, offset, position, side, theme } = this.settings;
    const { told } = /** @type {Site} */ (this.site);
    this.language = pickLanguage(language, ...navigator.languages, told.language);
    this.lang = this.language;
    applyAccent(this, accent || told.accent);
    this.classList.toggle("left", (position || side) === "left");
    /** @type {string[]} */
    const offsets = offset?.match(/\d+/g) ?? [];
    offsets.forEach((px, at) => this.style.setProperty(`--chatd-${at ? "y" : "x"}`, `${px}px`));
    for (const name of ["light", "dark"]) this.classList.toggle(name, theme === name);
    this.launcher?.speak(this.language, told.language === this.language ? told.texts : {});
    if (told.visitors || told.invitations) whenIdle(() => this.converse().then((visit) => visit.around()));
  }

  // The conversation, there when it is wanted, but for who has left; its code is fetched before, where nobody
  // spares data.
  converse() {
    if (this.#left) return new Promise(() => {});
    this.#conversing ??= this.#fetchCode().then((part) => part.converse(this));
    return this.#conversing;
  }

  #fetchCode() {
    this.#code ??= conversation(this.settings.base, String(this.language));
    return this.#code;
  }

  // asked: by a person just now, who gets the field to write in; not by the page before this one.
  async open({ asked = true } = {}) {
    this.launcher?.show({ opened: true, busy: !this.visit });
    (await this.converse()).open({ asked });
  }

  async close() {
    this.launcher?.show({ opened: false });
    (await this.#conversing)?.close();
  }

  toggle() {
    return this.launcher?.opened ? this.close() : this.open();
  }

  // A page that takes off nothing but us means it; one that draws itself anew gets us back.
  disconnectedCallback() {
    const meant = this.#watcher?.takeRecords().some(({ removedNodes, target }) =>
      removedNodes.length === 1 && removedNodes[0] === this && target === document.body);
    this.#watcher?.disconnect();
    queueMicrotask(() => {
      if (this.isConnected) return;
      if (meant) this.leave();
      else this.onCleared();
    });
  }

  leave() {
    this.#left = true;
    this.#conversing?.then((visit) => visit.leave());
    if (window.chatd?.element === this) delete window.chatd;
  }
}

// Until it works out: what is fetched may fail on the way.
/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function withRetry(work, wait = 500) {
  try {
    return await work();
  } catch {
    await pause(wait);
    return withRetry(work, Math.min(30_000, wait * 2));
  }
}

export function define() {
  if (!customElements.get("chatd-widget")) customElements.define("chatd-widget", Widget);
}
