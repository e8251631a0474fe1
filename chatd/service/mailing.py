"""When mail is sent: errands that are stored with what causes them, and are carried out here."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.episode import Episode
from chatd.domain.errand import MAIL, Errand
from chatd.domain.mail import domain_of
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.domain.versions import rerun, successor
from chatd.errands.base import Failed, Later, Trial
from chatd.errands.letters import Letter, compose
from chatd.errands.smtp import Delivery
from chatd.errors import Damaged, Overtaken, RateLimited, Unavailable
from chatd.protocol.events import TicketChange
from chatd.service import letters
from chatd.service.context import Services
from chatd.service.standing import Standing
from chatd.service.texts import site_language, site_text
from chatd.store.base import Put

Type = Literal["transcript", "digest", "team"]
ASKING: frozenset[TicketChange] = frozenset({"opened", "waiting", "reopened"})


class Caused(Struct, frozen=True):
    """What a change of a ticket causes: its episode's puts, which may say more now, and errands."""

    noted: tuple[Put, ...]
    errands: tuple[Errand, ...] = ()


def of_change(
    services: Services,
    ticket: Ticket,
    change: TicketChange,
    messages: Iterable[Message],
    noted: tuple[Put, ...],
) -> Caused:
    """A ticket changed, and with it came messages."""
    if not services.config.mail.host:
        return Caused(noted)
    answered = any(map(letters.is_for_customer, messages))
    late = change == "updated" and has_unread(services, ticket)
    caused = digest_later(services, ticket, noted) if answered or late else Caused(noted)
    if change in ASKING and is_left_alone(services, ticket):
        data: dict[str, Any] = {"ticket": {"id": ticket.id}, "episode": ticket.episode_id}
        seconds = services.config.mail.team_seconds
        return Caused(caused.noted, (*caused.errands, *make(services, "team", data, seconds)))
    return caused


def of_message(
    services: Services, ticket: Ticket, message: Message, noted: tuple[Put, ...]
) -> Caused:
    """A message of a ticket that changes nothing else."""
    if not ticket.contact or not letters.is_for_customer(message) or not services.config.mail.host:
        return Caused(noted)
    return digest_later(services, ticket, noted)


def digest_later(services: Services, ticket: Ticket, noted: tuple[Put, ...]) -> Caused:
    """Something was said to a customer: if they do not read it they are mailed, once for all of
    it."""
    if not ticket.contact:
        return Caused(noted)
    episode = noted[0].document if noted else next_of(services, ticket)
    if not isinstance(episode, Episode) or waits(services, episode.digest):
        return Caused(noted)
    data: dict[str, Any] = {"ticket": {"id": ticket.id}, "episode": episode.id}
    made = make(services, "digest", data, services.config.mail.unread_seconds)
    if not made:
        return Caused(noted)
    return Caused((Put(replace(episode, digest=made[0].id)), *noted[1:]), made)


def next_of(services: Services, ticket: Ticket) -> Episode | None:
    """A ticket's episode, one version on; nothing where it cannot be read."""
    with suppress(Damaged):
        known = services.store.get(Episode, ticket.episode_id)
        return successor(known) if known else None
    return None


def waits(services: Services, errand_id: str) -> bool:
    """Whether a letter has still to be written, so that it will say what is said by then."""
    errand = services.store.get(Errand, errand_id) if errand_id else None
    return errand is not None and errand.waits and not errand.handed_at


def has_unread(services: Services, ticket: Ticket) -> bool:
    """Whether the customer has something to read."""
    return services.store.conversation(ticket.id).unread(ticket.customer_id) > 0


def is_left_alone(services: Services, ticket: Ticket) -> bool:
    """Whether somebody waits whom nobody is there for, and there is a team to be told."""
    if ticket.status != "waiting" or ticket.site not in services.config.mail.teams:
        return False
    return not Standing(services).has_anybody(ticket)


def make(
    services: Services, type: Type, data: dict[str, Any], seconds: float
) -> tuple[Errand, ...]:
    """An errand that is due in so many seconds; none, where too many wait already."""
    if not services.errands.has_room(MAIL, services.config.mail.most_waiting):
        return ()
    now = services.now()
    id = services.new_errand.id(now)
    return (Errand(id, MAIL, MAIL, type, to_text(now), data, next_at=now + seconds),)


def ask_transcript(services: Services, ticket: Ticket, to: str) -> Errand | None:
    """Mails all that was said so far, now; none, where too many letters wait already."""
    until = services.store.conversation(ticket.id).last_seq
    made = make(services, "transcript", {"ticket": {"id": ticket.id}, "to": to, "until": until}, 0)
    if made:
        services.store.commit(*map(Put, made))
        services.errands.put(made)
    return made[0] if made else None


def carry(services: Services, trial: Trial) -> str:
    """See :data:`chatd.errands.base.Carry`."""
    settings, errand = services.config.mail, trial.errand
    if not settings.host:
        raise Failed("the configuration has no mail.host any more", again=False)
    draft = letters.draft(services, errand)
    if errand.type == "digest" and errand.attempts == 1:
        count(services, draft.letter.to)

    def hand_over() -> None:
        trial.hand_over(*draft.changes, data={**errand.data, **draft.data})

    message = compose(draft.letter, settings.from_address)
    try:
        return Delivery(settings, hand_over).send(message, draft.letter.to)
    finally:
        if trial.errand.handed_at and errand.type == "digest":
            look_behind(services, errand.data["ticket"]["id"], draft.until)


def look_behind(services: Services, ticket_id: str, until: int) -> None:
    """What was said while a letter was written is in the next one."""

    def attempt() -> None:
        ticket = services.store.get(Ticket, ticket_id)
        last = services.store.conversation(ticket_id).last_seq
        if ticket and letters.unread(services, ticket, until, last):
            caused = digest_later(services, ticket, ())
            if caused.errands:
                services.store.commit(*caused.noted, *map(Put, caused.errands))
                services.errands.put(caused.errands)

    with suppress(Overtaken, Unavailable, Damaged):
        rerun(attempt)


def count(services: Services, to: str) -> None:
    """One more letter that nobody asked for; Later, where one address got too many."""
    try:
        services.limiter.hit("mails_per_recipient", to)
    except RateLimited as limited:
        raise Later(float(limited.details["retry_after"])) from None


def send_test(services: Services, to: str) -> str:
    """What the server answered to a letter that says nothing; Failed, Unsure."""
    settings, now = services.config.mail, services.now()
    if not settings.host:
        raise Failed("mail.host is not set: no mail is sent")
    site = services.config.default_site
    id = services.new_errand.id(now)
    letter = Letter(
        id=id,
        thread=f"test.{domain_of(to)}",
        language=site_language(services, site),
        created_at=to_text(now),
        to=to,
        from_name=letters.site_name(services, site),
        subject=site_text(services, site, "mail.test.subject"),
        before=(site_text(services, site, "mail.test.before"),),
        said=(),
        after=(),
    )
    message = compose(letter, settings.from_address)
    return Delivery(settings, lambda: None).send(message, to)
