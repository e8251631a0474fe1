"""Log-ins: who guesses is stopped, and nobody who was here before is kept out by it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import bcrypt
from loguru import logger
from msgspec.structs import replace

from chatd.domain import second_factor
from chatd.domain.network import network_of
from chatd.domain.participant import Operator
from chatd.domain.person import Account
from chatd.domain.tokens import digest
from chatd.errors import LockedOut, RateLimited, Unauthenticated
from chatd.protocol.operators import Login
from chatd.protocol.results import LoggedIn
from chatd.service import identity, views
from chatd.service.context import Caller, Context, Handlers, Services

LOG = logger.bind(area="connections")
WRONG = "wrong username or password"
ROUNDS = 12
# Of random bytes that nobody kept: what an unknown user is checked against takes as long.
NOBODYS_HASH = "$2b$12$vWpsdnb/PoZuqJByZz4I7eW.S.W/o8dIrmwojMCnSgJ17Xk370rky"
KNOWN_NETWORKS = 8
T = TypeVar("T")
A = TypeVar("A", Operator, Account)


def digestible(password: str) -> bytes:
    """A password of any length as bcrypt can take it, which reads 72 bytes and stops at NUL."""
    return base64.b64encode(hashlib.sha256(password.encode()).digest())


def hash_password(services: Services, password: str) -> str:
    """Takes a quarter of a second, beside the event loop."""
    salt = bcrypt.gensalt(ROUNDS)
    return services.hashing.for_known(bcrypt.hashpw, digestible(password), salt).decode()


def login(cx: Context, command: Login) -> LoggedIn:
    """→ ``token``, ``operator``, and ``device``: with it, tries from here are counted for
    themselves. Unknown, disabled or mistyped: one answer for all."""
    services = cx.services
    operator, tries = prove(cx, Operator, command.username, command.password, command.device)
    identity.refuse_foreign(services.as_operator(operator), cx.caller)
    if asks_for_code(services, operator):
        operator, codes = ask_for_code(cx, operator, command.code, tries)
        tries += codes
    elif operator.passkeys and services.config.operators.second_factor == "required":
        raise ask_for_passkey(cx, tries)
    let_in(cx, tries)
    return begin_session(cx, operator)


def begin_session(cx: Context, operator: Operator, *, passkey: str = "") -> LoggedIn:
    """Who has proved who they are is logged in."""
    services, caller = cx.services, cx.caller
    token = identity.new_session(
        services,
        with_network(operator, caller.address),
        address=network_of(caller.address),
        agent=caller.agent,
        passkey=passkey,
    )
    LOG.info("{account} logged in", account=operator.id, address=caller.address)
    return LoggedIn(
        token=token,
        device=services.tokens.vouch(operator.id),
        operator=views.operator_view(services, operator, services.as_operator(operator)),
    )


def asks_for_code(services: Services, operator: Operator) -> bool:
    """Whether an account's password is not enough here without a code."""
    return operator.has_second_factor and services.config.operators.second_factor != "off"


def ask_for_passkey(cx: Context, tries: identity.Tries) -> Unauthenticated:
    """What is told to who has nothing but passkeys besides the password, where that is not enough;
    it counts for nothing, as the password was right."""
    let_in(cx, tries)
    wanted = "this account logs in by a passkey, in a browser: a password alone is not enough here"
    error = Unauthenticated(wanted, passkey=True)
    error.noted = True
    return error


def ask_for_code(
    cx: Context, operator: Operator, code: str, tries: identity.Tries
) -> tuple[Operator, identity.Tries]:
    """The account as it is with this code used up; the error says when one is wanted, which is told
    to nobody who does not know the password, and counts for nothing."""
    if code:
        return spend_code(cx, operator, code)
    let_in(cx, tries)
    wanted = "this account has a second factor: its 'code' is needed as well"
    error = Unauthenticated(wanted, field="code", second_factor=True)
    error.noted = True
    raise error


def spend_code(cx: Context, operator: Operator, code: str) -> tuple[Operator, identity.Tries]:
    """The account without this code, to be stored; what is to be forgiven when all is well."""
    services, factor = cx.services, operator.factor
    tries = count_code(cx, operator)
    spent = second_factor.spend(factor, code, services.now()) if factor else None
    if spent is None:
        raise wrong_code(services, cx.caller, operator)
    return replace(operator, factor=spent), tries


def count_code(cx: Context, operator: Operator) -> identity.Tries:
    """Counts a code before it is looked at: for each network where this account is known, and for
    all others together, whoever has the password."""
    network = network_of(cx.caller.address)
    key = f"{operator.id} {network}" if network in operator.networks else operator.id
    try:
        cx.services.limiter.hit("codes_per_account", key)
    except RateLimited as error:
        raise lockout(cx.services, cx.caller, Operator, operator.id, error) from None
    return [("codes_per_account", key)]


def wrong_code(services: Services, caller: Caller, operator: Operator) -> Unauthenticated:
    """The one answer for codes that are wrong and codes that were used."""
    told = "this code is wrong, or was used already"
    error = Unauthenticated(told, field="code", second_factor=True)
    error.noted = True
    services.refusals.count(
        "login", f"{operator.id} gave a wrong code", caller.address, account=operator.id
    )
    return error


def prove(
    cx: Context, kind: type[A], username: str, password: str, device: str
) -> tuple[A, identity.Tries]:
    """The account whose password this is, and the tries to be forgiven when all else is right, too.
    Unknown, disabled or mistyped: one answer for all."""
    services, username = cx.services, username.lower()
    device = device or cx.caller.device or ""
    known = is_known(services, cx.caller, kind, username, device)
    tries = count(services, cx, kind, username, device, known=known)
    before = services.store.get(kind, username)
    password_hash = before.password_hash if before else NOBODYS_HASH
    right = verify(services, cx.caller, password, password_hash, known=known)
    account = services.store.get(kind, username)
    # What was compared with may be the password no more: it took a while.
    same = account is not None and account.password_hash == password_hash
    if not (right and same) or account is None or account.disabled:
        raise rejection(services, cx.caller, account)
    return account, tries


def let_in(cx: Context, tries: identity.Tries) -> None:
    """Who proved who they are, unless they were banned meanwhile; their tries count no more."""
    services = cx.services
    services.bans.check(cx.caller.address, "", services.now())
    for rate, key in tries:
        services.limiter.forgive(rate, key)


def name_of(kind: type[Operator | Account], username: str) -> str:
    """An account's name among those of all kinds: a person's is no operator's."""
    return username if kind is Operator else f"{username} person"


def is_known(services: Services, caller: Caller, kind: type[A], username: str, device: str) -> bool:
    """Whether this account was logged in to from this device or network before."""
    if caller.principal.kind == "shell":
        return True
    if services.tokens.confirms(name_of(kind, username), device):
        return True
    account = services.store.get(kind, username)
    return account is not None and network_of(caller.address) in account.networks


def count(
    services: Services, cx: Context, kind: type[A], username: str, device: str, *, known: bool
) -> identity.Tries:
    """Counts a try before its password is looked at; what is to be taken back when it is right.

    Per address and, for each account, per address: a known device counts for itself, so that
    nobody near it can use up its tries. All others together are counted, too: an account that
    is guessed at from everywhere is then closed for who never was here.
    """
    if cx.principal.kind == "shell":
        return []
    name = name_of(kind, username)
    vouched = services.tokens.confirms(name, device)
    place = f"device {digest(device)}" if vouched else network_of(cx.caller.address)
    tries = [("logins_per_address", place), ("logins_per_account", f"{name} {place}")]
    if not known:
        tries.append(("logins_per_account_anywhere", name))
    for rate, key in tries:
        try:
            services.limiter.hit(rate, key)
        except RateLimited as error:
            raise lockout(services, cx.caller, kind, username, error) from None
    return tries


def lockout(
    services: Services, caller: Caller, kind: type[A], username: str, error: RateLimited
) -> LockedOut:
    """The refusal of a try too many; the log names the account, if there is one."""
    told = LockedOut(error.message, **error.details)
    told.noted = True
    account = services.store.get(kind, username)
    whom = f"account {username}" if account else "an account that there is not"
    services.refusals.count("lockout", f"{whom}: {error.details['limit']}", caller.address)
    return told


def verify(
    services: Services, caller: Caller, password: str, password_hash: str, *, known: bool
) -> bool:
    """As slow for a wrong password as for the right one, beside the event loop."""
    words = digestible(password), password_hash.encode()
    return beside(services, caller, bcrypt.checkpw, *words, known=known)


def beside(
    services: Services, caller: Caller, work: Callable[..., T], *args: Any, known: bool
) -> T:
    """What proves somebody, beside the event loop; strangers do not keep out who is known."""
    if known:
        return services.hashing.for_known(work, *args)
    return services.hashing.for_stranger(network_of(caller.address), work, *args)


def rejection(
    services: Services, caller: Caller, account: Operator | Account | None
) -> Unauthenticated:
    """The one answer. What was typed for a name that there is not may be a password: not logged."""
    error = Unauthenticated(WRONG)
    error.noted = True
    name = account.id if account else ""
    what = f"{name} not logged in" if name else "there is no such account"
    services.refusals.count("login", what, caller.address, account=name)
    return error


def with_network(account: A, address: str) -> A:
    """The account, with this network among those it was last logged in from."""
    network = network_of(address)
    if not address or network in account.networks:
        return account
    return replace(account, networks=(*account.networks, network)[-KNOWN_NETWORKS:])


HANDLERS: Handlers = {Login: login}
