"""People's accounts, as who runs the daemon makes, lists, changes and removes them."""

from __future__ import annotations

import secrets

from chatd.domain.participant import Participant
from chatd.domain.person import Account, Invitation
from chatd.domain.times import to_text
from chatd.domain.tokens import digest
from chatd.domain.versions import successor
from chatd.errors import Conflict
from chatd.handlers.logins import hash_password
from chatd.protocol.people import (
    CreateUser,
    InviteUser,
    ListUsers,
    RemoveUser,
    SetUserDisabled,
    SetUserPassword,
    TakeOffAvatar,
)
from chatd.protocol.results import Invited, OnePerson, PersonList, RemovedPerson
from chatd.service import avatars, groups, pages, people
from chatd.service.context import Context, Handlers, Services
from chatd.service.expiry import HOUR
from chatd.service.identity import clean_name
from chatd.store.base import Change, Put, Remove


def create(cx: Context, command: CreateUser) -> OnePerson:
    """→ ``person``; Conflict if the name is taken, also by who asks at the same instant."""
    services = cx.services
    site = people.check_site(services, command.site)
    name = clean_name(command.display_name or command.username, "display_name")
    people.check_free(services, command.username)
    password_hash = hash_password(services, command.password)
    people.check_free(services, command.username)
    account, who = people.make(services, command.username, name, site, password_hash)
    services.store.commit(Put(account), Put(who))
    return OnePerson(person=people.view(services, account))


def everybody(cx: Context, command: ListUsers) -> PersonList:
    """→ ``people`` in the order of their user names; whether there are ``more``, and the ``cursor``
    that gets those."""
    services = cx.services
    page = pages.list_page(
        cx,
        services.store.all(Account, after=command.cursor, limit=100_000),
        lambda one: people.view(services, one),
        limit=command.limit,
        cursor=lambda one: one.id,
    )
    return PersonList(people=page.rows, more=page.more, cursor=page.cursor)


def set_password(cx: Context, command: SetUserPassword) -> OnePerson:
    """→ ``person``; their sessions and connections end."""
    services = cx.services
    password_hash = hash_password(services, command.password)
    account = successor(people.find(services, command.username), password_hash=password_hash)
    ended = people.end_sessions(services, account.id)
    services.store.commit(Put(account), *ended, *people.silence(services, account))
    people.expel(services, account.id, "new password")
    return OnePerson(person=people.view(services, account))


def set_disabled(cx: Context, command: SetUserDisabled) -> OnePerson:
    """→ ``person``; shutting out ends sessions and connections."""
    services = cx.services
    before = people.find(services, command.username)
    if before.disabled == command.disabled:
        state = "disabled" if before.disabled else "enabled"
        raise Conflict(f"user {before.id} is {state} already")
    account = successor(before, disabled=command.disabled)
    ended: list[Change] = []
    if command.disabled:
        ended += people.end_sessions(services, account.id)
        ended += people.silence(services, account)
    services.store.commit(Put(account), *ended)
    if command.disabled:
        people.expel(services, account.id, "account disabled")
    return OnePerson(person=people.view(services, account))


def take_off_avatar(cx: Context, command: TakeOffAvatar) -> OnePerson:
    """→ ``person``; Conflict for who has no picture."""
    services, account = cx.services, people.find(cx.services, command.username)
    who = services.store.get(Participant, account.participant)
    if who is None or not who.avatar:
        raise Conflict(f"user {account.id} has no picture")
    seen = avatars.put_on(services, who, None)
    avatars.spread(services, seen, account.id)
    return OnePerson(person=people.view(services, account))


def remove(cx: Context, command: RemoveUser) -> RemovedPerson:
    """→ ``username`` of who has no account any more: no session and no connection is left."""
    services, account = cx.services, people.find(cx.services, command.username)
    gone = Remove("accounts", account.id, account.version)
    ended = people.end_sessions(services, account.id)
    groups.quit_all(services, account.participant)
    unseen, let_go = avatars.withdraw(services, account.participant)
    services.store.commit(gone, *ended, *people.retire(services, account), *unseen)
    let_go()
    people.expel(services, account.id, "account removed")
    groups.quit_all(services, account.participant)  # who was invited meanwhile
    return RemovedPerson(username=account.id)


def invite(cx: Context, command: InviteUser) -> Invited:
    """→ ``code``, ``uses`` and ``expires_at``. What has run out goes; Conflict for one too many."""
    services, now = cx.services, cx.services.now()
    site = people.check_site(services, command.site)
    ended = over(services)
    most = services.config.people.invitations
    if len(services.store.all(Invitation, limit=100_000)) - len(ended) >= most:
        raise Conflict(f"{most} invitations are open, as many as there may be", allowed=most)
    code = secrets.token_urlsafe(18)
    made = Invitation(
        id=digest(code),
        site=site,
        by=cx.principal.label,
        left=command.uses,
        created_at=to_text(now),
        expires_at=to_text(now + command.hours * HOUR),
    )
    services.store.commit(Put(made), *ended)
    return Invited(code=code, site=site, uses=command.uses, expires_at=made.expires_at)


def over(services: Services) -> list[Change]:
    """Invitations that have run out."""
    known = services.store.all(Invitation, limit=100_000)
    return [Remove("invitations", one.id) for one in known if people.has_run_out(services, one)]


HANDLERS: Handlers = {
    CreateUser: create,
    ListUsers: everybody,
    SetUserPassword: set_password,
    SetUserDisabled: set_disabled,
    TakeOffAvatar: take_off_avatar,
    RemoveUser: remove,
    InviteUser: invite,
}
