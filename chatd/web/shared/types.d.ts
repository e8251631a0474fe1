// What the pages hand about among themselves; what the daemon tells them is in protocol.d.ts.
import type { Attached, Events, FileLimits, Message } from "./protocol";
import type { Connection, Refused } from "./connection.js";
import type { Dialog } from "./dialog.js";
import type { Files } from "./files.js";

/** Says a text of the catalog in the reader's language, with values put in. */
export interface Speaker {
  (key: string, values?: Record<string, unknown>): string;
  language: string;
  /** Further texts; those that are there already go before them. */
  add(more: object): void;
}

/** How far somebody has got. */
export interface Reach {
  delivered: number;
  read: number;
}

/** A message that the daemon has, as the pages hold it; "broken" stands for one that cannot be read. */
export interface Stored extends Omit<Message, "sender_type" | "meta" | "type" | "rev" | "earlier"> {
  sender_type: Message["sender_type"] | "broken" | "note";
  type?: string;
  meta: Record<string, any>;
  rev?: number;
}

/** A file that waits to be sent. `id`: its upload; `ready`: the daemon has all of it; `key`: where its bytes are. */
export interface Waiting {
  key: string;
  name: string;
  size: number;
  type: string;
  width?: number;
  height?: number;
  duration_s?: number;
  peaks?: string;
  modified?: number;
  id?: string;
  ready?: boolean;
  refused?: boolean;
}

/** A recording. `peaks`: how loud its parts are, of 100: `0,12,88`. */
export interface Spoken {
  file: File;
  duration_s: number;
  peaks?: string;
}

/** What is picked and not yet sent. */
export interface Picked extends Waiting {
  bytes: Blob;
  url: string;
}

/** What a page says of its files. `headers`: who asks; `place`: the dialog that an entry goes into. */
export interface Filed {
  page: { notify(): void; t: Speaker };
  connection: Connection;
  headers: () => Record<string, string>;
  place?: (entry: Entry) => Promise<string>;
}

/** A file as it is drawn: one that was sent, or one that waits to be. */
export type Drawable = Omit<Attached & Partial<Waiting>, "peaks"> & { peaks?: number[] | string };

/** A message that waits to be sent, as the browser keeps it. `failed`: why it is not tried any more; `why`: what
 * the daemon said. */
export interface Entry {
  client_id: string;
  dialog_id?: string;
  content: string;
  at: number;
  reply_to?: number;
  meta?: Record<string, any>;
  tries?: number;
  failed?: string;
  why?: Record<string, any>;
  sender_type?: "note";
  type?: "file" | "voice";
  files?: Waiting[];
}

/** What is drawn of a message: one that is stored, or one of one's own that is not yet. */
export interface Shown extends Omit<Stored, "sender_type" | "seq" | "dialog_id"> {
  sender_type: Stored["sender_type"] | "own";
  seq?: number;
  dialog_id?: string;
  entry?: Entry;
}

/** A row of a conversation. `day`: it begins one; `first`: of several by the same sender. */
export interface Row {
  key: string;
  message: Shown;
  own: boolean;
  state?: "Queued" | "Failed" | "Sent" | "Delivered" | "Read";
  day: boolean;
  first: boolean;
}

/** One change of a draft: ["i", text, at], ["e", count, at] or ["c", at], in code points. */
export type Op = (string | number)[];

export type State = "idle" | "connecting" | "online" | "waiting" | "polling" | "ended";

/** What is heard on a line: the daemon's events, and those of the line itself. */
export interface Heard extends Events {
  state: State;
  welcome: any;
  refused: Refused;
  dismissed: any;
  "dialog:resync": any;
  "*": any;
}

/** Carries commands out over plain HTTP. */
export interface Fallback {
  limits?: FileLimits;
  start(): Promise<unknown>;
  stop(): void;
  request(event: string, data: any): Promise<any>;
}

/** How a page is made: see client.js. */
export interface Made {
  name: string;
  initial?: Record<string, any>;
  heard: { [E in keyof Heard]?: (data: Heard[E]) => unknown };
  deliver?: (entry: Entry, say: (entry: Entry) => Promise<any>) => Promise<unknown>;
  url: string;
  greeting: () => object;
  slowly?: (connection: Connection) => Promise<Fallback>;
  headers: Filed["headers"];
  place?: Filed["place"];
}

/** What a row is drawn with: what can be done with its message, and what with one that was not sent. */
export interface Drawn extends Acts {
  row: Row;
  message: Shown;
}

export interface Acts {
  t: Speaker;
  tools?: (message: Shown, row: Row) => unknown;
  jump?: (seq: number, from: Shown) => unknown;
  retry: (id: string) => void;
  discard: (id: string) => void;
  files?: Files;
}

export type Act = "reply" | "edit" | "remove";

/** Whose messages one does something with: see acts.js. `writing`: where what is written goes. */
export interface Acted {
  t: Speaker;
  connection: Connection;
  me?: string | null;
  writing: Dialog | null;
  /** Whether it is offered; the daemon's word is the last. */
  may(what: Act, message: Shown, own: boolean): boolean;
  /** Something begins with this message: what is written goes to where that is. */
  setModeOf?(message: Shown): void;
  /** Something of a dialog is not among what is shown yet. */
  loadBeside?(dialog: Dialog): unknown;
  notify(): void;
}

/** A list of messages with what leads through its history: see list.js. */
export interface Listed {
  rows: Row[];
  row: (one: Row) => unknown;
  label: string;
  t: Speaker;
  more?: boolean;
  later?: boolean;
  newest?: number;
  dialog: Dialog;
  atEnd?: () => unknown;
  onHold?: (row: Row) => unknown;
  footer?: unknown;
}

/** Short words in a corner. */
export interface Toast {
  id: string;
  text: string;
  kind: string;
  act?: { label: string; does: () => unknown; lasts?: number };
}
