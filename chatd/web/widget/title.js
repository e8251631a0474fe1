// A mark in the page's title while something is unread; the page may change its title meanwhile.
const MARK = "● ";

class TitleMark {
  /** @type {string | null} */
  #shown = null;
  #before = "";

  /** @param {string} text */
  show(text) {
    if (document.title === this.#shown) return;
    this.#before = document.title;
    document.title = this.#shown = MARK + text;
  }

  clear() {
    if (this.#shown !== null && document.title === this.#shown) document.title = this.#before;
    this.#shown = null;
  }
}

export const title = new TitleMark();
