// Files that one sends. This is what every page has of it; what picks, keeps, uploads and records them is
// fetched when there is something to send.
/** @import { Entry, Filed } from "./types" */
import { Kept } from "./storage.js";

// Why an entry failed whose file has to be picked again.
export const LOST = "lost";

/** @param {Entry} entry */
export const isWhole = ({ files }) => !files || files.every((one) => one.ready);

export class Files {
  // How much the daemon takes; null: nothing, undefined: not known yet.
  /** @type {import("./protocol").FileLimits | null | undefined} */
  limits;
  /** @type {import("./attachments.js").Attachments | null} */
  part = null;
  /** @type {Promise<import("./attachments.js").Attachments | null> | null} */
  #fetching = null;

  /** @param {any} unsent @param {Filed} made */
  constructor(unsent, made) {
    this.unsent = unsent;
    this.made = made;
    this.spoken = new Kept(`voice:${unsent.kept.name}`, {}, { tab: true });
  }

  // Null where it cannot be had now.
  fetch() {
    this.#fetching ??= import("./attachments.js").then((found) => found.begin(this)).then(
      (part) => {
        this.part = part;
        this.made.page.notify();
        return part;
      },
      () => (this.#fetching = null),
    );
    return this.#fetching;
  }

  // What waits may have to be uploaded first; what was spoken before a reload is still to be sent.
  async look() {
    const whole = this.unsent.entries.every(isWhole);
    if (this.part || !whole || Object.keys(this.spoken.get())[0]) (await this.fetch())?.look();
  }

  // sent: the daemon has it.
  /** @param {Entry} entry @param {boolean} sent */
  async forget(entry, sent) {
    (await this.fetch())?.forget(entry, sent);
  }

  // at: the conversation that they are for.
  /** @param {string} at @param {Iterable<File> | null} list */
  async take(at, list) {
    const taken = [...(list ?? [])];
    if (taken.length) (await this.fetch())?.take(at, taken);
  }

  // What is sent along with the words that are written there.
  /** @param {string} at */
  attachmentsOf(at) {
    return this.part?.attachmentsOf(at) ?? {};
  }

  /** @param {string} at @param {Entry} entry */
  afterSend(at, entry) {
    this.part?.afterSend(at, Boolean(entry.files));
  }

  // pressed: who holds the button down speaks until they let it go.
  /** @param {string} at @param {PointerEvent} [pressed] */
  async record(at, pressed) {
    if (pressed?.button) return;
    const held = pressed && new Promise((done) => {
      addEventListener("pointerup", ({ timeStamp }) => done(timeStamp - pressed.timeStamp), { once: true });
    });
    (await this.fetch())?.record(at, held);
  }
}

export const canRecord = () => Boolean(navigator.mediaDevices && window.MediaRecorder);

// Files can be dropped onto an element; undone by what is returned.
/** @param {HTMLElement} element @param {Files} files @param {(list: FileList) => void} take */
export function dropping(element, files, take) {
  /** @type {Record<string, (event: any) => void>} */
  const heard = {
    dragover: (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      element.classList.add("dropping");
      files.fetch();
    },
    dragleave: ({ relatedTarget }) => element.contains(relatedTarget) || element.classList.remove("dropping"),
    drop: (event) => {
      element.classList.remove("dropping");
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      take(event.dataTransfer.files);
    },
  };
  for (const name in heard) element.addEventListener(name, heard[name]);
  return () => {
    for (const name in heard) element.removeEventListener(name, heard[name]);
  };
}
