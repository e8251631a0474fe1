"""People who call each other on the stage."""

from __future__ import annotations

from typing import Any

from chatd.protocol.calls import AcceptCall, StartCall
from chatd.protocol.commands import GetHistory
from chatd.protocol.support import AcceptTicket
from tests.handlers.stage import Person, Stage
from tests.trust.house import convert_config


def in_ticket(stage: Stage) -> tuple[Person, Person, str]:
    """A customer, the operator who has their ticket, and the ticket."""
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=ticket))
    return anna, artem, ticket


def ring(person: Person, dialog_id: str, *media: str) -> Any:
    """The call that somebody starts."""
    return person.ask(StartCall(dialog_id=dialog_id, media=list(media) or ["audio"])).call  # type: ignore[arg-type]


def talk(caller: Person, callee: Person, dialog_id: str) -> str:
    """The id of a call between two that is active."""
    id: str = ring(caller, dialog_id).id
    callee.ask(AcceptCall(call_id=id))
    caller.heard(), callee.heard()
    return id


def last(person: Person, dialog_id: str) -> Any:
    """The newest message."""
    return person.ask(GetHistory(dialog_id=dialog_id)).messages[-1]


def states(person: Person) -> list[tuple[str, str | None]]:
    """What they heard of calls since they were last asked."""
    return [(one["call"]["state"], one["call"]["reason"]) for one in person.heard("call:update")]


def settings(stage: Stage, **given: Any) -> None:
    """Another configuration, as after a reload."""
    known = {**stage.settings, "data_dir": str(stage.directory)}
    stage.services.config = convert_config({**known, **given})
