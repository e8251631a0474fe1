"""What people do with their own accounts: make one, log in, log out, another password."""

from __future__ import annotations

import bcrypt
from loguru import logger

from chatd.domain.network import network_of
from chatd.domain.participant import Participant
from chatd.domain.person import Account
from chatd.domain.principal import of_person, of_visitor
from chatd.domain.versions import successor
from chatd.errors import Conflict, Unauthenticated, foreign_token
from chatd.handlers import logins
from chatd.handlers.operators import session_of
from chatd.handlers.system import site_of
from chatd.live.connections import Connection
from chatd.protocol.people import (
    ChangePassword,
    FindPeople,
    LogInPerson,
    LogOutPerson,
    Register,
    SetAvatar,
    ShowPerson,
)
from chatd.protocol.results import LoggedOut, OnePerson, PeopleFound, PersonLoggedIn
from chatd.service import avatars, identity, naming, people, presence, visits
from chatd.service.context import Context, Handlers, Services
from chatd.service.identity import clean_name
from chatd.store.base import Put, Remove

MOST_FOUND = 20
LOG = logger.bind(area="connections")


def register(cx: Context, command: Register) -> PersonLoggedIn:
    """→ ``token``, ``person``, and ``device``. Forbidden where the site, or the invitation, lets
    nobody; Conflict for a name that is taken, also by who asks at the same instant."""
    services, who = cx.services, cx.principal
    if who.account:
        raise Conflict(f"this is {who.account}'s session: log out first")
    site = who.site or site_of(services, cx.caller, command.site)
    services.limiter.hit("registrations_per_address", cx.caller.address)
    people.find_invitation(services, site, command.invite)
    people.check_free(services, command.username)
    name = clean_name(command.display_name or who.name or command.username, "display_name")
    password_hash = hash_new(cx, command.password)
    # Others may have been faster meanwhile.
    invitation = people.find_invitation(services, site, command.invite)
    people.check_free(services, command.username)
    account, made = people.make(services, command.username, name, site, password_hash, who.id)
    account = logins.with_network(account, cx.caller.address)
    session, token = identity.make_session(services, account)
    used = [people.use(invitation)] if invitation else []
    services.store.commit(Put(account), Put(made), Put(session), *used)
    LOG.info("{account} made an account", account=account.id, address=cx.caller.address)
    if who.id:
        come_over(services, made, who.name, cx.caller.connection)
        if connection := cx.caller.connection:
            services.connections.identify(connection, of_person(made, account.id), token)
            connection.ends_at = session.expires_at
    return logged_in(services, account, token)


def hash_new(cx: Context, password: str) -> str:
    """A stranger's new password, hashed when it is their network's turn."""
    network, salt = network_of(cx.caller.address), bcrypt.gensalt(logins.ROUNDS)
    digestible = logins.digestible(password)
    hashed = cx.services.hashing.for_stranger(network, bcrypt.hashpw, digestible, salt)
    return hashed.decode()


def come_over(
    services: Services, made: Participant, before: str, asking: Connection | None
) -> None:
    """A visitor is a person now: under their name everywhere, and on no connection by the token
    that they had; the one that asked is theirs."""
    if made.name != before:
        naming.spread(services, made)
        presence.rename(services, of_visitor(made))
    services.nodes.tell("come_over", made.id)
    visits.end(services, made.id, asking)


def login(cx: Context, command: LogInPerson) -> PersonLoggedIn:
    """→ ``token``, ``person``, and ``device``: with it, tries from here are counted for themselves.
    Unknown, disabled or mistyped: one answer for all."""
    services = cx.services
    account, tries = logins.prove(cx, Account, command.username, command.password, command.device)
    principal = identity.person(services, account.id)
    if principal is None:
        raise logins.rejection(services, cx.caller, account)
    sites = cx.caller.sites
    if sites is not None and principal.site not in sites:
        raise foreign_token()
    logins.let_in(cx, tries)
    if oldest := people.end_oldest(services, account.id):
        services.store.commit(*oldest)
    token = identity.new_session(services, logins.with_network(account, cx.caller.address))
    LOG.info("{account} logged in", account=account.id, address=cx.caller.address)
    return logged_in(services, account, token)


def logged_in(services: Services, account: Account, token: str) -> PersonLoggedIn:
    """What is answered to who is somebody now."""
    device = services.tokens.vouch(logins.name_of(Account, account.id))
    return PersonLoggedIn(token=token, device=device, person=people.view(services, account))


def logout(cx: Context, command: LogOutPerson) -> LoggedOut:
    """→ how many sessions ``ended``: this one, or all of the person's; with their connections. One
    that asks for its own end is answered first."""
    services, username = cx.services, cx.principal.account or ""
    session = "" if command.everywhere else session_of(cx)
    changes = [Remove("sessions", session)] if session else people.end_sessions(services, username)
    quiet = people.silence(services, people.find(services, username)) if not session else []
    services.store.commit(*changes, *quiet)
    services.tasks.spawn(
        f"logout:{username}", people.expel, services, username, "logged out", session
    )
    return LoggedOut(ended=len(changes))


def who_am_i(cx: Context, command: ShowPerson) -> OnePerson:
    """→ ``person``: who asks."""
    account = people.find(cx.services, cx.principal.account or "")
    return OnePerson(person=people.view(cx.services, account))


def change_password(cx: Context, command: ChangePassword) -> OnePerson:
    """→ ``person``; all their sessions but this one end, with their connections."""
    services, username = cx.services, cx.principal.account or ""
    account, tries = logins.prove(cx, Account, username, command.old, "")
    logins.let_in(cx, tries)
    password_hash = logins.hash_password(services, command.password)
    changed = successor(account, password_hash=password_hash)
    own = session_of(cx)
    if own not in (one.id for one in identity.sessions_of_person(services, username)):
        raise Unauthenticated(identity.UNKNOWN)  # ended meanwhile
    ended = people.end_sessions(services, username, own)
    services.store.commit(Put(changed), *ended, *people.silence(services, account))
    people.expel(services, username, "new password", but=own)
    return OnePerson(person=people.view(services, changed))


def set_avatar(cx: Context, command: SetAvatar) -> OnePerson:
    """→ ``person``; the picture before is gone."""
    services = cx.services
    who = services.store.get(Participant, cx.principal.id)
    if who is None:
        raise Unauthenticated(identity.UNKNOWN)
    file = avatars.find_own(services, who.id, command.file_id) if command.file_id else None
    account = people.find(services, cx.principal.account or "")
    if file or who.avatar:
        seen = avatars.put_on(services, who, file)
        avatars.spread(services, seen, account.id)
    return OnePerson(person=people.view(services, account))


def find(cx: Context, command: FindPeople) -> PeopleFound:
    """→ ``people`` of one's own site, without oneself."""
    who, services = cx.principal, cx.services
    found = people.named_like(services, who.site or "", command.query.lower())
    others = [one for one in found if one.id != who.id]
    return PeopleFound(people=others[:MOST_FOUND])


HANDLERS: Handlers = {
    Register: register,
    LogInPerson: login,
    LogOutPerson: logout,
    ShowPerson: who_am_i,
    FindPeople: find,
    ChangePassword: change_password,
    SetAvatar: set_avatar,
}
