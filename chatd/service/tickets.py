"""A ticket's life: taken by somebody, given back, closed, opened again, written in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from chatd.domain.department import line_of
from chatd.domain.file import File
from chatd.domain.message import Message
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.domain.ticket import Action, Outcome, Ticket
from chatd.domain.times import to_text
from chatd.errors import Conflict
from chatd.protocol.commands import SendMessage
from chatd.service import attachments, bots, calls, compose, departments, reading, spread
from chatd.service.changes import add, request, settle
from chatd.service.context import Context, Services
from chatd.service.standing import Standing, has_room
from chatd.store.base import Committed


class Ending(NamedTuple):
    """How a request for help ends: by which action, as what it counts, what is said there."""

    action: Action
    outcome: Outcome
    says: str


CLOSED = Ending("close", "closed", "ticket_closed")
CLOSED_BY_CUSTOMER = Ending("close", "closed", "ticket_closed_by_customer")
SILENCE = Ending("close", "silence", "ticket_closed_silence")
CANCELLED = Ending("cancel", "cancelled", "ticket_cancelled")


def take(
    services: Services,
    ticket: Ticket,
    operator: Principal,
    *more: Message,
    by: Principal | None = None,
) -> Committed:
    """An operator takes a ticket, perhaps with a first answer; ``by``: who has them take it.
    Forbidden where it waits for others."""
    departments.check_takes(services, ticket, by or operator)
    now, waited = to_text(services.now()), services.waiting.wait_s(ticket)
    accepted = ticket.after("accept", now, **ownership(operator, now, by or operator))
    accepted, joined = introduce(services, accepted, operator)
    done = settle(services, accepted, "accepted", *joined, *more, by=name_of(operator))
    if ticket.status == "waiting":
        services.pace.note_acceptance(line_of(ticket), waited)
    services.metrics.accept_seconds.observe(waited)
    return done


def name_of(who: Principal) -> str:
    """Whom an episode names: an operator by user name, else who it is, else what they are called at
    the machine."""
    return who.operator or (who.id if who.kind == "visitor" else who.name)


def ownership(operator: Principal, now: str, by: Principal) -> dict[str, Any]:
    """The fields of a ticket that an operator now has; ``by``: who sees to that."""
    return {
        "operator": operator.operator,
        "handed_by": None if by.operator == operator.operator else name_of(by),
        "accepted_at": now,
        **offer_to(None, now),
        "passed": (),
    }


def offer_to(username: str | None, now: str) -> dict[str, Any]:
    """The fields of a ticket that an operator is asked to take, or nobody."""
    return {"offered_to": username, "offered_at": now if username else None}


def introduce(
    services: Services, ticket: Ticket, operator: Principal
) -> tuple[Ticket, list[Message]]:
    """The customer is told who is there, once per operator and episode; that somebody is there by
    now is told with the first of them."""
    username = operator.operator
    if username is None or username in ticket.connected:
        return ticket, []
    told = replace(ticket, connected=(*ticket.connected, username))
    again = bool(ticket.connected)
    notice = compose.notice(services, ticket, "operator_connected", again=again, name=operator.name)
    return told, [notice]


def connect(services: Services, ticket: Ticket, who: Principal) -> Ticket:
    """An operator opens a ticket: the customer is told, once per operator and episode."""
    if who.kind != "operator" or not ticket.open or who.operator in ticket.connected:
        return ticket
    changed = replace(ticket, version=ticket.version + 1, updated_at=to_text(services.now()))
    changed, joined = introduce(services, changed, who)
    settle(services, changed, "connected", *joined)
    return changed


def transfer(services: Services, ticket: Ticket, operator: Operator, by: Principal) -> Ticket:
    """To another operator, from whoever had it; as it then is."""
    now = to_text(services.now())
    target = Principal(kind="operator", name=operator.name, operator=operator.id)
    moved = ticket.after("transfer", now, **ownership(target, now, by))
    settle(services, moved, "transferred")
    return moved


def return_to_queue(services: Services, ticket: Ticket) -> Ticket:
    """Nobody's again; who had it is asked last when it is offered around."""
    now = to_text(services.now())
    requested_at = ticket.requested_at or now
    passed = (ticket.operator,) if ticket.operator else ()
    returned = ticket.after(
        "return",
        now,
        operator=None,
        handed_by=None,
        accepted_at=None,
        requested_at=requested_at,
        passed=passed,
    )
    settle(services, returned, "returned")
    return returned


def close(services: Services, ticket: Ticket, by: str, ending: Ending = CLOSED) -> Ticket:
    """Closes a ticket, and ends the call in it; as it then is."""
    now = to_text(services.now())
    closed = ticket.after(
        ending.action,
        now,
        closed_at=now,
        closed_by=by,
        outcome=ending.outcome,
        **offer_to(None, now),
        passed=(),
    )
    calls.end_within(services, ticket.id, by)
    settle(services, closed, "closed", compose.notice(services, closed, ending.says))
    return closed


def reopen(services: Services, ticket: Ticket, *more: Message, by: str) -> Committed:
    """A customer came back to a closed ticket: it waits again, with what they wrote. Who had it is
    asked first, if they are there and have room for it."""
    now = to_text(services.now())
    again = ticket.again("reopen", now)
    before = services.store.get(Operator, again.last_operator) if again.last_operator else None
    if before and is_work_of(services, ticket, before) and has_room(services, before):
        again = replace(again, **offer_to(before.id, now))
    again = replace(again, offline=Standing(services).is_unattended(ticket.site))
    notice = compose.notice(services, again, "ticket_reopened")
    return settle(services, again, "reopened", notice, *more, by=by)


def is_work_of(services: Services, ticket: Ticket, operator: Operator) -> bool:
    """Whether a ticket may be offered to somebody."""
    outside = departments.outside(services, operator.id)
    return operator.serves(ticket.site) and ticket.department not in outside


def move(services: Services, ticket: Ticket, department: str) -> Ticket:
    """To a department, or out of any. Who has it keeps it, where it is their work there, too; else
    it waits, at its old place in time, and its customer is told that somebody else will answer."""
    now, here = to_text(services.now()), department
    fresh: dict[str, Any] = {"department": here, "passed": (), **offer_to(None, now)}
    if ticket.status == "active" and here in departments.outside(services, ticket.operator or ""):
        since = ticket.requested_at or now
        nobodys: dict[str, Any] = {"operator": None, "handed_by": None, "accepted_at": None}
        moved = ticket.after("return", now, requested_at=since, **nobodys, **fresh)
        notice = compose.notice(services, moved, "ticket_passed_on")
        settle(services, moved, "transferred", notice)
        return moved
    moved = replace(ticket, updated_at=now, version=ticket.version + 1, **fresh)
    settle(services, moved, "transferred" if ticket.status == "waiting" else "updated")
    return moved


def wake(services: Services, ticket: Ticket, *said: Message) -> Committed:
    """A ticket that was put aside is at hand again, perhaps with what its customer wrote."""
    woken = ticket.put_aside(None, to_text(services.now()))
    return settle(services, woken, "woken", *said, by=ticket.customer_id if said else "")


def resume(services: Services, ticket: Ticket, operator: Principal) -> Committed:
    """A closed ticket is opened again by an operator, whose it then is (Forbidden, as to take it):
    they are announced with the first thing that they do there."""
    departments.check_takes(services, ticket, operator)
    now = to_text(services.now())
    again = ticket.again("resume", now, **ownership(operator, now, operator))
    notice = compose.notice(services, again, "ticket_reopened")
    return settle(services, again, "reopened", notice, by=name_of(operator))


def write(cx: Context, ticket: Ticket, command: SendMessage, files: Sequence[File] = ()) -> Message:
    """A message of a ticket's customer or operator, as stored."""
    services, who = cx.services, cx.principal
    if before := find_repeated(services, ticket, who, command.client_id):
        return before
    staff = who.serves(ticket.site)
    message = compose.personal(
        services,
        who,
        cx.place.sender_type(who),
        ticket.id,
        command.content,
        meta=compose.meta_of(services, command),
        client_id=command.client_id,
        type=command.type,
        files=attachments.attach_all(files),
    )
    with spread.Keeping(cx, message), reading.CatchingUp(cx, message):
        return answer(services, ticket, who, message) if staff else ask(services, ticket, message)


def find_repeated(
    services: Services, ticket: Ticket, who: Principal, client_id: str | None
) -> Message | None:
    """The message that this one is a repeat of, whatever became of the ticket since."""
    return services.store.find_sent(ticket.id, who.id, client_id) if client_id else None


def ask(services: Services, ticket: Ticket, message: Message) -> Message:
    """A customer writes: a closed ticket opens again, the bot answers if it is its turn."""
    if ticket.status == "closed":
        return reopen(services, ticket, message, by=ticket.customer_id).messages[-1]
    if ticket.status == "bot" and not services.bots.of(ticket.site).active:
        return request(services, ticket, message).messages[-1]
    if ticket.snoozed_until:
        return wake(services, ticket, message).messages[-1]
    stored = add(services, ticket, message, ticket.customer_id)
    bots.answer_soon(services, ticket)
    return stored


def answer(services: Services, ticket: Ticket, operator: Principal, message: Message) -> Message:
    """An operator writes: an unowned ticket becomes theirs, the customer learns who is there."""
    if not ticket.open:
        word = ticket.last_word()
        raise Conflict(
            f"{ticket.id} is closed by {word['by']} at {word['at']}: reopen it first",
            status=ticket.status,
            **word,
        )
    by = name_of(operator)
    if operator.operator is None:
        return add(services, ticket, message, by)
    if ticket.status != "active":
        return take(services, ticket, operator, message).messages[-1]
    changed = replace(ticket, version=ticket.version + 1, updated_at=message.created_at)
    changed, joined = introduce(services, changed, operator)
    if joined:
        return settle(services, changed, "connected", *joined, message, by=by).messages[-1]
    return add(services, ticket, message, by)
