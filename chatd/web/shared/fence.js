// What is told and cannot be drawn says so, and takes nothing else with it: behind a fence around
// every row and part; before it, what all views rely on is of the kind that it should be.
import { Component, html } from "../vendor/preact.js";

const MOST = 100;
const heard = new Set();

// The browser's console hears of a fault once, however often it is met.
export function complain(fault) {
  const what = String(fault?.stack ?? fault);
  if (heard.has(what) || heard.size > MOST) return;
  heard.add(what);
  console.error(fault);
}

// of: what is drawn; when it is another, drawing it is tried anew. as: the tag of what stands for it.
export class Fence extends Component {
  componentDidCatch(error) {
    complain(error);
    this.setState({ failed: [this.props.of] });
  }

  render({ as, t, ...told }) {
    const failed = this.state.failed?.[0] === told.of && this.state.failed;
    return failed ? html`<${as} class="notice">${t("unshown")}</${as}>` : html`<${Drawn} ...${told} />`;
  }
}

const Drawn = ({ draw, of, at }) => draw(of, at);

// The rows of a list, each behind a fence of its own; draw(one, at). key: by which they are told apart.
export const fenced = (list, key, draw, t, as = "li") =>
  list.map((of, at) => html`<${Fence} key=${of[key]} ...${{ of, at, draw, t, as }} />`);

const DEEP = ["last_message", "sites", "texts"];
const TEXTS = ["id", "sender_id", "sender_type", "sender_name", "content", "created_at"];
const isText = (value) => typeof value === "string";
const isThing = (value) => typeof value === "object" && value !== null;
const listed = (list) => (Array.isArray(list) ? list : []);

// A value within a sentence.
export const words = (value) => (isThing(value) ? "" : String(value ?? ""));

// A thing without the things in it that are where a word or a number should be; {} for what is none.
export const plain = (told) =>
  Object.fromEntries(
    Object.entries(isThing(told) ? told : {}).filter(([name, value]) => !isThing(value) || DEEP.includes(name)),
  );

// The things of a list that have a name to tell them by.
export const all = (list, key = "id") =>
  listed(list)
    .map(plain)
    .filter((one) => isText(one[key]));

// A message; in place of one that cannot be read, one that says so under its number. Null without that.
export function message(told) {
  if (!Number.isInteger(told?.seq)) return null;
  const { seq, client_id } = told;
  if (TEXTS.every((name) => isText(told[name])) && isThing(told.meta) && isText(client_id ?? "")) return told;
  complain(`message ${seq}`);
  const texts = Object.fromEntries(TEXTS.map((name) => [name, words(told[name])]));
  return { ...texts, id: `#${seq}`, dialog_id: told.dialog_id, seq, meta: {}, sender_type: "broken" };
}

export const messages = (list) => listed(list).map(message).filter(Boolean);
