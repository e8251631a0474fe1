// On a phone the panel is the whole screen: focus stays in it, and a keyboard on the screen does
// not cover the field to write in, and the page behind it stays where it is.
const REACHED = "button:not(:disabled), textarea:not(:disabled), a[href], [tabindex='0']";

// Gives back what ends it. phone: whether this is one, which may change.
/** @param {HTMLElement} element @param {MediaQueryList} phone */
export function fillScreen(element, phone) {
  const view = window.visualViewport;
  const fit = () => {
    const cut = phone.matches && view && view.height < innerHeight - 1;
    element.style.height = cut ? `${view.height}px` : "";
    element.style.top = cut ? `${view.offsetTop}px` : "";
    element.style.bottom = cut ? "auto" : "";
  };
  const page = document.documentElement;
  const before = page.style.overflow;
  const hold = () => (page.style.overflow = phone.matches ? "hidden" : before);
  /** @param {KeyboardEvent} event */
  const turn = (event) => event.key === "Tab" && phone.matches && keepInside(element, event);
  element.addEventListener("keydown", turn);
  view?.addEventListener("resize", fit);
  view?.addEventListener("scroll", fit);
  phone.addEventListener("change", hold);
  hold();
  fit();
  return () => {
    phone.removeEventListener("change", hold);
    page.style.overflow = before;
    element.removeEventListener("keydown", turn);
    view?.removeEventListener("resize", fit);
    view?.removeEventListener("scroll", fit);
  };
}

/** @param {HTMLElement} element @param {KeyboardEvent} event */
function keepInside(element, event) {
  /** @type {NodeListOf<HTMLElement>} */
  const found = element.querySelectorAll(REACHED);
  const inside = event.shiftKey ? [...found] : [...found].reverse();
  const root = /** @type {ShadowRoot} */ (element.getRootNode());
  if (root.activeElement !== inside[0]) return;
  event.preventDefault();
  inside.at(-1)?.focus();
}
