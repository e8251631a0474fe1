"""Who is who: visitors' tokens, operators' and people's sessions, made, checked, taken back."""

from __future__ import annotations

from msgspec.structs import replace

from chatd.domain.ids import new_id
from chatd.domain.participant import LoginSession, Newcomer, Operator, Participant
from chatd.domain.person import Account
from chatd.domain.principal import Principal, of_person, of_visitor
from chatd.domain.scopes import of_program
from chatd.domain.times import to_text
from chatd.domain.tokens import Token, digest, matches
from chatd.domain.versions import successor
from chatd.domain.visible import shows
from chatd.errors import Forbidden, Invalid, RateLimited, Unauthenticated
from chatd.live.base import Limits
from chatd.service import expiry
from chatd.service.context import Caller, Services
from chatd.service.expiry import has_ended
from chatd.store.base import Put, Remove

FOREIGN = "this operator serves no site of the page that asks"
UNKNOWN = "this token is unknown, expired or taken back; say hello without one, or log in again"
LOOKED_AT = 100  # sessions that a log-in looks at, to clear away
PAGE = 100_000
Tries = list[tuple[str, str]]


def clean_name(name: str, field: str = "name") -> str:
    """A name on one line, without what would let it pass for something else."""
    cleaned = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    if not shows(cleaned):
        raise Invalid("a name needs a visible character", field=field)
    return cleaned


def new_visitor(
    services: Services, name: str, site: str, seed: bytes | None = None
) -> tuple[Participant, str]:
    """A participant nobody was before, and the token that makes them the same one next time.
    ``seed``: the request that may be sent again, and is remembered with what it made."""
    now = services.now()
    token, secret = services.tokens.make(services.newborn.id(now), seed)
    participant = Participant(
        id=token.partition(".")[0],
        name=name,
        site=site,
        token_hash=digest(secret),
        created_at=to_text(now),
        expires_at=expiry.until(services, "visitor"),
        wrote=False,
    )
    if seed is None:
        services.store.commit(Put(participant))
        return participant, token
    made = Newcomer(id=request_id(seed), participant=participant.id, created_at=to_text(now))
    outdated = services.newcomers.choose_outdated(now)
    forgotten = [Remove("newcomers", id) for id in outdated]
    services.store.commit(Put(participant), Put(made), *forgotten)
    services.newcomers.add(made, outdated)
    return participant, token


def find_token(services: Services, seed: bytes) -> str | None:
    """The token of whom this very request has made already, if that was lately."""
    id = services.newcomers.participant_of(request_id(seed), services.now())
    return services.tokens.make(id, seed)[0] if id else None


def request_id(seed: bytes) -> str:
    """What a request is remembered by, which does not give away what its token is made from."""
    return digest(seed.hex())


def new_session(
    services: Services,
    who: Operator | Account,
    *,
    address: str = "",
    agent: str = "",
    passkey: str = "",
) -> str:
    """Logs an operator or a person in, with the account as it is now; the token of the session. Of
    the oldest sessions those that have ended go; the others are cleared away. ``address``,
    ``agent`` and ``passkey``: from where, with what and by which, where that is kept."""
    session, token = make_session(services, who)
    session = replace(session, address=address, agent=agent, passkey=passkey)
    oldest = services.store.all(LoginSession, limit=LOOKED_AT)
    expired = [Remove("sessions", old.id) for old in oldest if has_ended(services, old)]
    services.store.commit(Put(session), Put(successor(who)), *expired)
    return token


def make_session(services: Services, who: Operator | Account) -> tuple[LoginSession, str]:
    """A session of an account that is still to be stored, and its token."""
    now = services.now()
    token, secret = services.tokens.make(new_id("s", now))
    is_person = isinstance(who, Account)
    session = LoginSession(
        id=token.partition(".")[0],
        operator="" if is_person else who.id,
        account=who.id if is_person else "",
        token_hash=digest(secret),
        created_at=to_text(now),
        expires_at=expiry.until(services, "person" if is_person else "operator"),
    )
    return session, token


def identify(services: Services, token: str, address: str) -> Principal:
    """Whose token this is; Unauthenticated for any that is not good."""
    read = services.tokens.read(token)
    if read is None:
        raise Unauthenticated(UNKNOWN)
    if read.marked:
        return owner(services, read)
    tries = count_old(services.limiter, address)
    principal = owner(services, read)
    for rate, key in tries:
        services.limiter.forgive(rate, key)
    return principal


def count_old(limiter: Limits, address: str) -> Tries:
    """Counts a token without a mark before it is looked up, which costs the reading of a file; what
    is to be taken back when it is good.

    The first of each network are counted apart: those who have sent many wrong ones share what is
    left to all such, and use up nothing of what somebody has who comes with a good one.
    """
    limiter.hit("old_tokens_per_address", address)
    tries = [("old_tokens_per_address", address)]
    try:
        limiter.hit("old_tokens_first_per_address", address)
    except RateLimited:
        shared = ("old_tokens", "")
    else:
        tries.append(("old_tokens_first_per_address", address))
        shared = ("old_tokens_first", "")
    try:
        limiter.hit(*shared)
    except RateLimited:  # nothing was looked up
        for rate, key in tries:
            limiter.forgive(rate, key)
        raise
    return [*tries, shared]


def owner(services: Services, token: Token) -> Principal:
    """Whose token this is."""
    if token.id.startswith("s-"):
        return session_owner(services, *token)
    return of_visitor(visitor(services, *token))


def is_foreign(principal: Principal, sites: tuple[str, ...] | None) -> bool:
    """Whether this is an operator, or a program, in a page of sites that they do not serve: whoever
    runs those pages could have taken what proves who they are. ``None``: no page's, or our own."""
    of_house = principal.kind in ("operator", "program")
    return of_house and sites is not None and not any(map(principal.serves, sites))


def refuse_foreign(principal: Principal, caller: Caller) -> None:
    """Forbidden for an operator in such a page."""
    if is_foreign(principal, None if caller.own else caller.sites):
        raise Forbidden(FOREIGN)


def visitor(services: Services, id: str, secret: str) -> Participant:
    """The visitor whose token this is."""
    found = services.store.get(Participant, id)
    if not found or not is_of(services, secret, found) or has_ended(services, found):
        raise Unauthenticated(UNKNOWN)
    expiry.note_use(services, found)
    return found


def is_of(services: Services, secret: str, who: Participant) -> bool:
    """Whether this is a visitor's secret; of who is signed, one of a device of theirs by now."""
    if who.signed is None:
        return matches(secret, who.token_hash)
    device = who.signed.device_of(secret)
    return device is not None and device.expires_at > to_text(services.now())


def session_owner(services: Services, id: str, secret: str) -> Principal:
    """The operator, person or program whose session this is, if neither is ended."""
    session = services.store.get(LoginSession, id)
    if not session or not matches(secret, session.token_hash) or has_ended(services, session):
        raise Unauthenticated(UNKNOWN)
    found = principal_of(services, session)
    if found is None:
        raise Unauthenticated(UNKNOWN)
    expiry.note_use(services, session)
    return found


def principal_of(services: Services, session: LoginSession) -> Principal | None:
    """Whose session it is, unless they are shut out."""
    if session.program:
        return of_program(session)
    return person(services, session.account) if session.account else at_work(services, session)


def program(services: Services, who: Principal) -> Principal | None:
    """A program as its token is by now, unless that has run out or was taken back."""
    session = session_of(services, who)
    return of_program(session) if session else None


def session_of(services: Services, who: Principal) -> LoginSession | None:
    """A program's token, unless that has run out or was taken back."""
    session = services.store.get(LoginSession, who.id.partition(":")[2])
    return session if session and not has_ended(services, session) else None


def at_work(services: Services, session: LoginSession) -> Principal | None:
    """The operator whose session it is, unless they are shut out."""
    operator = services.store.get(Operator, session.operator)
    return services.as_operator(operator) if operator and not operator.disabled else None


def person(services: Services, username: str) -> Principal | None:
    """The person of an account, unless they are shut out."""
    account = services.store.get(Account, username)
    if account is None or account.disabled:
        return None
    participant = services.store.get(Participant, account.participant)
    return of_person(participant, username) if participant else None


def sessions(services: Services, operator: str | None = None) -> list[LoginSession]:
    """All sessions, or one operator's, however many there are."""
    found: list[LoginSession] = []
    page = services.store.all(LoginSession, limit=PAGE)
    while page:
        found += (one for one in page if operator in (None, one.operator))
        page = services.store.all(LoginSession, after=page[-1].id, limit=PAGE)
    return found


def sessions_of_person(services: Services, account: str) -> list[LoginSession]:
    """All sessions of a person."""
    return [one for one in sessions(services, "") if one.account == account]


def end_sessions(services: Services, operator: str) -> list[Remove]:
    """The changes that log an operator out everywhere."""
    return [Remove("sessions", session.id) for session in sessions(services, operator)]


def rename(services: Services, participant: Participant, name: str) -> Participant:
    """The participant under a new name."""
    renamed = successor(participant, name=name)
    services.store.commit(Put(renamed))
    return renamed
