// The emoji panel, fetched when it is first opened.
import { html, useEffect, useRef } from "../vendor/preact.js";

const VENDOR = new URL("../vendor/emoji/", import.meta.url);

async function picker(language) {
  const [{ default: Picker }, i18n] = await Promise.all([
    import(new URL("picker.js", VENDOR)),
    language === "ru" ? import(new URL("i18n-ru.js", VENDOR)) : {},
  ]);
  const dataSource = new URL(`${language}.json`, VENDOR).href;
  return new Picker({ locale: language, dataSource, ...(i18n.default && { i18n: i18n.default }) });
}

export function EmojiPanel({ t, pick, close }) {
  const place = useRef();
  const picked = useRef();
  picked.current = pick;
  useEffect(() => {
    let gone = false;
    picker(t.language).then((panel) => {
      if (gone) return;
      panel.addEventListener("emoji-click", ({ detail }) => picked.current(detail.unicode));
      place.current.append(panel);
      requestAnimationFrame(() => panel.shadowRoot?.querySelector("input")?.focus());
    });
    return () => (gone = true);
  }, []);
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  return html`<div class="emoji" ref=${place} onKeyDown=${escape}></div>`;
}
