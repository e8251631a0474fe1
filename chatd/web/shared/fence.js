// What is told and cannot be drawn says so, and takes nothing else with it: behind a fence around
// every row and part; before it, what all views rely on is of the kind that it should be.
/** @import { Speaker, Stored } from "./types" */
import { Component, html } from "../vendor/preact.js";
import { isObject, flatObject, asText } from "./sanitize.js";

export { flatObject, asText };

const MOST = 100;
const heard = new Set();

// The browser's console hears of a fault once, however often it is met.
/** @param {any} fault */
export function complain(fault) {
  const what = String(fault?.stack ?? fault);
  if (heard.has(what) || heard.size > MOST) return;
  heard.add(what);
  console.error(fault);
}

// of: what is drawn; when it is another, drawing it is tried anew. as: the tag of what stands for it.
export class Fence extends Component {
  /** @param {unknown} error */
  componentDidCatch(error) {
    complain(error);
    this.setState({ failed: [this.props.of] });
  }

  /** @param {{ as: string, t: Speaker, of: any, draw: (of: any, at?: number) => unknown, at?: number }} props */
  render({ as, t, ...told }) {
    const failed = this.state.failed?.[0] === told.of && this.state.failed;
    return failed ? html`<${as} class="notice">${t("unshown")}</${as}>` : html`<${Drawn} ...${told} />`;
  }
}

/** @type {(props: { draw: (of: any, at?: number) => unknown, of: any, at?: number }) => unknown} */
const Drawn = ({ draw, of, at }) => draw(of, at);

// A part of a page that is no row, behind a fence of its own. store: what it is drawn from; with every
// change of that, drawing it is tried anew.
/** @type {(store: import("./store.js").Store, t: Speaker, draw: () => unknown) => unknown} */
export const fencedPart = (store, t, draw) => html`<${Fence} ...${{ of: store.version, draw, t, as: "p" }} />`;

// The rows of a list, each behind a fence of its own; draw(one, at). key: by which they are told apart.
/** @type {(list: any[], key: string, draw: (one: any, at: number) => unknown, t: Speaker, as?: string) => unknown} */
export const fencedRows = (list, key, draw, t, as = "li") =>
  list.map((of, at) => html`<${Fence} key=${of[key]} ...${{ of, at, draw, t, as }} />`);

const TEXTS = ["id", "sender_id", "sender_type", "sender_name", "content", "created_at"];
/** @type {(value: unknown) => value is string} */
const isText = (value) => typeof value === "string";
/** @type {(list: any) => any[]} */
const asList = (list) => (Array.isArray(list) ? list : []);

// The things of a list that have a name to tell them by.
/** @type {(list: any, key?: string) => any[]} */
export const itemsOf = (list, key = "id") =>
  asList(list)
    .map(flatObject)
    .filter((one) => isText(one[key]));

// A message; in place of one that cannot be read, one that says so under its number. Null without that.
/** @param {any} told @returns {Stored | null} */
export function message(told) {
  if (!Number.isInteger(told?.seq)) return null;
  const { seq, client_id } = told;
  if (TEXTS.every((name) => isText(told[name])) && isObject(told.meta) && isText(client_id ?? "")) return told;
  complain(`message ${seq}`);
  /** @type {any} */
  const texts = Object.fromEntries(TEXTS.map((name) => [name, asText(told[name])]));
  return { ...texts, id: `#${seq}`, dialog_id: told.dialog_id, seq, meta: {}, sender_type: "broken" };
}

/** @type {(list: any) => Stored[]} */
export const messages = (list) => asList(list).flatMap((one) => message(one) ?? []);
