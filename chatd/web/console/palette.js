// Ctrl+K: whatever is wanted by a few letters of it: tickets, people, actions, answers.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { asText } from "../shared/fence.js";
import { lastText } from "../shared/last-words.js";
import { plainText } from "../shared/markdown.js";
import { Modal } from "../shared/modal.js";
import { ACTIONS, fittingActions, isFitting, transfer } from "./actions.js";
import { answersFor } from "./canned.js";
import { serves } from "./alerts.js";
import { KEYS, keyName } from "./keys.js";
import { labelChoices } from "./labels.js";
import { managedBy } from "./may.js";
import { nameOf } from "./people.js";
import { viewChoices } from "./views.js";

const MOST = 6;
/** @typedef {{ key: string, label: string, more?: string, does: () => unknown }} Choice */

/** @type {[string, (model: any, t: Speaker) => Choice[]][]} */
const GROUPS = [
  ["actions", actions],
  ["labels", labels],
  ["views", viewChoices],
  ["tickets", tickets],
  ["people", people],
  ["answers", answers],
];

/** @param {any} model @param {Speaker} t @returns {Choice[]} */
function actions(model, t) {
  const { talk } = model;
  const fitting = talk ? fittingActions(talk) : [];
  const own = fitting.map(([name, { label, does }]) => ({
    key: name,
    label: t(label ?? name),
    more: talk.view.customer_name,
    does: () => does(model, talk),
  }));
  const next = model.tickets.waiting.length && model.may("ticket:accept")
    ? [{ key: "acceptNext", label: t("acceptNext"), more: "Alt+A", does: () => model.accept() }]
    : [];
  const other = KEYS.filter(({ name, fits: may }) => !Object.hasOwn(ACTIONS, name) && (!may || may(model)));
  const anywhere = other.map((key) => ({
    key: `key-${key.name}`,
    label: t(`key_${key.name}`),
    more: keyName(key),
    does: () => key.does(model),
  }));
  const canned = { key: "canned", label: t("cannedOpen"), does: () => model.set({ asking: { what: "canned" } }) };
  const sounds = { key: "sounds", label: t("soundsTitle"), does: () => model.set({ asking: { what: "sounds" } }) };
  const account = { key: "account", label: t("ownAccount"), does: () => model.set({ asking: { what: "account" } }) };
  const here = { key: "visitors", label: t("visitorsTitle"), does: () => model.set({ asking: { what: "visitors" } }) };
  const manage = { key: "manage", label: t("manage"), does: () => model.set({ asking: { what: "manage" } }) };
  const managed = managedBy(model).length ? [manage] : [];
  const figures = { key: "figures", label: t("figures"), does: () => model.set({ asking: { what: "figures" } }) };
  const counted = model.may("report:get") || model.may("board:get") ? [figures] : [];
  const seen = model.visitors.shown ? [here] : [];
  return [...own, ...next, ...anywhere, canned, sounds, account, ...counted, ...seen, ...managed];
}

/** @param {any} model @param {Speaker} t @returns {Choice[]} */
function labels(model, t) {
  return model.talk?.view.status ? labelChoices(model, t) : [];
}

/** @param {any} model @param {Speaker} t @returns {Choice[]} */
function tickets(model, t) {
  return model.tickets.list("all").map((/** @type {any} */ one) => ({
    key: one.id,
    label: asText(one.customer_name ?? one.id),
    more: lastText(t, one.last_message) || one.id,
    does: () => model.open(one.id),
  }));
}

// With a ticket open it is given to them; else those that they answer are listed.
/** @param {any} model @param {Speaker} t @returns {Choice[]} */
function people(model, t) {
  const { talk } = model;
  const gives = talk && isFitting(ACTIONS.transfer, talk);
  const fits = (/** @type {any} */ one) => !one.disabled && (!gives || serves(one, talk.view.site));
  return model.operators.filter(fits).map((/** @type {any} */ one) => {
    const mine = gives && one.username !== talk.view.operator;
    return {
      key: one.username,
      label: t(mine ? "giveTo" : "ticketsOf", { name: nameOf(one) }),
      more: t(`operator_${one.status}`),
      does: () => (mine ? transfer(model, talk, one) : listTicketsOf(model, one)),
    };
  });
}

/** @param {any} model @param {any} operator */
function listTicketsOf(model, operator) {
  model.show("all");
  model.lists.search(operator.username);
}

/** @param {any} model @param {Speaker} t @returns {Choice[]} */
function answers(model, t) {
  const { talk } = model;
  if (talk?.view.status !== "active") return [];
  return answersFor(model, talk.view).map((one) => ({
    key: one.name,
    label: t("insertAnswer", { name: one.name }),
    more: plainText(one.text),
    does: () => talk.insert(one.text),
  }));
}

/** @param {Choice} choice @param {string[]} sought */
const fits = ({ label, more = "", key }, sought) => {
  const text = `${label} ${more} ${key}`.toLowerCase();
  return sought.every((word) => text.includes(word));
};

/** @param {any} model @param {Speaker} t @param {string} query */
function findChoices(model, t, query) {
  const sought = query.toLowerCase().split(/\s+/).filter(Boolean);
  return GROUPS.map(([group, list]) => ({
    group,
    choices: list(model, t).filter((one) => fits(one, sought)).slice(0, MOST),
  })).filter(({ choices }) => choices.length);
}

/** @param {{ model: any, t: Speaker, close: () => void }} props */
export function Palette({ model, t, close }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef(/** @type {any} */ (null));
  const groups = findChoices(model, t, query);
  const all = groups.flatMap(({ choices }) => choices);
  const chosen = Math.min(at, all.length - 1);
  useEffect(() => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [chosen]);
  // The window gives the focus back first: what is done may want it elsewhere.
  const take = (/** @type {Choice} */ choice) => {
    close();
    setTimeout(() => choice.does());
  };
  const onInput = (/** @type {any} */ event) => {
    setQuery(event.target.value);
    setAt(0);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!all.length || !(step || event.key === "Enter")) return;
    event.preventDefault();
    if (step) setAt((chosen + step + all.length) % all.length);
    else take(all[chosen]);
  };
  const row = (/** @type {Choice} */ one) => html`<li role="option" key=${one.key} id=${`do-${all.indexOf(one)}`}
    aria-selected=${one === all[chosen]} onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()}
    onClick=${() => take(one)}><b>${one.label}</b> <span>${one.more}</span></li>`;
  return html`<${Modal} t=${t} title=${t("palette")} close=${close}><div class="palette">
    <input class="input" role="combobox" aria-expanded="true" aria-controls="palette" aria-autocomplete="list" autofocus
      aria-label=${t("paletteHint")} placeholder=${t("paletteHint")} value=${query} onInput=${onInput}
      aria-activedescendant=${all.length ? `do-${chosen}` : undefined} onKeyDown=${onKeyDown} />
    <p class="hidden" role="status">${query && t("foundSome", { n: all.length })}</p>
    <div class="body" role="listbox" id="palette" ref=${list} aria-label=${t("palette")}>
      ${groups.map(({ group, choices }) => html`<ul role="group" key=${group} aria-labelledby=${`group-${group}`}>
        <li role="presentation" class="group" id=${`group-${group}`}>${t(`group_${group}`)}</li>
        ${choices.map(row)}</ul>`)}
    </div>
    ${!all.length && html`<p class="empty">${t("paletteNone")}</p>`}
  </div></${Modal}>`;
}
