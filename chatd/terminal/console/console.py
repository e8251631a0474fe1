"""``chatd console``: what an operator does with tickets, by key, by mouse and by ``/`` command."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping
from typing import ClassVar, TypeVar

from rich.text import Text
from textual.binding import BindingType

from chatd.domain.message import Message
from chatd.domain.ticket import FOR_OPERATORS, ticket_of
from chatd.terminal.console import keys
from chatd.terminal.console.assist import Assist
from chatd.terminal.console.board import TO_ACCEPT
from chatd.terminal.console.commands import ConsoleActions
from chatd.terminal.console.finder import Finder
from chatd.terminal.console.search import Search, colleagues
from chatd.terminal.console.session import ConsoleSession
from chatd.terminal.console.undoing import Undoing
from chatd.terminal.console.writing import WritingScreen
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.finding import Matches
from chatd.terminal.core.link import Lost
from chatd.terminal.core.reading import clock
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import name, one_line
from chatd.terminal.core.texts import Texts

Answer = TypeVar("Answer")
GOODBYE_WITHIN = 2.0
OF_TICKETS = ("ticket", "notes")
TOLD = ("lost", "given", "reply", "named")


class ConsoleApp(WritingScreen):
    """The operators' client. ``log_out``: the session of the token ends with it."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.BINDINGS]

    def __init__(
        self, session: ConsoleSession, texts: Texts, *, light: bool = False, log_out: bool = False
    ) -> None:
        super().__init__(session, texts, light=light)
        self.actions = self.typed = ConsoleActions(self)
        self.assist, self.undoing = Assist(self), Undoing(self)
        self.log_out = log_out
        self.opening: list[str] = []
        self.calling.judge = self.judge
        session.sat_down = self.begin

    def begin(self) -> None:
        """The first of one's own tickets is open, if there is one."""
        own = self.session.board.mine(self.session.username)
        if self.dialog is None and own:
            self.open(own[0].id)

    def note_change(self, what: str, dialog_id: str) -> None:
        """The bell stops, and lost tickets go, as soon as the queue moves."""
        if what in TOLD:
            self.tell_of(what, dialog_id)
        super().note_change(what, dialog_id)
        if what == "status":
            self.soon("drafts")
        if what == "canned":
            self.offer()
        if what == "queue":
            self.ring()
            self.tidy()

    def judge(self, dialog: Dialog, message: Message) -> None:
        """The customer of one's own has written."""
        if message.sender_type == "customer" and self.session.is_mine(dialog.id):
            self.tell_of("reply", dialog.id)

    def tell_of(self, what: str, ticket_id: str) -> None:
        """A ticket is no longer one's own, or was handed to one, or its customer has written, or
        its notes name one. What is before one's eyes needs no words."""
        called, attends = self.called[ticket_id], self.calling.attends(ticket_id)
        again = what == "reply" and what in called
        if what == "lost":
            called -= {"given", "reply"}
        elif not attends:
            called.add(what)
            self.calling.ring(what)
        if again or (attends and what in ("reply", "named")):
            return
        one = self.session.board.rows[ticket_id]
        key = f"console.told_{one.status if what == 'lost' else what}"
        by = self.session.name_of(one.operator)
        self.tell(self.texts(key, customer=name(one.customer_name), name=by))

    def tidy(self) -> None:
        """Tickets that are neither shown, nor on their way to it, nor one's own are followed no
        longer."""
        for ticket_id in {ticket_of(id) for id in self.session.dialogs}.difference(self.opening):
            if not self.shows(ticket_id) and not self.session.is_mine(ticket_id):
                self.session.spawn(self.session.put_aside(ticket_id))

    async def attempt(self, work: Awaitable[Answer]) -> Answer | None:
        """The answer; or the user is told why there is none."""
        try:
            return await work
        except Refused as refused:
            self.tell(self.reason(refused))
        except Lost:
            self.tell(self.texts("console.offline"))
        return None

    def reason(self, refused: Refused) -> str:
        """Why not: for who came too late, by whom and when."""
        status, by = refused.details.get("status"), refused.details.get("by")
        if refused.code != "conflict" or status not in ("active", "closed") or not by:
            return super().reason(refused)
        at = clock(str(refused.details.get("at")))
        return self.texts(f"console.late_{status}", name=self.session.name_of(str(by)), time=at)

    def choose(self, option_id: str) -> None:
        """A line of one of the lists."""
        self.open(option_id)

    def open(self, ticket_id: str) -> None:
        """Shows a ticket, as soon as it is here."""
        self.opens(self.session.spawn(self.go(ticket_id)))

    async def go(self, ticket_id: str) -> None:
        """One may look at any; the customer is told of who takes it only."""
        if ticket_id in self.session.dialogs:
            self.show(ticket_id)
            if not self.session.is_mine(ticket_id):
                return
        self.opening.append(ticket_id)
        try:
            await self.attempt(self.session.open(ticket_id))
        finally:
            self.opening.remove(ticket_id)
        if ticket_id in self.session.dialogs and not self.shows(ticket_id):
            self.show(ticket_id)
        self.tidy()

    def action_ticket(self, step: int) -> None:
        """The next one of one's own, or the one before."""
        own = [one.id for one in self.session.board.mine(self.session.username)]
        if own:
            at = own.index(self.dialog.id) if self.dialog and self.dialog.id in own else -(step < 0)
            self.open(own[(at + step) % len(own)])

    def action_accept(self) -> None:
        """F5: the ticket that is shown, if it waits; else the one under the cursor of the queue;
        else who has waited longest. But nobody, said once, where a colleague has just taken the
        one that is shown."""
        one = self.row
        waiting = self.session.board.waiting()
        offered = [each.id for each in waiting if each.offered_to == self.session.username]
        if one and one.id in self.session.board.missed:
            self.session.board.missed.discard(one.id)
            self.tell(self.texts("console.not_yours", name=self.session.name_of(one.operator)))
        elif one and one.status in TO_ACCEPT:
            self.opens(self.session.spawn(self.take(one.id)))
        elif self.queue.has_focus and self.queue.row_id:
            self.opens(self.session.spawn(self.take(self.queue.row_id)))
        elif waiting:
            self.opens(self.session.spawn(self.take(offered[0] if offered else waiting[0].id)))
        elif one and one.status == "active" and not self.mine:
            self.tell(self.texts("console.not_yours", name=self.session.name_of(one.operator)))
        else:
            self.tell(self.texts("console.nobody_waits"))

    async def take(self, ticket_id: str) -> None:
        """Ours, or told whose."""
        if await self.attempt(self.session.act("accept", ticket_id)):
            self.warn(ticket_id)
            await self.go(ticket_id)

    def warn(self, ticket_id: str) -> None:
        """Somebody is answering what one has just taken."""
        one = self.session.board.rows.get(ticket_id)
        beside = one.beside if one else []
        answering = [name(each.name) for each in beside if each.writes == "reply"]
        if answering:
            self.tell(self.texts("console.answers_too", name=", ".join(answering)))

    def action_close_or_reopen(self) -> None:
        """F8."""
        if one := self.row:
            verb = "reopen" if one.status == "closed" else "close"
            self.opens(self.session.spawn(self.finish(verb, one.id)))

    async def finish(self, verb: str, ticket_id: str) -> None:
        """Closes, or opens again and follows."""
        if verb == "close":
            await self.undoing.act(verb, ticket_id)
        elif await self.attempt(self.session.act(verb, ticket_id)):
            await self.go(ticket_id)

    def action_undo(self) -> None:
        """Ctrl+T: what one did last to a ticket."""
        self.opens(self.session.spawn(self.undoing.undo()))

    def action_mark(self) -> None:
        """``x`` in a list: the ticket under the cursor is one of several, or no longer."""
        for rows in (self.own, self.queue):
            if rows.has_focus and rows.row_id in self.session.board.rows:
                self.toggle_mark(str(rows.row_id))
                rows.action_cursor_down()

    def toggle_mark(self, ticket_id: str) -> None:
        """Marks it, or takes the mark off."""
        if ticket_id in self.marked:
            del self.marked[ticket_id]
        else:
            self.marked[ticket_id] = None
        self.soon("left")
        self.draw_status()

    def action_give_back(self) -> None:
        """F9: into the queue, at its old place."""
        if self.mine and self.row:
            self.session.spawn(self.undoing.act("return", self.row.id))

    def action_transfer(self) -> None:
        """F6: to whom?"""
        one = self.row
        if one is None or one.status not in FOR_OPERATORS:
            return
        title = self.texts("console.transfer_title", customer=name(one.customer_name))

        async def find(typed: str, width: int) -> Mapping[str, Text]:
            return await self.attempt(colleagues(self.session, self.texts, one, typed, width)) or {}

        def choose(username: str | None) -> None:
            if username:
                self.opens(self.session.spawn(self.hand_to(one.id, username)))

        empty = self.texts("console.no_colleague")
        self.push_screen(Finder(title, self.texts("console.transfer_hint"), empty, find), choose)

    async def hand_to(self, ticket_id: str, username: str) -> None:
        """Another operator's from now on; to oneself it is a way to take over."""
        if await self.undoing.act("transfer", ticket_id, operator=username):
            await self.go(ticket_id)

    def action_find(self) -> None:
        """F7: in all tickets, closed ones too."""
        self.find_in()

    def find_in(self, named: str = "", **narrowed: object) -> None:
        """In all, or in those that are asked for."""
        search = Search(self.session, self.texts, **narrowed)

        async def find(typed: str, width: int) -> Mapping[str, Text]:
            return await self.attempt(search.find(typed, width)) or {}

        def choose(ticket_id: str | None) -> None:
            if ticket_id:
                self.open(ticket_id)

        title, hint = self.texts("console.find_title"), self.texts("console.find_hint")
        title = f"{title} · {one_line(named, 48)}" if named else title
        self.push_screen(Finder(title, hint, self.texts("console.nothing_found"), find), choose)

    def show_found(self, words: str, matches: Matches) -> None:
        """Rooms are no business of this client."""
        found = [one for one in matches.found if one.kind in OF_TICKETS]
        super().show_found(words, Matches(found, matches.complete))

    async def open_place(self, dialog_id: str) -> None:
        """The ticket, whose notes stand between its messages."""
        await self.go(ticket_of(dialog_id))

    def action_away_or_back(self) -> None:
        """F10."""
        self.session.spawn(self.attempt(self.session.set_away(not self.session.away)))

    def action_mute(self) -> None:
        """F12."""
        self.calling.strikes.muted = not self.calling.strikes.muted
        self.draw_status()

    def show_help(self) -> None:
        """Every key and command."""
        told = [line.partition("\t") for line in self.texts("console.help_keys").splitlines()]
        rows = [(key, text) for key, _, text in told]
        self.open_help(rows)

    async def on_unmount(self) -> None:
        """Ends the daemon's session, too, if it was begun for this."""
        if self.log_out:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.session.log_out(), GOODBYE_WITHIN)
        await super().on_unmount()


def run(session: ConsoleSession, texts: Texts, *, light: bool, log_out: bool) -> int:
    """Until the operator has enough; the exit status."""
    app = ConsoleApp(session, texts, light=light, log_out=log_out)
    app.run()
    return app.leaving.part()
