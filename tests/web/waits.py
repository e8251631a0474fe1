"""What a test waits for in a page where ``expect`` has no words for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page

PATIENCE = 30.0
RESTED = """(one) => new Promise((done) => {
  let place = one.scrollTop, turns = 0;
  const look = () => {
    turns = one.scrollTop === place ? turns + 1 : 0;
    place = one.scrollTop;
    turns < 20 ? requestAnimationFrame(look) : done(place);
  };
  look();
})"""


def until(read: Callable[[], Any], wanted: Any) -> None:
    """Waits until what is read of a page is this: what has been done shows a moment later."""
    deadline = time.monotonic() + PATIENCE
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"{found!r}, and never {wanted!r}"
        time.sleep(0.02)


def true_in(page: Page, asked: str, given: Any = None) -> None:
    """Waits until an asynchronous function says so: ``wait_for_function`` takes any promise of one
    for a yes."""
    until(lambda: bool(page.evaluate(asked, given)), True)


def rested(scroller: Locator) -> float:
    """How far something is scrolled, as soon as it moves no more."""
    place: float = scroller.evaluate(RESTED)
    return place


def follows(page: Page) -> None:
    """Waits until a page's widget follows its conversation: what is told once and not repeated, as
    that somebody types, does not reach it earlier."""
    page.wait_for_function("document.querySelector('chatd-widget').visit.dialog?.joined")


def end_composition(field: Locator, *keys: str) -> None:
    """Keys that are an input method's, as Safari has them: the composition has ended already, only
    the code tells of it."""
    for key in keys:
        field.dispatch_event("keydown", {"key": key, "keyCode": 229, "isComposing": False})
