// What the house says is kept in its site's words, with the key that it has for those who read
// another language.
/** @import { Shown, Speaker } from "./types" */
import { flatObject } from "./sanitize.js";

// The message as it is read in a language.
/** @template {Shown} M @param {Speaker} t @param {M} message @returns {M} */
export function translateMessage(t, message) {
  const { words } = message.meta;
  const { key, language = t.language } = flatObject(words);
  if (language === t.language || !["bot", "system"].includes(message.sender_type)) return message;
  // What has no words here stays in those of its site.
  const named = String(key);
  const said = t(named, flatObject(words.values));
  return {
    ...message,
    content: said === named ? message.content : said,
    sender_name: message.sender_type === "bot" ? t("bot_name") : message.sender_name,
  };
}
