"""What ``/`` offers above the field: canned answers and commands, fewer with every letter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from rich.text import Text
from textual.message import Message as Event
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from chatd.terminal.console.rows import fit
from chatd.terminal.core.fence import fence
from chatd.terminal.core.shapes import Canned
from chatd.terminal.core.text import REPLACEMENT, one_line

MOST = 100
BROKEN = Text(REPLACEMENT)


@dataclass(frozen=True)
class Offer:
    """``text`` is put into the field; a command is carried out, if it wants no argument."""

    name: str
    text: str
    about: str
    command: bool = False
    complete: bool = True


def fitting(canned: Iterable[Canned], site: str) -> list[Canned]:
    """The answers for a ticket of a site; of one name only the first, of the site ahead of all."""
    here = [one for one in canned if site in ("", one.site) or not one.site]
    found: dict[str, Canned] = {}
    for one in sorted(here, key=lambda one: not one.site):
        found.setdefault(one.name.casefold() if site else f"{one.site}/{one.name}", one)
    return list(found.values())


def matching(offers: Iterable[Offer], typed: str) -> list[Offer]:
    """Those that fit what was typed, the best first: by name, then by what is in the text."""
    wanted = typed.casefold().strip()
    ranked = [(rank(offer, wanted), number, offer) for number, offer in enumerate(offers)]
    return [offer for place, _, offer in sorted(ranked, key=lambda one: one[:2]) if place < 4][
        :MOST
    ]


def rank(offer: Offer, wanted: str) -> int:
    """0 the name itself, 1 it begins so, 2 holds it, 3 the text holds it, 4 no match."""
    name = offer.name.casefold()
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if wanted in name:
        return 2
    return 3 if wanted in offer.about.casefold() else 4


class Picker(OptionList, can_focus=False):
    """Shown while the field begins with ``/``; the keys come from the field."""

    class Picked(Event):
        """Posted when an offer was chosen."""

        def __init__(self, offer: Offer) -> None:
            super().__init__()
            self.offer = offer

    KEYS = frozenset({"up", "down", "enter", "tab", "escape", "pageup", "pagedown"})

    def __init__(self) -> None:
        super().__init__(id="picker", compact=True, markup=False)
        self.offers: list[Offer] = []
        self.unwanted = False
        self.display = False

    @property
    def open(self) -> bool:
        """Whether it is in sight."""
        return bool(self.display)

    def offer(self, offers: list[Offer]) -> None:
        """Shows these; none: goes away. Escape keeps it away until then."""
        self.unwanted = self.unwanted and bool(offers)
        self.display = bool(offers) and not self.unwanted
        if offers == self.offers:
            return
        self.offers = offers
        self.set_options(Option(fence(partial(self.line, one), BROKEN)) for one in offers)
        self.highlighted = 0 if offers else None

    def line(self, one: Offer) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(fit(f"/{one_line(one.name, 24)}", 14), "bold")
        text.append(f" {one_line(one.about, 200)}", "dim" if one.command else "")
        return text

    def key(self, key: str) -> None:
        """A key of the field that is meant for here."""
        moves = {"up": self.action_cursor_up, "down": self.action_cursor_down}
        moves |= {"pageup": self.action_page_up, "pagedown": self.action_page_down}
        if key in moves:
            moves[key]()
        elif key == "escape":
            self.unwanted, self.display = True, False
        else:
            self.pick(self.highlighted)

    def pick(self, index: int | None) -> None:
        if index is not None and index < len(self.offers):
            self.display = False
            self.post_message(self.Picked(self.offers[index]))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.pick(event.option_index)
