// People's pictures, for whatever shows somebody by their id.
import { BASE } from "./base.js";
import { itemsOf } from "./fence.js";
import { faces } from "./hues.js";

const PATH = /^\/api\/avatars\/[\w-]+$/;

// As they are told: who has none is shown by their initials.
/** @param {unknown} people */
export function rememberFaces(people) {
  for (const { id, avatar } of itemsOf(people)) {
    if (PATH.test(avatar)) faces.set(id, `--face: url("${BASE}${avatar}")`);
    else faces.delete(id);
  }
}
