// The button in the corner: drawn without anything else, so that a page has it at once.
/** @type {Record<string, Record<string, any>>} */
const TEXTS = {
  ru: {
    openChat: "Открыть чат",
    openChatUnread: { one: "Открыть чат, {n} новое сообщение", few: "Открыть чат, {n} новых сообщения",
      other: "Открыть чат, {n} новых сообщений" },
    closeChat: "Закрыть чат",
  },
  en: {
    openChat: "Open the chat",
    openChatUnread: { one: "Open the chat, {n} new message", other: "Open the chat, {n} new messages" },
    closeChat: "Close the chat",
  },
};
const MOST = 99;
const SVG = "http://www.w3.org/2000/svg";
const BUBBLE =
  "M3 9.2C3 5.8 6.1 3.5 10 3.5s7 2.3 7 5.7-3.1 5.7-7 5.7c-.8 0-1.6-.1-2.3-.3L4 16.5l.8-3.3C3.7 12.2 3 10.8 3 9.2Z"
  + "M7 9.3h.01M10 9.3h.01M13 9.3h.01";
const DOWN = "m5 8 5 5 5-5";

/** @param {string} name @param {string} d */
function icon(name, d) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("class", `icon ${name}`);
  svg.setAttribute("viewBox", "0 0 20 20");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

export class Launcher {
  button = document.createElement("button");
  opened = false;
  unread = 0;
  #dot = document.createElement("span");
  /** @type {Record<string, any>} */
  #texts = TEXTS.ru;
  #language = "ru";

  // near(): somebody is about to press it.
  /** @param {{ toggle: () => void, near: () => void }} heard */
  constructor({ toggle, near }) {
    this.button.className = "launch";
    this.#dot.className = "dot";
    this.#dot.hidden = true;
    this.button.append(icon("up", BUBBLE), this.#dot);
    this.button.addEventListener("click", toggle);
    for (const sign of ["pointerenter", "focus"]) this.button.addEventListener(sign, near, { once: true });
  }

  // own: the site's texts, where they are in this language.
  /** @param {string} language @param {Record<string, any>} [own] */
  speak(language, own) {
    this.#language = language;
    this.#texts = { ...TEXTS[language], ...own };
    this.show({});
  }

  show({ opened = this.opened, unread = this.unread, busy = false }) {
    Object.assign(this, { opened, unread });
    const { button } = this;
    const fresh = opened ? 0 : unread;
    // A page waits for the button alone.
    if (opened && button.children.length < 3) button.append(icon("down", DOWN));
    button.classList.toggle("opened", opened);
    button.classList.toggle("busy", busy);
    button.setAttribute("aria-expanded", String(opened));
    button.setAttribute("aria-label", this.#label(fresh));
    this.#dot.hidden = !fresh;
    this.#dot.textContent = fresh > MOST ? `${MOST}+` : String(fresh);
  }

  /** @param {number} fresh */
  #label(fresh) {
    const said = this.#texts[this.opened ? "closeChat" : fresh ? "openChatUnread" : "openChat"];
    if (typeof said === "string") return said;
    const form = new Intl.PluralRules(this.#language).select(fresh);
    return String(said?.[form] ?? said?.other).replace("{n}", String(fresh));
  }
}
