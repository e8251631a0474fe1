// A part of a page that is no row, behind a fence of its own.
/** @import { Speaker } from "./types" */
import { html } from "../vendor/preact.js";
import { Fence } from "./fence.js";

// store: what it is drawn from; with every change of that, drawing it is tried anew.
/** @type {(store: import("./store.js").Store, t: Speaker, draw: () => unknown) => unknown} */
export const fencedPart = (store, t, draw) => html`<${Fence} ...${{ of: store.version, draw, t, as: "p" }} />`;
