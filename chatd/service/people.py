"""People's accounts: made, with an invitation perhaps, and what ends with a session of theirs."""

from __future__ import annotations

from msgspec.structs import replace

from chatd.domain.participant import Participant
from chatd.domain.person import Account, Invitation, avatar_path
from chatd.domain.times import to_text
from chatd.domain.tokens import digest
from chatd.domain.versions import successor
from chatd.errors import Conflict, Forbidden, Invalid, NotFound
from chatd.live.connections import CLOSE_KICKED
from chatd.protocol import companions
from chatd.protocol import views as shapes
from chatd.runtime.loop import in_turns
from chatd.service import identity, presence
from chatd.service.context import Services
from chatd.store.base import Change, Put, Remove

NEVER = "9999-12-31T23:59:59.999Z"
MOST_SESSIONS = 20
MOST_LOOKED_AT = 50
CLOSED = "accounts are made by who runs this site"
UNINVITED = "this invitation is unknown, used up or has run out"


def find(services: Services, username: str) -> Account:
    """The account, or NotFound."""
    account = services.store.get(Account, username)
    if account is None:
        raise NotFound(f"no such user {username!r}")
    return account


def named_like(services: Services, site: str, begun: str) -> list[companions.Known]:
    """People of a site whose user names begin like that, in their order, out of so many at most:
    those of other sites and those who are shut out are none."""
    exact = services.store.get(Account, begun)
    after = services.store.all(Account, after=begun, limit=MOST_LOOKED_AT)
    found = []
    for account in (*([exact] if exact else ()), *after):
        if not account.id.startswith(begun):
            break
        who = services.store.get(Participant, account.participant)
        if who and who.site == site and not account.disabled:
            avatar = avatar_path(who.avatar)
            known = companions.Known(id=who.id, username=account.id, name=who.name, avatar=avatar)
            found.append(known)
    return found


def has_any(services: Services) -> bool:
    """Whether anybody has an account."""
    return bool(services.store.all(Account, limit=1))


def check_free(services: Services, username: str) -> None:
    """Conflict for a name that is taken, and where there are as many accounts as there may be."""
    if services.store.get(Account, username):
        raise Conflict(f"there is a user {username!r} already")
    most = services.config.people.accounts
    if len(services.store.all(Account, limit=most)) >= most:
        raise Conflict(f"there are {most} accounts, as many as there may be", allowed=most)


def check_site(services: Services, site: str | None) -> str:
    """The site of this name, the first without one."""
    sites = list(services.config.sites)
    if site is not None and site not in sites:
        text = f"no such site {site!r}; allowed: {', '.join(sites)}"
        raise Invalid(text, field="site", allowed=sites)
    return site or sites[0]


def find_invitation(services: Services, site: str, code: str) -> Invitation | None:
    """What lets somebody make an account on a site; ``None`` where anybody may. Forbidden for who
    may not."""
    known = services.config.sites.get(site)
    allowed = known.registration if known else "closed"
    if allowed == "closed":
        raise Forbidden(CLOSED)
    if not code and allowed == "open":
        return None
    found = services.store.get(Invitation, digest(code))
    if found is None or found.site != site or has_run_out(services, found):
        raise Forbidden(UNINVITED)
    return found


def has_run_out(services: Services, invitation: Invitation) -> bool:
    """Whether its time is over."""
    return invitation.expires_at <= to_text(services.now())


def use(invitation: Invitation) -> Change:
    """An invitation, used once more; gone with the last time."""
    if invitation.left == 1:
        return Remove("invitations", invitation.id, invitation.version)
    return Put(successor(invitation, left=invitation.left - 1))


def make(
    services: Services, username: str, name: str, site: str, password_hash: str, visitor: str = ""
) -> tuple[Account, Participant]:
    """An account and who it is, still to be stored: somebody new, or a visitor who was here before
    and whose token is good no more; Conflict where that came of another account already."""
    now = services.now()
    known = services.store.get(Participant, visitor) if visitor else None
    if known is not None and not known.token_hash:
        raise Conflict("you have made an account meanwhile: log in to it")
    who = Participant(
        id=services.newborn.id(now) if known is None else known.id,
        name=name,
        site=site,
        token_hash="",
        created_at=to_text(now),
        expires_at=NEVER,
    )
    if known:
        kept = {"token_hash": "", "expires_at": NEVER, "wrote": True}
        who = successor(known, name=name, subscriptions=(), **kept)
    account = Account(
        id=username, participant=who.id, password_hash=password_hash, created_at=to_text(now)
    )
    return account, who


def view(services: Services, account: Account) -> shapes.Person:
    """A person as who runs the daemon sees them, and they themselves."""
    who = services.store.get(Participant, account.participant)
    connected = services.connections.has(account.participant)
    return shapes.Person(
        id=account.participant,
        username=account.id,
        display_name=who.name if who else account.id,
        site=who.site if who else "",
        disabled=account.disabled,
        created_at=account.created_at,
        status=services.presence.status(account.participant) if connected else "offline",
        avatar=avatar_path(who.avatar if who else ""),
    )


def end_sessions(services: Services, username: str, but: str = "") -> list[Remove]:
    """The changes that log a person out everywhere, but of one session."""
    found = identity.sessions_of_person(services, username)
    return [Remove("sessions", one.id) for one in found if one.id != but]


def silence(services: Services, account: Account) -> list[Change]:
    """No browser of a person is told any more of what they miss: whoever subscribed it may have
    been somebody else."""
    who = services.store.get(Participant, account.participant)
    return [Put(successor(who, subscriptions=()))] if who and who.subscriptions else []


def end_oldest(services: Services, username: str) -> list[Remove]:
    """Of very many sessions of a person those go that were begun first, so that one more may be."""
    found = identity.sessions_of_person(services, username)
    oldest = sorted(found, key=lambda one: one.created_at)[: max(0, len(found) + 1 - MOST_SESSIONS)]
    return [Remove("sessions", one.id) for one in oldest]


def expel(services: Services, username: str, why: str, session: str = "", but: str = "") -> None:
    """Ends a person's connections: all, those of one session, or those of all others."""
    services.nodes.tell("expel_person", username, why, session, but)
    expel_here(services, username, why, session, but)


def expel_here(services: Services, username: str, why: str, session: str, but: str) -> None:
    """Those to this process."""
    for connection in in_turns(services.connections):
        of = connection.key.partition(".")[0]
        if connection.principal.account != username or (but and of == but):
            continue
        if not session or of == session:
            presence.disconnect(services, connection)
            connection.close(CLOSE_KICKED, why)


def retire(services: Services, account: Account) -> list[Change]:
    """Who had an account is a visitor whose time is over, unless they are gone already."""
    who = services.store.get(Participant, account.participant)
    if who is None:
        return []
    over = replace(successor(who), expires_at=to_text(services.now()), avatar="")
    return [Put(over)]
