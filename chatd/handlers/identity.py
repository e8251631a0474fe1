"""Who is who: visitors' tokens and operators' sessions, made, checked and taken back."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from msgspec.structs import replace

from chatd.context import Services
from chatd.domain.participant import Operator, Participant, Session
from chatd.domain.principal import Principal, of_operator, of_visitor
from chatd.domain.times import to_text
from chatd.errors import Invalid, Unauthenticated
from chatd.store.base import Put, Remove

DAY = 86_400
UNKNOWN = "this token is unknown, expired or taken back; say hello without one, or log in again"


def new_id(prefix: str, now: float) -> str:
    """``p-67a1b2c3-9f…``: begins with the time, so that a store finds it without an index."""
    return f"{prefix}-{int(now):x}-{secrets.token_hex(6)}"


def new_secret() -> str:
    """192 random bits."""
    return secrets.token_urlsafe(24)


def digest(secret: str) -> str:
    """What is kept of a token; it is random and long, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def clean_name(name: str, field: str = "name") -> str:
    """A name on one line, without what would let it pass for something else."""
    cleaned = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    if not cleaned:
        raise Invalid("a name needs a visible character", field=field)
    return cleaned


def new_visitor(services: Services, name: str, site: str) -> tuple[Participant, str]:
    """A participant nobody was before, and the token that makes them the same one next time."""
    now, secret = services.now(), new_secret()
    participant = Participant(
        id=new_id("p", now),
        name=name,
        site=site,
        token_hash=digest(secret),
        created_at=to_text(now),
        expires_at=to_text(now + services.config.tokens.visitor_days * DAY),
    )
    services.store.commit(Put(participant))
    return participant, f"{participant.id}.{secret}"


def new_session(services: Services, operator: Operator) -> str:
    """Logs an operator in; the token of the session."""
    now, secret = services.now(), new_secret()
    session = Session(
        id=new_id("s", now),
        operator=operator.id,
        token_hash=digest(secret),
        created_at=to_text(now),
        expires_at=to_text(now + services.config.tokens.operator_hours * 3600),
    )
    expired = [Remove("sessions", old.id) for old in sessions(services) if ended(services, old)]
    services.store.commit(Put(session), *expired)
    return f"{session.id}.{secret}"


def identify(services: Services, token: str) -> Principal:
    """Whose token this is; Unauthenticated for any that is not good."""
    id, _, secret = token.partition(".")
    if id.startswith("s-"):
        return of_operator(session_operator(services, id, secret))
    return of_visitor(visitor(services, id, secret))


def visitor(services: Services, id: str, secret: str) -> Participant:
    """The visitor whose token this is."""
    found = services.store.get(Participant, id)
    if not found or not matches(secret, found.token_hash) or ended(services, found):
        raise Unauthenticated(UNKNOWN)
    return found


def session_operator(services: Services, id: str, secret: str) -> Operator:
    """The operator whose session this is, if neither is ended."""
    session = services.store.get(Session, id)
    if not session or not matches(secret, session.token_hash) or ended(services, session):
        raise Unauthenticated(UNKNOWN)
    operator = services.store.get(Operator, session.operator)
    if not operator or operator.disabled:
        raise Unauthenticated(UNKNOWN)
    return operator


def matches(secret: str, token_hash: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(digest(secret), token_hash)


def ended(services: Services, holder: Participant | Session) -> bool:
    """Whether a token's time is over."""
    return holder.expires_at <= to_text(services.now())


def sessions(services: Services, operator: str | None = None) -> list[Session]:
    """All sessions, or one operator's."""
    everybody = services.store.all(Session, limit=100_000)
    return [one for one in everybody if operator in (None, one.operator)]


def end_sessions(services: Services, operator: str) -> list[Remove]:
    """The changes that log an operator out everywhere."""
    return [Remove("sessions", session.id) for session in sessions(services, operator)]


def renamed(services: Services, participant: Participant, name: str) -> Participant:
    """The participant under a new name."""
    renamed = replace(participant, name=name)
    services.store.commit(Put(renamed))
    return renamed
