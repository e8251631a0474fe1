"""How long who is somebody stays so: as long as it is used, over every transport, and no longer."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from chatd.domain import topics
from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.domain.person import Account
from chatd.domain.principal import Principal
from chatd.domain.times import to_epoch, to_text
from chatd.domain.versions import successor
from chatd.errors import Overtaken, Unavailable
from chatd.live.connections import CLOSE_KICKED, CLOSE_UNIDENTIFIED, Connection
from chatd.protocol.events import IdentityExpiring
from chatd.runtime.loop import in_turns
from chatd.service import announce, presence
from chatd.service.context import Services
from chatd.store.base import Put

Holder = Participant | LoginSession
Kind = Literal["visitor", "operator", "person"]
USE_NOTED_S = 3_600
HOUR, DAY = 3_600, 86_400
# Of what a site signs: told so long before it ends, and good so long after.
ASKED_BEFORE_S, GRACE_S = 90, 300


def kind_of(holder: Holder) -> Kind:
    """Whose token it is."""
    if isinstance(holder, Participant):
        return "visitor"
    return "person" if holder.account else "operator"


def lasting_s(services: Services, kind: Kind) -> int:
    """How long a token of this kind is good for without being used."""
    tokens = services.config.tokens
    if kind == "operator":
        return tokens.operator_hours * HOUR
    return (tokens.person_days if kind == "person" else tokens.visitor_days) * DAY


def until(services: Services, kind: Kind) -> str:
    """When a token that is used now would end."""
    return to_text(services.now() + lasting_s(services, kind))


def has_ended(services: Services, holder: Holder) -> bool:
    """Whether a token's time is over."""
    return holder.expires_at <= to_text(services.now())


def is_worn(services: Services, holder: Holder) -> bool:
    """Whether it is worth a commit to put the end of a token off: a tenth of its time is gone, of
    a visitor's or a person's at most a day, of an operator's an hour. A program's ends when it
    ends: that it was used is noted once an hour."""
    if isinstance(holder, LoginSession) and holder.program:
        return holder.used_at <= to_text(services.now() - USE_NOTED_S)
    kind = kind_of(holder)
    lasts = lasting_s(services, kind)
    step = min(lasts / 10, HOUR if kind == "operator" else DAY)
    return holder.expires_at < to_text(services.now() + lasts - step)


def note_use(services: Services, holder: Holder) -> None:
    """A token was used: it ends later, or that is noted; nobody waits for it to be stored."""
    if is_worn(services, holder):
        services.tasks.spawn("prolong", prolong, services, holder.id)


def prolong(services: Services, id: str) -> None:
    """Puts the end of a token off, as the document is by now."""
    holder: Holder | None = services.store.get(LoginSession, id) or services.store.get(
        Participant, id
    )
    if holder and is_worn(services, holder) and not has_ended(services, holder):
        later = Put(with_use(services, holder))
        with suppress(Unavailable, Overtaken):  # who was faster has prolonged it, or ended it
            services.store.commit(later)


def with_use(services: Services, holder: Holder) -> Holder:
    """As it is once it was used now."""
    if isinstance(holder, LoginSession) and holder.program:
        return successor(holder, used_at=to_text(services.now()))
    if isinstance(holder, LoginSession) and holder.operator:
        now = to_text(services.now())
        return successor(holder, expires_at=until(services, "operator"), used_at=now)
    return successor(holder, expires_at=until(services, kind_of(holder)))


def holder_of(services: Services, connection: Connection) -> Holder | None:
    """By whose token a connection is who it is; nothing when that was taken back."""
    who = connection.principal
    if not logs_in(who):
        visitor = services.store.get(Participant, who.id)
        known = visitor and (visitor.token_hash or visitor.signed)
        return visitor if known else None  # without: a person by now
    session = services.store.get(LoginSession, connection.key.partition(".")[0])
    if who.kind == "program":
        return session
    account = account_of(services, who)
    return session if account and not account.disabled else None


def account_of(services: Services, who: Principal) -> Operator | Account | None:
    """The account of an operator or of a person."""
    if who.operator is not None:
        return services.store.get(Operator, who.operator)
    return services.store.get(Account, who.account or "")


def logs_in(who: Principal) -> bool:
    """Whether this is somebody by a session."""
    return who.operator is not None or who.account is not None or who.kind == "program"


def tend(services: Services) -> None:
    """Looks at all connections: what is used lasts, and what has run out ends with its token."""
    for connection in in_turns(services.connections):
        if connection.renews_at and connection.renews_at <= to_text(services.now()):
            ask_anew(services, connection)
        if connection.principal.kind in ("visitor", "operator", "program"):
            look_at(services, connection)


def look_at(services: Services, connection: Connection) -> None:
    """One of them. Of a visitor's nothing is read before it is time."""
    by_session, now = logs_in(connection.principal), to_text(services.now())
    if not (by_session or connection.used or connection.ends_at <= now):
        return
    if connection.used and not by_session and connection.ends_at > soon(services):
        connection.used = False
        return
    holder = holder_of(services, connection)
    ends_at = end_of(connection, holder) if holder else ""
    if holder is None or has_ended(services, holder) or ends_at <= now:
        end(services, connection)
        return
    if connection.used:
        connection.used = False
        note_use(services, holder)
    connection.ends_at = ends_at


def end_of(connection: Connection, holder: Holder) -> str:
    """When the token ends by which a connection is who it is; empty where it has ended."""
    if not isinstance(holder, Participant) or holder.signed is None:
        return holder.expires_at
    device = holder.signed.device_of(connection.secret)
    return device.expires_at if device else ""


def follow_end(services: Services, connection: Connection) -> None:
    """From now on it is looked at when its token ends; whose site has to say again in time who they
    are is told so a little before that."""
    holder = holder_of(services, connection)
    connection.ends_at = end_of(connection, holder) if holder else ""
    connection.renews_at = ""
    if isinstance(holder, Participant) and holder.signed and connection.ends_at:
        before = to_epoch(connection.ends_at) - GRACE_S - ASKED_BEFORE_S
        connection.renews_at = to_text(before)
        services.hub.hold(topics.peer(connection.id), connection)
        if before <= services.now():
            ask_anew(services, connection)


def ask_anew(services: Services, connection: Connection) -> None:
    """The page is told, once, that its site has to say again who this is."""
    connection.renews_at = ""
    signed_until = to_text(to_epoch(connection.ends_at) - GRACE_S)
    told = IdentityExpiring(expires_at=signed_until, ends_at=connection.ends_at)
    announce.tell(services, topics.peer(connection.id), told)


def soon(services: Services) -> str:
    """A visitor's token that ends later than this is not worth a look."""
    lasts = lasting_s(services, "visitor")
    return to_text(services.now() + lasts - min(lasts / 10, DAY))


def end(services: Services, connection: Connection) -> None:
    """Who logs in does so again; a visitor's page says hello again."""
    presence.disconnect(services, connection)
    if logs_in(connection.principal):
        connection.close(CLOSE_KICKED, "the session has run out")
    else:
        connection.close(CLOSE_UNIDENTIFIED, "the token has run out: say hello again")
