// The form before a room: what room it is, and the name that the others will see.
/** @import { Speaker } from "../shared/types" @import { Visitor } from "./visitor.js" */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { BASE, HOME } from "../shared/base.js";
import { itemsOf, fencedRows } from "../shared/fence.js";
import { ask } from "../shared/http.js";
import { Hash } from "../shared/icons-pages.js";
import { retitle } from "../shared/title.js";

/** @param {Speaker} t @param {number} [n] */
export const peopleHere = (t, n) => (n ? t("peopleHere", { n }) : t("nobodyHere"));

async function roomsThere() {
  const answer = await fetch(`${BASE}/api/rooms`);
  const { data } = await answer.json();
  return data ? itemsOf(data.rooms) : null;
}

/** @param {{ t: Speaker, visitor: Visitor, said?: string, enter: (name: string) => void }} props */
export function NameForm({ t, visitor, said, enter }) {
  const [rooms, setRooms] = useState(/** @type {any[] | null} */ (null));
  const [wrong, setWrong] = useState(said);
  const field = useRef();
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => {
    roomsThere().then(setRooms, () => setWrong(t("unreachable")));
  }, []);
  const room = rooms?.find((one) => one.id === visitor.room);
  useEffect(() => {
    retitle(room?.title ?? visitor.room);
  }, [room]);
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    const name = field.current.value.trim();
    if (name) enter(name);
    else setWrong(t("badName"));
  };
  if (rooms && !room) return html`<${NoRoom} ...${{ t, visitor, rooms }} room=${visitor.room} />`;
  return html`<main class="door"><form onSubmit=${submit} aria-labelledby="door-title">
    <span class="mark"><${Hash} /></span>
    <div><h1 id="door-title">${room?.title ?? visitor.room}</h1>
      <p class="lead">${room?.topic || t("roomLead")}</p>
      ${room && html`<p class="lead small">${whoIsHere(t, room)}</p>`}</div>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    <div class="labelled"><label for="name">${t("yourName")}</label>
      <input class="input" id="name" ref=${field} required maxlength="64" autocomplete="nickname"
        defaultValue=${visitor.name} aria-describedby="name-hint" />
      <p class="hint" id="name-hint">${t("nameHint")}</p></div>
    <button class="primary">${t("enter")}</button>
    <${AsOperator} ...${{ t, visitor }} />
  </form></main>`;
}

// Who has yet to give a room's password is not told how many are in it.
/** @param {Speaker} t @param {any} room */
const whoIsHere = (t, room) => (room.locked ? t("roomLocked") : peopleHere(t, room.people));

// Who has logged in at the console may come in as who they are there.
/** @param {{ t: Speaker, visitor: Visitor }} props */
function AsOperator({ t, visitor }) {
  const { operator, operates } = visitor;
  if (!operator || operates) return null;
  return html`<button type="button" class="plain" onClick=${() => visitor.operate(true)}>
    ${t("asOperator", { name: operator.name })}</button>`;
}

// room: which it was, for who may have to log in to be let into it.
/** @param {{ t: Speaker, visitor: Visitor, rooms: any[], room?: string, why?: string }} props */
export function NoRoom({ t, visitor, rooms, room, why = "noRoom" }) {
  /** @param {any} one */
  const row = (one) => html`<li><a href=${`/r/${encodeURIComponent(one.id)}`}><b>${one.title ?? one.id}</b>
      <span>${whoIsHere(t, one)}</span></a></li>`;
  const [theirs, setTheirs] = useState(false);
  useEffect(() => {
    if (room) ask("GET", "/api/site").then((site) => setTheirs(site?.has_people === true), () => {});
  }, [room]);
  return html`<main class="door"><div class="card"><span class="mark"><${Hash} /></span>
    <div><h1>${t(why)}</h1><p class="lead">${rooms.length > 0 && t("otherRooms")}</p></div>
    <ul class="doors">${fencedRows(rooms, "id", row, t)}</ul>
    <${AsOperator} ...${{ t, visitor }} />
    ${room && theirs && html`<p class="lead small">${t("membersOnly")}${" "}
      <a href=${`${HOME}?room=${encodeURIComponent(room)}`}>${t("signInHere")}</a></p>`}</div></main>`;
}
