"""What operators do with their own access: a second factor begun, confirmed, taken off; a new
password."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import segno
from loguru import logger

from chatd.domain import second_factor
from chatd.domain.participant import Operator
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Conflict, Unauthenticated
from chatd.handlers import logins, operators
from chatd.protocol.results import OneOperator
from chatd.protocol.second_factors import (
    BeginFactor,
    ChangeOwnPassword,
    ConfirmFactor,
    FactorBegun,
    FactorConfirmed,
    QrCode,
    RemoveFactor,
    TakeOffFactor,
)
from chatd.runtime.loop import in_turns
from chatd.service import identity, presence
from chatd.service.context import Context, Handlers, Services
from chatd.store.base import Change, Put, Remove

LOG = logger.bind(area="admin")
ISSUER = "chatd"
MARGIN = 4
OFF = "no second factor is asked for here: operators.second_factor is 'off'"


def begin(cx: Context, command: BeginFactor) -> FactorBegun:
    """→ ``secret``, ``address``, ``qr``; one that was begun before and not confirmed is replaced.
    Conflict while one is asked for."""
    services = cx.services
    if services.config.operators.second_factor == "off":
        raise Conflict(OFF)
    operator = prove_oneself(cx, command.password)
    if operator.has_second_factor:
        raise Conflict("there is a second factor already: take it off first")
    factor = second_factor.new_factor()
    services.store.commit(Put(successor(operator, factor=factor)))
    address = second_factor.address_of(factor, operator.id, ISSUER)
    return FactorBegun(secret=factor.secret, address=address, qr=draw(address))


def draw(text: str) -> QrCode:
    """A QR code: each run of dark modules is a rectangle."""
    rows = list(segno.make(text, micro=False).matrix_iter(border=MARGIN))
    path = "".join(
        f"M{x} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for x, length in runs(row)
    )
    return QrCode(size=len(rows), path=path)


def runs(row: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Where dark modules begin, and how many they are."""
    at = 0
    for dark in bytes(row).split(b"\x00"):
        if dark:
            yield at, len(dark)
        at += len(dark) + 1


def confirm(cx: Context, command: ConfirmFactor) -> FactorConfirmed:
    """→ ``recovery_codes``. Conflict where nothing was begun."""
    services, operator = cx.services, operators.oneself(cx)
    if operator.factor is None or operator.has_second_factor:
        raise Conflict("no second factor was begun that a code could confirm")
    tries = logins.count_code(cx, operator)
    spent = second_factor.spend(operator.factor, command.code, services.now())
    if spent is None:
        raise logins.wrong_code(services, cx.caller, operator)
    codes = second_factor.new_recovery_codes()
    factor = second_factor.SecondFactor(
        secret=spent.secret,
        step=spent.step,
        confirmed_at=to_text(services.now()),
        recovery=tuple(map(second_factor.kept_of, codes)),
    )
    commit_and_end_others(cx, successor(operator, factor=factor), "second factor confirmed")
    logins.let_in(cx, tries)
    return FactorConfirmed(recovery_codes=codes)


def remove(cx: Context, command: RemoveFactor) -> OneOperator:
    """→ ``operator``. Conflict where none is asked for."""
    operator = prove_oneself(cx, command.password)
    if not operator.has_second_factor:
        raise Conflict("there is no second factor to take off")
    _, tries = logins.spend_code(cx, operator, command.code)
    changed = successor(operator, factor=None)
    cx.services.store.commit(Put(changed))
    logins.let_in(cx, tries)
    shut_out_everywhere(cx.services)
    return operators.answer(cx, changed)


def take_off(cx: Context, command: TakeOffFactor) -> OneOperator:
    """→ ``operator``, who logs in by password alone; Conflict where there is nothing to take."""
    services, operator = cx.services, operators.touch(cx, command.username)
    if operator.factor is None:
        raise Conflict(f"operator {operator.id} has no second factor")
    changed = successor(operator, factor=None)
    services.store.commit(Put(changed))
    LOG.bind(account=operator.id).info("operator {} has no second factor any more", operator.id)
    shut_out_everywhere(services)
    return operators.answer(cx, changed)


def change_password(cx: Context, command: ChangeOwnPassword) -> OneOperator:
    """→ ``operator``; all their sessions but this one end, with their connections."""
    services, operator = cx.services, prove_oneself(cx, command.old)
    password_hash = logins.hash_password(services, command.password)
    changed = successor(operator, password_hash=password_hash)
    commit_and_end_others(cx, changed, "new password")
    return operators.answer(cx, changed)


def prove_oneself(cx: Context, password: str) -> Operator:
    """The account of who asks, whose password this is; counted as a log-in is."""
    account, tries = logins.prove(cx, Operator, operators.oneself(cx).id, password, "")
    logins.let_in(cx, tries)
    return account


def commit_and_end_others(cx: Context, operator: Operator, why: str, *also: Change) -> None:
    """The account as changed; whoever else is logged in as this operator is so no more."""
    services, own = cx.services, operators.session_of(cx)
    found = identity.sessions(services, operator.id)
    if own not in (one.id for one in found):
        raise Unauthenticated(identity.UNKNOWN)  # ended meanwhile
    others = [one.id for one in found if one.id != own]
    services.store.commit(Put(operator), *also, *(Remove("sessions", id) for id in others))
    for id in others:
        operators.expel(services, operator.id, why, id)


def shut_out_everywhere(services: Services) -> None:
    """Somebody has no second factor any more: so they may be connected nowhere as if they had."""
    shut_out_unproven(services)
    services.nodes.tell("unproven")


def shut_out_unproven(services: Services) -> None:
    """Ends the connections to this process of operators who have to have a second factor first."""
    for connection in in_turns(services.connections):
        username = connection.principal.operator
        account = services.store.get(Operator, username) if username else None
        if account and services.as_operator(account).must_enrol:
            presence.shut_out(services, account.id)
            operators.put_out(services, connection, "a second factor is needed")


HANDLERS: Handlers = {
    BeginFactor: begin,
    ConfirmFactor: confirm,
    RemoveFactor: remove,
    TakeOffFactor: take_off,
    ChangeOwnPassword: change_password,
}
