"""What becomes of a promise while its ticket changes: kept, missed, reckoned anew, put aside."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from chatd.domain.deadlines import Deadline, Promise, Terms, Told, Verdict
from chatd.domain.ticket import FOR_OPERATORS, Ticket

Kind = Literal["response", "resolution"]
TargetState = Literal["due", "soon", "overdue", "paused", "met", "missed"]
KINDS: tuple[Kind, ...] = ("response", "resolution")


def asks(ticket: Ticket) -> bool:
    """Whether a person is wanted as of this very change, of whom nothing is promised yet."""
    if ticket.promise or ticket.status not in FOR_OPERATORS:
        return False
    return ticket.requested_at is not None and ticket.requested_at == ticket.updated_at


def follow(ticket: Ticket, terms: Terms, at: str, answered_at: str | None) -> Ticket:
    """A ticket as it is changed, with what is then promised of it; ``answered_at``: when an
    operator says something with that change."""
    promise = ticket.promise or (None if terms.empty or not asks(ticket) else begin(ticket))
    if promise is None:
        return ticket
    promise = stand(promise, terms, at, aside=ticket.snoozed_until is not None)
    if ticket.status != "closed":
        if answered_at and not promise.answered_at:
            promise = replace(promise, answered_at=answered_at)
        if not ticket.promise or is_other(promise, ticket):
            promise = reckon(promise, ticket, terms, at)
    changed = replace(ticket, promise=promise)
    return finish(changed, promise) if ticket.closed_at else changed


def begin(ticket: Ticket) -> Promise:
    """Who opens a ticket again as an operator is not waited for."""
    since = ticket.requested_at or ticket.updated_at
    answered = None if ticket.status == "waiting" else since
    return Promise(
        since=since,
        priority=ticket.priority,
        department=ticket.department,
        answered_at=answered,
    )


def is_other(promise: Promise, ticket: Ticket) -> bool:
    """Whether it was reckoned for something else than the ticket is by now."""
    return (promise.priority, promise.department) != (ticket.priority, ticket.department)


def reckon(promise: Promise, ticket: Ticket, terms: Terms, at: str) -> Promise:
    """By the ticket's priority and department, since when a person is wanted, not since now; what
    is done stays as it was."""
    since, priority = promise.since, ticket.priority
    response = promise.response
    if not promise.answered_at:
        response = terms.deadline(since, terms.response.get(priority))
    resolution = terms.deadline(since, terms.resolution.get(priority), promise.stood_s)
    return replace(
        promise,
        priority=priority,
        department=ticket.department,
        response=response and told_before(response, promise.response, at),
        resolution=resolution and told_before(resolution, promise.resolution, at),
    )


def told_before(new: Deadline, old: Deadline | None, at: str) -> Deadline:
    """What was told of the old one and still holds is not told again."""
    holds: Told = ""
    if old and old.told and new.warn_at <= at:
        late = new.by <= at
        holds = old.told if late or old.told == "soon" else ""
    return replace(new, told=holds)


def stand(promise: Promise, terms: Terms, at: str, *, aside: bool) -> Promise:
    """The time for the resolution stands still while the ticket is put aside."""
    began = promise.stands_since
    if aside:
        return promise if began else replace(promise, stands_since=at)
    if began is None:
        return promise
    stood, resolution = terms.between(began, at), promise.resolution
    if resolution and resolution.told != "overdue" and resolution.by > began:
        resolution = terms.shift(resolution, stood)
    return replace(
        promise, stands_since=None, stood_s=promise.stood_s + stood, resolution=resolution
    )


def finish(ticket: Ticket, promise: Promise) -> Ticket:
    """What was not done by the end, and is late, is missed, whether or not that was told."""
    for kind in KINDS:
        deadline = due(promise, kind)
        if deadline and not done_at(ticket, kind) and deadline.by < (ticket.closed_at or ""):
            promise = tell(promise, kind, "overdue")
    return replace(ticket, promise=promise)


def stands(promise: Promise, kind: Kind, deadline: Deadline) -> bool:
    """Whether time stands still for it, and did before it was late."""
    began = promise.stands_since
    return kind == "resolution" and began is not None and deadline.by > began


def tell(promise: Promise, kind: Kind, told: Told) -> Promise:
    """With what its people are told of one of both."""
    deadline = due(promise, kind)
    assert deadline
    changed = replace(deadline, told=told)
    return (
        replace(promise, response=changed)
        if kind == "response"
        else replace(promise, resolution=changed)
    )


def due(promise: Promise, kind: Kind) -> Deadline | None:
    return promise.response if kind == "response" else promise.resolution


def done_at(ticket: Ticket, kind: Kind) -> str | None:
    """When it was; who wanted nobody any more was not helped."""
    if kind == "response":
        return ticket.promise.answered_at if ticket.promise else None
    return None if ticket.outcome == "cancelled" else ticket.closed_at


def verdict(ticket: Ticket, kind: Kind) -> Verdict:
    """Whether what was promised was kept; empty where nothing was, or it may still be."""
    deadline = due(ticket.promise, kind) if ticket.promise else None
    return deadline.verdict(done_at(ticket, kind)) if deadline else ""


def state_of(ticket: Ticket, kind: Kind) -> tuple[str, TargetState] | None:
    """Until when something was promised, and how that stands; nothing where it was not, or what
    never was done need not be any more."""
    deadline = due(ticket.promise, kind) if ticket.promise else None
    if ticket.promise is None or deadline is None:
        return None
    known = deadline.verdict(done_at(ticket, kind))
    if not ticket.open or done_at(ticket, kind):
        return (deadline.by, known) if known else None
    if stands(ticket.promise, kind, deadline):
        return deadline.by, "paused"
    return deadline.by, deadline.told or "due"


def is_overdue(ticket: Ticket, at: str) -> bool:
    """Whether something is late by then, and still to be done."""
    if ticket.promise is None or not ticket.open:
        return False
    left = {kind: due(ticket.promise, kind) for kind in KINDS if not done_at(ticket, kind)}
    return any(
        one.by <= at and not stands(ticket.promise, kind, one) for kind, one in left.items() if one
    )


def next_due(ticket: Ticket) -> tuple[str, Kind] | None:
    """When there is something to tell next, and of which of both."""
    promise = ticket.promise
    if promise is None or not ticket.open:
        return None
    found = list[tuple[str, Kind]]()
    for kind in KINDS:
        deadline = due(promise, kind)
        if deadline is None or done_at(ticket, kind) or stands(promise, kind, deadline):
            continue
        if deadline.next_at:
            found.append((deadline.next_at, kind))
    return min(found) if found else None


def warn(ticket: Ticket, at: str) -> tuple[Ticket, Told]:
    """The ticket after its people were told what is due by then, and what that is; of what is late
    already only that it is."""
    found = next_due(ticket)
    if found is None or found[0] > at or ticket.promise is None:
        return ticket, ""
    kind, deadline = found[1], due(ticket.promise, found[1])
    told: Told = "overdue" if deadline and deadline.by <= at else "soon"
    promise = tell(ticket.promise, kind, told)
    return replace(ticket, promise=promise, version=ticket.version + 1), told
