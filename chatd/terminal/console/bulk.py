"""Several tickets at once: those that are marked in the lists, or else the one that is open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from chatd.terminal.core.link import Lost
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import name

if TYPE_CHECKING:
    from chatd.terminal.console.console import ConsoleApp

AT_ONCE = 4
MOST_TOLD = 5
Deed = Callable[[str], Awaitable[object]]


async def do_all(app: ConsoleApp, does: Deed) -> None:
    """Does it to each, a few at a time, and says how it ended: of those that are not done why. They
    stay marked."""
    if not app.marked:
        if app.dialog:
            await app.attempt(does(app.dialog.id))
        else:
            app.tell(app.texts("console.nothing_open"))
        return
    room, wrong = asyncio.Semaphore(AT_ONCE), dict[str, str]()

    async def attempt(ticket_id: str) -> None:
        async with room:
            try:
                await does(ticket_id)
            except Refused as refused:
                wrong[ticket_id] = app.reason(refused)
            except Lost:
                wrong[ticket_id] = app.texts("console.offline")

    wanted = list(app.marked)
    await asyncio.gather(*(attempt(id) for id in wanted))
    app.marked = {id: None for id in wanted if id in wrong}
    app.soon("left")
    app.tell(app.texts("console.bulk_done", done=len(wanted) - len(wrong), all=len(wanted)))
    for ticket_id, why in list(wrong.items())[:MOST_TOLD]:
        row = app.session.board.rows.get(ticket_id)
        app.tell(f"{ticket_id} {name(row.customer_name) if row else ''}: {why}")
