"""How long who is somebody stays so: as long as it is used, over every transport, and no longer."""

from __future__ import annotations

from contextlib import suppress

from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Overtaken, Unavailable
from chatd.live.connections import CLOSE_KICKED, CLOSE_UNIDENTIFIED, Connection
from chatd.runtime.loop import in_turns
from chatd.service import presence
from chatd.service.context import Services
from chatd.store.base import Put

Holder = Participant | LoginSession
HOUR, DAY = 3_600, 86_400


def lasting_s(services: Services, kind: type[Holder]) -> int:
    """How long a token of this kind is good for without being used."""
    tokens = services.config.tokens
    return tokens.operator_hours * HOUR if kind is LoginSession else tokens.visitor_days * DAY


def until(services: Services, kind: type[Holder]) -> str:
    """When a token that is used now would end."""
    return to_text(services.now() + lasting_s(services, kind))


def has_ended(services: Services, holder: Holder) -> bool:
    """Whether a token's time is over."""
    return holder.expires_at <= to_text(services.now())


def is_worn(services: Services, holder: Holder) -> bool:
    """Whether it is worth a commit to put the end of a token off: a tenth of its time is gone, of
    a visitor's at most a day, of a session's an hour."""
    lasts = lasting_s(services, type(holder))
    step = min(lasts / 10, HOUR if isinstance(holder, LoginSession) else DAY)
    return holder.expires_at < to_text(services.now() + lasts - step)


def note_use(services: Services, holder: Holder) -> None:
    """A token was used: it ends later; nobody waits for that to be stored."""
    if is_worn(services, holder):
        services.tasks.spawn("prolong", prolong, services, holder.id)


def prolong(services: Services, id: str) -> None:
    """Puts the end of a token off, as the document is by now."""
    kind = LoginSession if id.startswith("s-") else Participant
    holder: Holder | None = services.store.get(LoginSession, id) or services.store.get(
        Participant, id
    )
    if holder and is_worn(services, holder) and not has_ended(services, holder):
        later = Put(successor(holder, expires_at=until(services, kind)))
        with suppress(Unavailable, Overtaken):  # who was faster has prolonged it, or ended it
            services.store.commit(later)


def holder_of(services: Services, connection: Connection) -> Holder | None:
    """By whose token a connection is who it is; nothing when that was taken back."""
    who = connection.principal
    if who.operator is None:
        return services.store.get(Participant, who.id)
    session = services.store.get(LoginSession, connection.key.partition(".")[0])
    account = services.store.get(Operator, who.operator)
    return session if account and not account.disabled else None


def tend(services: Services) -> None:
    """Looks at all connections: what is used lasts, and what has run out ends with its token."""
    for connection in in_turns(services.connections):
        if connection.principal.kind in ("visitor", "operator"):
            look_at(services, connection)


def look_at(services: Services, connection: Connection) -> None:
    """One of them. Of a visitor's nothing is read before it is time."""
    operator, now = connection.principal.operator is not None, to_text(services.now())
    if not (operator or connection.used or connection.ends_at <= now):
        return
    if connection.used and not operator and connection.ends_at > soon(services):
        connection.used = False
        return
    holder = holder_of(services, connection)
    if holder is None or has_ended(services, holder):
        end(services, connection)
        return
    if connection.used:
        connection.used = False
        note_use(services, holder)
    connection.ends_at = holder.expires_at


def soon(services: Services) -> str:
    """A visitor's token that ends later than this is not worth a look."""
    lasts = lasting_s(services, Participant)
    return to_text(services.now() + lasts - min(lasts / 10, DAY))


def end(services: Services, connection: Connection) -> None:
    """An operator logs in again; a visitor's page says hello again."""
    presence.disconnect(services, connection)
    if connection.principal.operator:
        connection.close(CLOSE_KICKED, "the session has run out")
    else:
        connection.close(CLOSE_UNIDENTIFIED, "the token has run out: say hello again")
