"""What is typed at the console: an answer, a note, or one of the ``/`` commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatd.config.departments import NONE
from chatd.domain.canned import fill
from chatd.domain.snooze import until_of
from chatd.domain.ticket import PRIORITIES
from chatd.terminal.console.board import Department
from chatd.terminal.console.bulk import do_all
from chatd.terminal.console.customer import showing
from chatd.terminal.console.picker import Offer, fitting, matching
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.finding import Matches
from chatd.terminal.core.marks import strip_marks
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import one_line
from chatd.terminal.ui.actions import TALK, Actions, Command, Run, is_command

if TYPE_CHECKING:
    from chatd.terminal.console.console import ConsoleApp

PRESSED = {
    "accept": "accept",
    "find": "find",
    "reopen": "close_or_reopen",
    "return": "give_back",
    "mute": "mute",
    "draft": "draft",
    "undo": "undo",
    "summary": "sum_up",
}


class Target:
    """The screen as the commands see it: its conversation is the one that is written to, the
    ticket's or that of its notes."""

    def __init__(self, app: ConsoleApp) -> None:
        self.app = app
        self.tell: Callable[[str], None] = app.tell
        self.quit: Callable[[], None] = app.quit
        self.opens: Callable[[asyncio.Task[None]], None] = app.opens
        self.give_back: Callable[[str], None] = app.give_back
        self.switch_private: Callable[[], None] = app.switch_private
        self.show_help: Callable[[], None] = app.show_help
        self.show_found: Callable[[str, Matches], None] = app.show_found

    @property
    def dialog(self) -> Dialog | None:
        """Where a message goes."""
        return self.app.target

    @property
    def picked(self) -> int | None:
        """Which message there it is about."""
        return self.app.picked

    def show(self, dialog_id: str) -> None:
        self.app.open(dialog_id)


class ConsoleActions(Actions):
    """Nothing goes to a customer whose ticket one has not taken, and nothing is lost by trying."""

    def __init__(self, app: ConsoleApp) -> None:
        super().__init__(app.session, app.texts, Target(app), table(app))
        self.app = app
        self.choices["operator"] = lambda: sorted(app.session.names)
        self.choices["department"] = lambda: [NONE, *(one.name for one in self.fitting())]
        self.choices["priority"] = lambda: list(PRIORITIES)

    def fitting(self) -> list[Department]:
        """Where the ticket that is open may go."""
        row = self.app.row
        return self.app.session.board.fitting(row.site) if row else []

    def values(self) -> dict[str, str]:
        """What is filled in for the variables of a canned answer."""
        row, session = self.app.row, self.app.session
        customer, ticket = (row.customer_name, row.id) if row else ("", "")
        return {"customer": customer, "operator": session.me.name, "ticket": ticket}

    def why_silent(self) -> str:
        """See :class:`Actions`: a ticket that one has not taken."""
        return self.app.why_silent()

    def say(self, text: str, *, action: bool = False, reply_to: int | None = None) -> bool:
        """An answer or a note; what cannot be said now stays in the field."""
        if why := self.why_silent():
            self.screen.tell(why)
            return False
        return super().say(text, action=action, reply_to=reply_to)

    def offers(self, typed: str, site: str) -> list[Offer]:
        """What the picker shows for a text that begins with ``/``."""
        word, space, _ = typed[1:].partition(" ")
        if not is_command(typed) or "\n" in typed:
            return []
        if space and word in self.table:
            return []
        answers = [
            Offer(one.name, text, one_line(strip_marks(text)))
            for one in fitting(self.app.session.canned, site)
            for text in [fill(one.text, self.values())]
        ]
        commands = [
            Offer(word, f"/{word} ", self.texts(command.text_of(word)), True, bool(command.usage))
            for word, command in self.table.items()
        ]
        return matching([*answers, *commands], typed[1:])


def table(app: ConsoleApp) -> dict[str, Command]:
    """Every key has its command, for terminals whose function keys are somebody else's."""
    own = {word: Command(pressing(app, action), opens=True) for word, action in PRESSED.items()}
    own["close"] = Command(closing(app), opens=True)
    own["unmark"] = Command(unmarking(app))
    own["note"] = Command(noting(app), "…", opens=True)
    own["transfer"] = Command(handing(app), "NAME", "operator", opens=True)
    own["tag"] = Command(tagging(app), "TAG -TAG")
    own["priority"] = Command(updating(app, "priority"), "WORD", "priority")
    own["department"] = Command(placing(app), "NAME", "department")
    own["snooze"] = Command(snoozing(app), "2h")
    own["snoozed"] = Command(aside(app), opens=True)
    own["view"] = Command(viewing(app), "NAME", opens=True)
    own["contact"] = Command(updating(app, "contact"), "MAIL")
    own["customer"] = Command(showing(app), opens=True)
    talk = {word: command for word, command in TALK.items() if word != "me"}
    return {**own, **talk, "away": Command(going(app, True)), "back": Command(going(app, False))}


def pressing(app: ConsoleApp, action: str) -> Run:
    """The same as a key."""

    async def press(actions: Actions, argument: str) -> None:
        await app.run_action(f"app.{action}")

    return press


def closing(app: ConsoleApp) -> Run:
    """``/close``: all that are marked, else as F8."""

    async def close(actions: Actions, argument: str) -> None:
        if app.marked:
            await do_all(app, lambda id: app.session.act("close", id))
        else:
            await app.run_action("app.close_or_reopen")

    return close


def unmarking(app: ConsoleApp) -> Run:
    """``/unmark``: none is marked any more."""

    async def unmark(actions: Actions, argument: str) -> None:
        for ticket_id in list(app.marked):
            app.toggle_mark(ticket_id)

    return unmark


def noting(app: ConsoleApp) -> Run:
    """``/note TEXT``: one note; ``/note``: as F4."""

    async def note(actions: Actions, argument: str) -> None:
        if argument and (notes := app.conversation.notes):
            app.session.send(notes.id, argument)
        elif argument:
            raise Refused("not_found", "there are no notes here", {})
        else:
            await app.run_action("app.note")

    return note


def handing(app: ConsoleApp) -> Run:
    """``/transfer NAME``: at once; without a name as F6."""

    async def transfer(actions: Actions, argument: str) -> None:
        if argument and app.marked:
            whom = argument.lower()
            await do_all(app, lambda id: app.session.act("transfer", id, operator=whom))
        elif argument and app.dialog:
            await app.hand_to(app.dialog.id, argument.lower())
        else:
            await app.run_action("app.transfer")

    return transfer


def tagging(app: ConsoleApp) -> Run:
    """``/tag vip, -refund``: one on, one off."""

    async def tag(actions: Actions, argument: str) -> None:
        words = [one.strip() for one in argument.split("," if "," in argument else None)]
        add = [one.removeprefix("+") for one in words if one and not one.startswith("-")]
        remove = [one.removeprefix("-") for one in words if one.startswith("-")]
        await do_all(app, lambda id: app.session.act("tag", id, add=add, remove=remove))

    return tag


def updating(app: ConsoleApp, field: str) -> Run:
    """``/priority urgent``, ``/contact anna@shop.example``."""

    async def update(actions: Actions, argument: str) -> None:
        told = {field: argument.strip()}
        await do_all(app, lambda id: app.session.act("update", id, **told))

    return update


def placing(app: ConsoleApp) -> Run:
    """``/department billing``, ``/department none``."""

    async def place(actions: Actions, argument: str) -> None:
        word = argument.strip()
        told = "" if word == NONE else word
        await do_all(app, lambda id: app.session.act("update", id, department=told))

    return place


def snoozing(app: ConsoleApp) -> Run:
    """``/snooze 2h``, ``/snooze 3d``, ``/snooze now``."""

    async def snooze(actions: Actions, argument: str) -> None:
        try:
            until = until_of(argument.strip(), app.session.now)
        except ValueError as error:
            app.tell(app.texts.refusal(Refused("invalid", str(error), {"field": "until"})))
            return
        await do_all(app, lambda id: app.session.act("snooze", id, until=until))

    return snooze


def aside(app: ConsoleApp) -> Run:
    """``/snoozed``: what is put aside, one's own and that of others, to find one among."""

    async def find(actions: Actions, argument: str) -> None:
        app.find_in(app.texts("console.fact_snoozed"), snoozed=True)

    return find


def viewing(app: ConsoleApp) -> Run:
    """``/view NAME``: the tickets of a saved view, to find one among; without a name which there
    are."""

    async def view(actions: Actions, argument: str) -> None:
        told = await app.attempt(app.session.ask("view:list"))
        if told is None:
            return
        names = [str(one.get("name")) for one in told.get("views", []) if isinstance(one, dict)]
        wanted = argument.strip().casefold()
        found = next((one for one in names if one.casefold() == wanted), None)
        if found:
            app.find_in(found, view=found)
        else:
            app.tell(app.texts("console.views", names=", ".join(names) or "—"))

    return view


def going(app: ConsoleApp, away: bool) -> Run:
    """``/away``, ``/back``."""

    async def go(actions: Actions, argument: str) -> None:
        await app.attempt(app.session.set_away(away))

    return go
