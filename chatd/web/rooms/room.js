// A room's dialog. In a crowd nobody is told who is there, only how many.
import { Dialog } from "../shared/dialog.js";
import { rememberFaces } from "../shared/faces.js";

export class Room extends Dialog {
  crowd = false;
  // Who is in its voice channel; null where it has none.
  /** @type {any[] | null} */
  voice = null;

  /** @override @param {any} told */
  enter(told) {
    this.crowd = told.crowd === true;
    rememberFaces(told.participants);
    this.voice = told.dialog?.voice ?? null;
    super.enter(this.crowd ? { ...told, participants: [] } : told);
  }

  // So many are there that nobody is told who; or no longer, and they come one by one.
  /** @param {unknown} crowd */
  setCrowd(crowd) {
    this.crowd = crowd === true;
    this.people = new Map();
  }

  // How many are there.
  get present() {
    return this.crowd ? this.view?.people : this.people.size;
  }
}
