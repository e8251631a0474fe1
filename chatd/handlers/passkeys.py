"""Operators' passkeys: made by themselves in their browser, logging them in, taken away."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from loguru import logger
from msgspec.structs import replace

from chatd.config import extras
from chatd.domain import passkey as passkeys
from chatd.domain.participant import Operator
from chatd.domain.passkey import MOST, Holder, Passkey, holder_id
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Conflict, Forbidden, NotFound, Rejected, Unauthenticated, Unavailable
from chatd.handlers import logins, operators, second_factors
from chatd.protocol.passkeys import (
    AskPasskey,
    BeginPasskey,
    ConfirmPasskey,
    ListPasskeys,
    ListPasskeysOf,
    LoginByPasskey,
    OnePasskey,
    OwnPasskey,
    PasskeyAsked,
    PasskeyBegun,
    PasskeyList,
    RemovePasskey,
    TakeOffPasskeys,
)
from chatd.protocol.results import LoggedIn
from chatd.service import identity, webauthn
from chatd.service.context import Context, Handlers, Services
from chatd.store.base import Put, Remove, Store

LOG = logger.bind(area="admin")
EVERYBODY = 1_000_000
NOT_HERE = (
    "passkeys are made and used in a page of the daemon's own, over https, at a name that is no"
    " address, or at localhost"
)
NOT_GOOD = "this passkey is not good here, or its answer came too late: try again, or log in else"
NO_PASSKEY = "what the browser says is no answer to what it was asked a moment ago: try again"


def everything(cx: Context, command: ListPasskeys) -> PasskeyList:
    """→ ``passkeys``, and whether one is ``offered``."""
    return answer(operators.oneself(cx))


def of_operator(cx: Context, command: ListPasskeysOf) -> PasskeyList:
    """→ ``passkeys`` of the operator."""
    return answer(operators.look_at(cx, command.username))


def begin(cx: Context, command: BeginPasskey) -> PasskeyBegun:
    """→ what a browser makes one from. Unavailable where the extra is not installed, Forbidden
    elsewhere than in a page that can have one, Conflict for one too many."""
    services = cx.services
    page, host = here(cx)
    operator = prove_oneself(cx, command.password, command.code)
    check_number(operator)
    return PasskeyBegun(
        challenge=passkeys.make_challenge(
            services.tokens, adding(cx, operator, page), services.now()
        ),
        seconds=passkeys.LASTS_S,
        host=host,
        handle=passkeys.handle_of(services.tokens, operator.id),
        username=operator.id,
        display_name=operator.name,
        algorithms=list(webauthn.ALGORITHMS),
        exclude=[one.id for one in operator.passkeys],
    )


def confirm(cx: Context, command: ConfirmPasskey) -> OnePasskey:
    """→ ``passkey``. Rejected for what is no answer to the newest challenge."""
    services = cx.services
    page, host = here(cx)
    name = identity.clean_name(command.name)
    operator, challenge = operators.oneself(cx), webauthn.challenge_in(command.client_data)
    purpose = adding(cx, operator, page)
    stamp = passkeys.stamp_of(services.tokens, purpose, challenge, services.now())
    judged = (command, challenge, page, host)
    made = services.hashing.for_known(webauthn.judge_new, *judged) if stamp else None
    operator = operators.oneself(cx)  # as it is by now: that took a moment
    if made is None or stamp is None or stamp <= operator.answered:
        raise Rejected(NO_PASSKEY, field="client_data")
    if owner_of(services, made.id):
        raise Conflict("this passkey is there already")
    check_number(operator)
    now = to_text(services.now())
    new = Passkey(
        id=made.id,
        public_key=made.public_key,
        name=name,
        host=host,
        created_at=now,
        count=made.count,
    )
    changed = successor(operator, passkeys=(*operator.passkeys, new), answered=stamp)
    held = Put(Holder(id=holder_id(new.id), operator=operator.id))
    if operator.is_proven:
        services.store.commit(Put(changed), held)
    else:
        second_factors.commit_and_end_others(cx, changed, "passkey added", held)
    return OnePasskey(passkey=view(new))


def remove(cx: Context, command: RemovePasskey) -> OnePasskey:
    """→ ``passkey`` that was taken away; NotFound for one that is not one's own."""
    operator = prove_oneself(cx, command.password, command.code)
    found = find(operator, command.passkey)
    take_away(cx, operator, (found,))
    return OnePasskey(passkey=view(found))


def take_off(cx: Context, command: TakeOffPasskeys) -> PasskeyList:
    """→ ``passkeys`` that are left; Conflict where there is none, NotFound for one that is not
    theirs."""
    operator = operators.touch(cx, command.username)
    if not operator.passkeys:
        raise Conflict(f"operator {operator.id} has no passkeys")
    named = command.passkey
    gone = operator.passkeys if named is None else (find(operator, named),)
    return answer(take_away(cx, operator, gone))


def take_away(cx: Context, operator: Operator, gone: tuple[Passkey, ...]) -> Operator:
    """The account without these, and without the sessions that they began."""
    services, asking = cx.services, operators.session_of(cx)
    ids = {one.id for one in gone}
    changed = successor(
        operator, passkeys=tuple(one for one in operator.passkeys if one.id not in ids)
    )
    sessions = identity.sessions(services, operator.id)
    begun = [one.id for one in sessions if one.passkey in ids and one.id != asking]
    ended = (Remove("sessions", id) for id in begun)
    services.store.commit(Put(changed), *forget_holders(gone), *ended)
    for id in begun:
        operators.expel(services, operator.id, "passkey taken away", id)
    second_factors.shut_out_everywhere(services)
    return changed


def ask(cx: Context, command: AskPasskey) -> PasskeyAsked:
    """→ ``challenge``, which this browser may have answered; null where nobody logs in so."""
    services, page = cx.services, cx.caller.page
    host = passkeys.host_of(page)
    asked_by = cx.caller.asked_by or secrets.token_urlsafe(18)
    challenge = None
    if host and webauthn.is_installed():
        purpose = logging_in(asked_by, page)
        challenge = passkeys.make_challenge(services.tokens, purpose, services.now())
    return PasskeyAsked(
        challenge=challenge, seconds=passkeys.LASTS_S, host=host or "", asked_by=asked_by
    )


def login(cx: Context, command: LoginByPasskey) -> LoggedIn:
    """→ as by password. Unknown, taken away, somebody else's, answered late or twice, a disabled
    account: one answer for all."""
    services, caller = cx.services, cx.caller
    page, host = here(cx)
    owner = owner_of(services, command.passkey)
    username = owner.id if owner else ""
    known = bool(owner) and logins.is_known(
        services, caller, Operator, username, caller.device or ""
    )
    tries = logins.count(services, cx, Operator, username, caller.device or "", known=known)
    challenge = webauthn.challenge_in(command.client_data)
    purpose = logging_in(caller.asked_by, page)
    stamp = passkeys.stamp_of(services.tokens, purpose, challenge, services.now())
    if owner is None or stamp is None or not caller.asked_by:
        raise rejection(cx, owner)
    passkey = find(owner, command.passkey)
    handle = passkeys.handle_of(services.tokens, username)
    if passkey.host != host or command.handle != handle:
        raise rejection(cx, owner)
    judged = (passkey, command, challenge, page)
    count = logins.beside(services, caller, webauthn.judge_use, *judged, known=known)
    # What was judged may be taken away by now, or be answered already: it took a moment.
    owner = services.store.get(Operator, username)
    if count is None or owner is None or owner.disabled or stamp <= owner.answered:
        raise rejection(cx, owner)
    passkey = next((one for one in owner.passkeys if one.id == passkey.id), passkey)
    if passkey not in owner.passkeys or is_set_back(cx, owner, passkey, count):
        raise rejection(cx, owner)
    identity.refuse_foreign(services.as_operator(owner), caller)
    logins.let_in(cx, tries)
    now = to_text(services.now())
    used = replace(passkey, count=count, used_at=now)
    others = tuple(used if one.id == used.id else one for one in owner.passkeys)
    changed = replace(owner, passkeys=others, answered=stamp)
    return logins.begin_session(cx, changed, passkey=used.id)


def is_set_back(cx: Context, owner: Operator, passkey: Passkey, count: int) -> bool:
    """Whether a passkey has signed no more often than it had when it was last used: then there are
    two of it. Told in the log; one that does not count says 0 for ever."""
    if not (count or passkey.count) or count > passkey.count:
        return False
    LOG.bind(account=owner.id, address=cx.caller.address).warning(
        "passkey {} of {} has signed {} times and had {}: it may have been copied",
        *(passkey.id[:20], owner.id, count, passkey.count),
    )
    return True


def rejection(cx: Context, owner: Operator | None) -> Unauthenticated:
    """What all are told alike, whatever was wrong; the log says whose passkey it was."""
    error = Unauthenticated(NOT_GOOD, passkey=True)
    error.noted = True
    name = owner.id if owner else ""
    what = f"{name} not logged in by passkey" if name else "there is no such passkey"
    cx.services.refusals.count("login", what, cx.caller.address, account=name)
    return error


def here(cx: Context) -> tuple[str, str]:
    """The page that asks, and at which name passkeys of it are good."""
    if why := extras.missing("passkeys"):
        raise Unavailable(f"there are no passkeys here: {why}")
    page = cx.caller.page
    host = passkeys.host_of(page)
    if host is None:
        raise Forbidden(NOT_HERE)
    return page, host


def adding(cx: Context, operator: Operator, page: str) -> str:
    """What a challenge is for: a new passkey of this account, in this session and page."""
    return f"new {operator.id} {operators.session_of(cx)} {page}"


def logging_in(asked_by: str, page: str) -> str:
    """The same of one for logging in: this browser and page."""
    return f"login {asked_by} {page}"


def prove_oneself(cx: Context, password: str, code: str) -> Operator:
    """The account of who asks, by all that it has to prove itself with besides passkeys."""
    operator = second_factors.prove_oneself(cx, password)
    if not logins.asks_for_code(cx.services, operator):
        return operator
    operator, tries = logins.ask_for_code(cx, operator, code, [])
    changed = successor(operator)
    cx.services.store.commit(Put(changed))
    logins.let_in(cx, tries)
    return changed


def check_number(operator: Operator) -> None:
    """Conflict for one too many."""
    if len(operator.passkeys) >= MOST:
        raise Conflict(f"there are {MOST} passkeys, as many as there may be", allowed=MOST)


def find(operator: Operator, id: str) -> Passkey:
    """One of an account's, or NotFound."""
    found = next((one for one in operator.passkeys if one.id == id), None)
    if found is None:
        raise NotFound("no such passkey")
    return found


def owner_of(services: Services, id: str) -> Operator | None:
    """Whose passkey it is."""
    known = services.store.get(Holder, holder_id(id))
    owner = services.store.get(Operator, known.operator) if known else None
    return owner if owner and any(id == one.id for one in owner.passkeys) else None


def forget_holders(gone: Iterable[Passkey]) -> list[Remove]:
    """Nobody has these any more."""
    return [Remove("holders", holder_id(one.id)) for one in gone]


def count_holders(store: Store) -> int:
    """How many operators have any."""
    return len({one.operator for one in store.all(Holder, limit=EVERYBODY)})


def note_holders(store: Store) -> None:
    """Who has the passkeys of before that was kept apart."""
    known = {one.id for one in store.all(Holder, limit=EVERYBODY)}
    held = [
        Holder(id=holder_id(key.id), operator=one.id)
        for one in store.all(Operator, limit=EVERYBODY)
        for key in one.passkeys
    ]
    if new := [Put(one) for one in held if one.id not in known]:
        store.commit(*new)


def answer(operator: Operator) -> PasskeyList:
    """As they are listed."""
    shown = [view(one) for one in operator.passkeys]
    return PasskeyList(passkeys=shown, offered=webauthn.is_installed())


def view(passkey: Passkey) -> OwnPasskey:
    """As it is told."""
    return OwnPasskey(
        id=passkey.id,
        name=passkey.name,
        host=passkey.host,
        created_at=passkey.created_at,
        used_at=passkey.used_at or None,
    )


HANDLERS: Handlers = {
    ListPasskeys: everything,
    BeginPasskey: begin,
    ConfirmPasskey: confirm,
    RemovePasskey: remove,
    AskPasskey: ask,
    LoginByPasskey: login,
    ListPasskeysOf: of_operator,
    TakeOffPasskeys: take_off,
}
