// The title of a page of ours: its name, before it how much is new.
/** @param {string} name */
export function retitle(name, fresh = 0) {
  document.title = fresh ? `(${fresh}) ${name}` : name;
}
