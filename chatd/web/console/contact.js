// How a customer can be reached, as far as they have written it themselves.
/** @import { Stored } from "../shared/types" */
import { asText } from "../shared/fence.js";

const MAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/u;
const PHONE = /(?<![\w.])\+?\d[\d ()-]{8,16}\d(?!\w)/u;

/** @type {[string, RegExp, (found: string) => string][]} */
const KINDS = [
  ["mail", MAIL, (found) => `mailto:${found}`],
  ["phone", PHONE, (found) => `tel:${found.replace(/[^\d+]/g, "")}`],
];

// given: the mail address and the phone number that stand with the ticket.
/** @param {Stored[]} messages @param {string} customer @param {Record<string, unknown>} given */
export function contacts(messages, customer, given) {
  const own = messages.filter((one) => one.sender_id === customer && !one.deleted_at).reverse();
  return KINDS.flatMap(([kind, pattern, address]) => {
    const stands = asText(given[kind]);
    const found = stands || own.map((one) => pattern.exec(one.content)?.[0]).find(Boolean);
    return found ? [{ kind, text: found.trim(), href: address(found) }] : [];
  });
}
