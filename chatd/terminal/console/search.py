"""Finding a ticket among all, and a colleague to hand one to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from rich.text import Text

from chatd.terminal.console import rows
from chatd.terminal.console.board import Row
from chatd.terminal.console.card import state
from chatd.terminal.console.session import Colleague, ConsoleSession
from chatd.terminal.core.fence import fence
from chatd.terminal.core.text import name
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui import panels

SHOWN = 200
MARKS = {"online": "●", "away": "◐"}


class Search:
    """Reads the tickets once, newest first; every word that is typed must be somewhere in one.
    ``narrowed``: only those that are asked for so."""

    def __init__(self, session: ConsoleSession, texts: Texts, **narrowed: object) -> None:
        self.session, self.texts, self.narrowed = session, texts, narrowed
        self.known: list[Row] | None = None

    async def find(self, typed: str, width: int) -> Mapping[str, Text]:
        """The rows that fit."""
        if self.known is None:
            pages = self.session.tickets(**self.narrowed)
            self.known = [one async for page in pages for one in page]
        words = typed.casefold().split()
        fitting = [one for one in self.known if all(word in self.about(one) for word in words)]
        unshown = panels.unshown(self.texts)
        return {one.id: fence(partial(self.line, one, width), unshown) for one in fitting[:SHOWN]}

    def line(self, one: Row, width: int) -> Text:
        return rows.result_row(one, state(self.session, self.texts, one), self.texts, width)

    def about(self, one: Row) -> str:
        """All that can be searched for in a ticket."""
        last = self.texts.last_words(one.last_message)
        operator = f"{one.operator or ''} {self.session.name_of(one.operator)}"
        status = state(self.session, self.texts, one)
        return f"{one.id} {one.customer_name} {one.site} {operator} {status} {last}".casefold()


async def colleagues(
    session: ConsoleSession, texts: Texts, one: Row, typed: str, width: int
) -> Mapping[str, Text]:
    """Those to whom a ticket may be handed, with how busy they are."""
    wanted = typed.casefold().strip()
    return {
        each.username: fence(partial(line, each, texts, width), panels.unshown(texts))
        for each in await session.colleagues()
        if each.username != one.operator
        and (not each.sites or one.site in each.sites)
        and wanted in f"{each.username} {each.display_name}".casefold()
    }


def line(one: Colleague, texts: Texts, width: int) -> Text:
    """Name, whether there, how many tickets of how many."""
    tail = f"{texts(f'console.person_{one.status}')} · {one.active}/{one.capacity}"
    if not one.takes_tickets:
        tail = f"{texts('console.takes_none')} · {tail}"
    elif one.status == "online" and not one.available:  # they only ask over HTTP
        tail = f"{texts('console.takes_none_now')} · {tail}"
    text = Text(no_wrap=True)
    text.append(f"{MARKS.get(one.status, '○')} ", "green" if one.status == "online" else "dim")
    text.append(
        rows.fit(f"{name(one.display_name)} ({one.username})", max(8, width - 3 - len(tail)))
    )
    text.append(f" {tail}", "dim")
    return text
