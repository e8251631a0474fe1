// A dialog of people: who is in it is known, whether they are there or not.
import { Dialog } from "../shared/dialog.js";
import { rememberFaces } from "../shared/faces.js";
import { flatObject, itemsOf } from "../shared/fence.js";

export class Companions extends Dialog {
  // Who is in its voice channel; null where it has none.
  /** @type {any[] | null} */
  voice = null;

  /** @override @param {any} told */
  enter(told) {
    rememberFaces(flatObject(told.dialog).members);
    this.voice = told.dialog?.voice ?? null;
    super.enter(told);
  }

  // A row of a list does not say who is in a group: who is known stays.
  /** @override @param {any} told */
  update(told) {
    const view = flatObject(told.dialog);
    if (view.kind === "group" && !itemsOf(view.members).length) delete view.members;
    rememberFaces(view.members);
    super.update({ ...told, dialog: view });
  }

  get members() {
    return itemsOf(this.view?.members);
  }

  get owner() {
    return this.members.find((one) => one.owner)?.id;
  }
}
