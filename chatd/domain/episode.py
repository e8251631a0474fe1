"""An episode: one request for help, from asking to closing; what figures are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.deadlines import Verdict
from chatd.domain.message import Message
from chatd.domain.rating import Rating
from chatd.domain.sla import verdict
from chatd.domain.ticket import Outcome, Priority, Ticket, episode_id

Counted = Literal["offers", "passes", "transfers", "returns"]
Said = tuple[int, int]  # how many messages the customer of a ticket wrote, and its operators
NOTHING_SAID: Said = (0, 0)
SIDES = frozenset({"customer", "admin"})
Counting = TypeVar("Counting", bound=Struct)


class Episode(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request for help, stored with each change of its ticket, which opening again leaves as it
    was. ``number`` counts those of the ticket, ``previous`` is the id of the one before.

    What is said is counted by the ticket's conversation, and taken over whenever the episode is
    stored: ``counted`` is how far that had come by then.

    Who answers stands here by user name; who opened and closed it may be the customer, the shell
    or the daemon, too. ``accepted_at``: by the first who did; ``operator``: who had it last.
    ``requested_at``: since when a person is wanted, which the bot may have kept from being so.
    ``passes``: offers that nobody took up. ``customer_left_at``: since when nothing of the customer
    is connected or asks over HTTP, as was known at the last change; nothing while they are here.
    ``partial``: of what was before the last change of the data format only the times are known.
    ``digest``: the errand that will mail to a customer who is gone what they have not read;
    ``mailed``: up to which message that was done; ``mails``: the errands that did, the newest.
    ``priority``, ``tags``, ``department``: what its ticket had last in it; ``rating``: what its
    customer says of it; ``outcome``: how it ended, not known of those from before that was kept;
    ``unread``: how much of what it was told the customer had not read by then; ``offline``: it was
    asked for while nobody came soon.
    ``response`` and ``resolution``: whether what was promised of either was kept, as far as it was.
    """

    id: str
    ticket: str
    number: int
    site: str
    opened_at: str
    opened_by: str = ""
    requested_at: str | None = None
    accepted_at: str | None = None
    accepted_by: str | None = None
    first_response_at: str | None = None
    first_response_by: str | None = None
    closed_at: str | None = None
    closed_by: str | None = None
    operator: str | None = None
    offers: int = 0
    passes: int = 0
    transfers: int = 0
    returns: int = 0
    customer_messages: int = 0
    operator_messages: int = 0
    counted: Said | None = None
    customer_left_at: str | None = None
    previous: str = ""
    partial: bool = False
    digest: str = ""
    mailed: int = 0
    mails: tuple[str, ...] = ()
    priority: Priority = "normal"
    tags: tuple[str, ...] = ()
    rating: Rating | None = None
    department: str = ""
    outcome: Outcome = ""
    response: Verdict = ""
    resolution: Verdict = ""
    unread: int = 0
    offline: bool = False
    version: int = 1

    def count(self, said: Said, since: Said = NOTHING_SAID) -> Episode:
        """With what was said until now in its conversation; ``since``: for one that has not counted
        yet."""
        return count(self, said, since)


def count(one: Counting, said: Said, since: Said = NOTHING_SAID) -> Counting:
    """The same of whatever has these fields of an episode."""
    kept: Any = one
    before = since if kept.counted is None else kept.counted
    return replace(
        one,
        customer_messages=kept.customer_messages + max(0, said[0] - before[0]),
        operator_messages=kept.operator_messages + max(0, said[1] - before[1]),
        counted=said,
    )


def begin(ticket: Ticket, by: str, *, previous: str = "", partial: bool = False) -> Episode:
    """The episode of a ticket that begins, or that nothing is kept of yet."""
    return Episode(
        id=ticket.episode_id,
        ticket=ticket.id,
        number=ticket.episode,
        site=ticket.site,
        opened_at=ticket.began_at,
        opened_by=by,
        offers=int(ticket.offered_to is not None),
        previous=previous,
        partial=partial,
        **fields_of(ticket),
    )


def fields_of(ticket: Ticket) -> dict[str, Any]:
    """What the ticket says of its episode itself."""
    return {
        "requested_at": ticket.requested_at,
        "accepted_at": ticket.accepted_at,
        "accepted_by": ticket.operator,
        "operator": ticket.operator,
        "closed_at": ticket.closed_at,
        "closed_by": ticket.closed_by,
        "priority": ticket.priority,
        "tags": ticket.tags,
        "rating": ticket.rating,
        "department": ticket.department,
        "outcome": ticket.outcome,
        "offline": ticket.offline,
        "response": verdict(ticket, "response"),
        "resolution": verdict(ticket, "resolution"),
    }


def follow(episode: Episode, ticket: Ticket, counted: Counted | None) -> Episode:
    """After a change of its ticket: what that says is taken over, but that who accepted it first,
    and who had it last, is not forgotten when it is given back."""
    now = fields_of(ticket)
    if episode.accepted_at:
        now |= {"accepted_at": episode.accepted_at, "accepted_by": episode.accepted_by}
    now["operator"] = ticket.operator or episode.operator
    if counted:
        now[counted] = getattr(episode, counted) + 1
    return replace(episode, **now)


def after_messages(
    episode: Episode, messages: Sequence[Message], by: str, left_at: str | None
) -> Episode:
    """After messages of its ticket, the same one where they are no news: the first answer is kept,
    and since when the customer is gone, unless one of these is theirs. ``by``: who acts."""
    news: dict[str, Any] = {}
    for message in messages:
        if message.sender_type == "customer":
            left_at = None
        elif message.sender_type == "admin" and not (episode.first_response_at or news):
            news = {"first_response_at": message.created_at, "first_response_by": by}
    if left_at != episode.customer_left_at:
        news["customer_left_at"] = left_at
    return replace(episode, **news) if news else episode


def said_after(said: Said, message: Message) -> Said:
    """How much was said, with one more message; what nobody of both sides says does not count."""
    customer, operators = said
    if message.sender_type == "customer":
        return customer + 1, operators
    return (customer, operators + 1) if message.sender_type == "admin" else said


def episodes_of(ticket: Ticket) -> list[Episode]:
    """All episodes that a ticket knows of that was stored before there were any, oldest first."""
    first, found = ticket.episode - len(ticket.past), list[Episode]()
    for number, past in enumerate(ticket.past, first):
        began = (ticket.created_at if number == 1 else past.requested_at) or ticket.created_at
        over = Episode(
            id=episode_id(ticket.id, number, began),
            ticket=ticket.id,
            number=number,
            site=ticket.site,
            opened_at=began,
            requested_at=past.requested_at,
            accepted_at=past.accepted_at,
            accepted_by=past.operator,
            operator=past.operator,
            closed_at=past.closed_at,
            closed_by=past.closed_by,
            previous=found[-1].id if found else "",
            partial=True,
        )
        found.append(over)
    previous = found[-1].id if found else ""
    return [*found, begin(ticket, "", previous=previous, partial=True)]
