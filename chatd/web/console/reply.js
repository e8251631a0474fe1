// Where an operator writes: an answer to the customer or a note for colleagues, with canned answers.
/** @import { Speaker } from "../shared/types" */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { Composer } from "../shared/composer.js";
import { fencedRows } from "../shared/fence.js";
import { Note } from "../shared/icons.js";
import { Reply as Answer } from "../shared/icons-acts.js";
import { Bolt } from "../shared/icons-pages.js";
import { plainText } from "../shared/markdown.js";
import { ACTIONS, isFitting } from "./actions.js";
import { AssistLine, canDraft, draft } from "./assist.js";
import { answersFor, matching } from "./canned.js";
import { colleaguesFor } from "./naming.js";
import { hint } from "./keys.js";

/** @param {{ model: any, talk: any, t: Speaker, onSent: () => void }} props */
export function Reply({ model, talk, t, onSent }) {
  const { mode, view } = talk;
  const { editing } = talk.acts;
  const may = model.may("message:send") && (mode === "note" || view.status === "active" || editing);
  return html`<section class="reply ${mode}" aria-label=${t(mode === "note" ? "writeNote" : "writeReply")}>
    <${Modes} model=${model} talk=${talk} t=${t} />
    ${talk.acts.over()}
    <${AssistLine} talk=${talk} t=${t} />
    ${may ? html`<${Field} key=${`${mode} ${editing?.id}`} model=${model} talk=${talk} t=${t} onSent=${onSent} />`
      : html`<${Barred} model=${model} talk=${talk} t=${t} />`}
  </section>`;
}

/** @param {{ model: any, talk: any, t: Speaker }} props */
function Modes({ model, talk, t }) {
  /** @param {string} mode @param {any} Icon @param {any} label */
  const modeButton = (mode, Icon, label) => html`<button aria-pressed=${talk.mode === mode} title=${hint(t, "note")}
    onClick=${() => talk.setMode(mode)}><${Icon} />${t(label)}</button>`;
  return html`<div class="modes" role="group" aria-label=${t("whom")}>
    ${modeButton("reply", Answer, "modeReply")}${modeButton("note", Note, "modeNote")}
    <span class="space"></span>
    ${talk.mode === "reply" && canDraft({ talk }) && html`<button title=${hint(t, "draft")}
      disabled=${talk.assist?.thinking} onClick=${() => draft(model)}>${t("draft")}</button>`}
    ${talk.mode === "note" ? html`<span class="hint">${t("notesHint")}</span>`
      : model.canned.length > 0 && !talk.acts.editing && talk.view.status === "active"
        && html`<button class="slash" aria-label=${t("canned")} onClick=${() => talk.put?.("/")}><${Bolt} />
          ${t("canned")}</button>`}
  </div>`;
}

// Why nothing can be answered now, and what makes it possible.
/** @param {{ model: any, talk: any, t: Speaker }} props */
function Barred({ model, talk, t }) {
  const closed = talk.view.status === "closed";
  const name = closed ? "reopen" : "accept";
  if (!talk.view.status) return null;
  if (!isFitting(ACTIONS[name], talk)) return html`<div class="barred"><p>${t("refused_forbidden")}</p></div>`;
  return html`<div class="barred"><p>${t(closed ? "barredClosed" : "barredWaiting")}</p>
    <button class="primary" title=${hint(t, name)} onClick=${() => ACTIONS[name].does(model, talk)}>
      ${t(name)}</button></div>`;
}

/** @param {string} text */
const slashWord = (text) => (/^\/[^\n]*$/.test(text) ? text.slice(1).toLowerCase() : null);

// What a text that begins with a slash offers; in a note whom one may name.
/** @param {any} model @param {any} talk @param {string} text */
function offersFor(model, { mode, view }, text) {
  const word = slashWord(text);
  if (mode === "note") return colleaguesFor(model, view, text);
  return word === null ? [] : matching(answersFor(model, view), word);
}

/** @param {{ model: any, talk: any, t: Speaker, onSent: () => void }} props */
function Field({ model, talk, t, onSent }) {
  const area = useRef();
  const { acts } = talk;
  const { editing } = acts;
  const [text, setText] = useState(talk.text);
  const [at, setAt] = useState(0);
  const [shut, setShut] = useState(false);
  const found = editing || shut ? [] : offersFor(model, talk, text);
  const chosen = Math.min(at, found.length - 1);

  useLayoutEffect(() => area.current.focus({ preventScroll: true }), [talk.view.status]);
  /** @param {string} value @param {any} caret */
  const onType = (value, caret) => {
    if (value !== text) {
      setText(value);
      setAt(0);
      setShut(false);
    }
    talk.type(value, caret);
  };
  /** @param {any} event @param {string} value @param {any} put */
  const keys = (event, value, put) => {
    if (!found.length) return acts.keys(event, value);
    const act = PICKING[event.key];
    if (!act) return false;
    event.preventDefault();
    event.stopPropagation();
    act({ at: chosen, count: found.length, setAt, setShut, take: () => put(found[chosen].text) });
    return true;
  };
  /** @param {any} _value @param {any} put */
  const above = (_value, put) => {
    talk.put = (/** @type {string} */ chars) => {
      put(chars);
      area.current.focus();
    };
    const take = (/** @type {any} */ one) => {
      put(one.text);
      area.current.focus();
    };
    return found.length > 0 && html`<${Picker} ...${{ model, t, found, chosen, mode: talk.mode, take }} />`;
  };
  const more = { id: "answer", "aria-haspopup": "listbox", "aria-autocomplete": "list" };
  if (found.length) Object.assign(more, { "aria-controls": "canned", "aria-activedescendant": `canned-${chosen}` });
  /** @param {string} value */
  const send = (value) => {
    if (!talk.send(value)) return false;
    setText("");
    onSent();
    return true;
  };
  return html`<${Composer} t=${t} label=${t(labelOf(talk))} placeholder=${t(hintOf(talk))} initial=${talk.text}
    area=${area}
    onType=${onType} send=${send} keys=${keys} above=${above} more=${more}
    files=${!editing && model.unsent.files} at=${talk.writing.id} />`;
}

// There is no slash within reach where there is little room, and a button for what it opens.
const NARROW = "(max-width: 480px)";
/** @param {any} talk */
const hintOf = (talk) =>
  labelOf(talk) === "writeReply" && matchMedia(NARROW).matches ? "writeReplyShort" : labelOf(talk);
/** @param {any} talk */
const labelOf = ({ acts, mode }) => (acts.editing ? "editing" : mode === "note" ? "writeNote" : "writeReply");

/** @type {Record<string, (picker: any) => unknown>} */
const PICKING = {
  ArrowDown: ({ at, count, setAt }) => setAt((at + 1) % count),
  ArrowUp: ({ at, count, setAt }) => setAt((at - 1 + count) % count),
  Enter: ({ take }) => take(),
  Tab: ({ take }) => take(),
  Escape: ({ setShut }) => setShut(true),
};

/** @param {{ model: any, t: Speaker, found: any, chosen: any, mode: string, take: any }} props */
function Picker({ model, t, found, chosen, mode, take }) {
  const naming = mode === "note";
  const list = useRef();
  useEffect(() => list.current.children[chosen]?.scrollIntoView({ block: "nearest" }), [chosen]);
  /** @param {any} one @param {any} index */
  const row = (one, index) => html`<li role="option" id=${`canned-${index}`} aria-selected=${index === chosen}
    onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => take(one)}>
      <b>${naming ? "@" : "/"}${one.name}</b> <span>${naming ? one.shown : plainText(one.text)}</span></li>`;
  const all = () => model.set({ asking: { what: "canned" } });
  return html`<div class="cannery"><p><span aria-hidden="true">${t("cannedHint")}</span>
    ${!naming && html`<button class="linklike" onClick=${all}
      onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()}>${t("cannedAll")}</button>`}</p>
    <ul role="listbox" id="canned" aria-label=${t(naming ? "colleagues" : "canned")} ref=${list}>
      ${fencedRows(found, "name", row, t)}
    </ul></div>`;
}
