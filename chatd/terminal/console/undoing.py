"""What one did last to a ticket is undone for a while; nothing is taken from who acted since."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from chatd.terminal.console.board import Row, is_mine

if TYPE_CHECKING:
    from chatd.terminal.console.console import ConsoleApp

UNDO_FOR = 60.0


class Deed(NamedTuple):
    """``holder``: who had the ticket before, if anybody; ``now``: as it was left; ``until``: by the
    clock of this machine."""

    verb: str
    holder: str | None
    now: Row
    until: float


class Undoing:
    """The last deed of one's own."""

    def __init__(self, app: ConsoleApp) -> None:
        self.app = app
        self.deed: Deed | None = None

    @property
    def possible(self) -> bool:
        """Whether there is something, and it is not too late."""
        return self.deed is not None and time.monotonic() < self.deed.until

    async def act(self, verb: str, ticket_id: str, **more: Any) -> Row | None:
        """Closes, hands on or gives back; the ticket as it then is, if that was done."""
        app = self.app
        before = app.session.board.rows.get(ticket_id)
        holder = before.operator if before and before.status == "active" else None
        now = await app.attempt(app.session.act(verb, ticket_id, **more))
        if now:
            self.deed = Deed(verb, holder, now, time.monotonic() + UNDO_FOR)
            app.draw_status()
        return now

    async def undo(self) -> None:
        """Once; where it is too late, that is said."""
        deed, app = self.deed if self.possible else None, self.app
        self.deed = None
        app.draw_status()
        if deed is None:
            app.tell(app.texts("console.undo_nothing"))
        elif await self.take_back(deed):
            app.tell(app.texts("console.undone"))
            await app.go(deed.now.id)

    async def take_back(self, deed: Deed) -> Row | None:
        """To whoever had it; reopened it is one's own, and waits again where it was nobody's."""
        session, attempt = self.app.session, self.app.attempt
        if deed.verb == "return":
            return await attempt(session.act("accept", deed.now.id))
        if deed.verb == "transfer":
            return await self.give_to(deed.holder, deed.now.id, version=deed.now.version)
        again = await attempt(session.act("reopen", deed.now.id))
        back = again and not is_mine(again, deed.holder)
        return await self.give_to(deed.holder, again.id) if again and back else again

    async def give_to(self, holder: str | None, ticket_id: str, **known: Any) -> Row | None:
        """Into the queue where that was nobody; of a version only while the ticket is at that."""
        verb, more = ("transfer", {"operator": holder}) if holder else ("return", {})
        return await self.app.attempt(self.app.session.act(verb, ticket_id, **more, **known))
