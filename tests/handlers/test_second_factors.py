"""Second factors: what a code opens, that none opens twice, and who may do nothing without one."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from chatd.dispatch import auditing
from chatd.domain import second_factor
from chatd.domain.participant import LoginSession, Operator
from chatd.domain.versions import successor
from chatd.errors import (
    ChatdError,
    Conflict,
    Forbidden,
    LockedOut,
    NotFound,
    Unauthenticated,
)
from chatd.handlers import second_factors
from chatd.live.connections import CLOSE_KICKED
from chatd.protocol.commands import Hello, Ping
from chatd.protocol.operators import CreateOperator, ListOperators, Login, WhoAmI
from chatd.protocol.second_factors import (
    BeginFactor,
    ChangeOwnPassword,
    ConfirmFactor,
    RemoveFactor,
    TakeOffFactor,
)
from chatd.protocol.support import GetQueue
from chatd.service.context import Caller
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage
from tests.handlers.test_accounts import PASSWORD, is_open, limited
from tests.handlers.test_logins import hash_of, log_in
from tests.trust.house import SHELL, convert_config

STEP = second_factor.STEP_SECONDS


def code_of(stage: Stage, secret: str, steps: int = 0) -> str:
    """What an app shows, so many steps later."""
    return pyotp.TOTP(secret).at(int(stage.now) + steps * STEP)


def enrol(stage: Stage, who: Person) -> tuple[str, list[str]]:
    """The secret and the recovery codes of somebody's new second factor."""
    secret = who.ask(BeginFactor(password=PASSWORD)).secret
    return secret, who.ask(ConfirmFactor(code=code_of(stage, secret))).recovery_codes


def require(stage: Stage, how: str) -> None:
    """As a reload does."""
    config = convert_config({**stage.settings, "operators": {"second_factor": how}})
    stage.services.config = config
    second_factors.shut_out_unproven(stage.services)


def factor_of(stage: Stage, username: str = "artem") -> second_factor.SecondFactor:
    """What is kept."""
    account = stage.store.get(Operator, username)
    assert account and account.factor
    return account.factor


@pytest.fixture
def artem(stage: Stage) -> Person:
    """Somebody with a password that tests know."""
    return stage.staff(password_hash=hash_of(PASSWORD))


def wanted(refused: pytest.ExceptionInfo[Unauthenticated]) -> Any:
    """What a program is told that it needs."""
    told = refused.value.as_dict()
    return told["code"], told.get("field"), told.get("second_factor")


def test_a_factor_counts_from_its_first_code_and_is_asked_for_from_then_on(
    stage: Stage, artem: Person
) -> None:
    begun = artem.ask(BeginFactor(password=PASSWORD))
    assert begun.secret in begun.address and begun.address.startswith("otpauth://totp/")
    assert begun.qr.size > 20 and begun.qr.path.startswith(f"M{4} {4}h7v1h-7z")
    assert log_in(stage, "artem").token, "nothing is asked for until a code was right"
    with pytest.raises(Unauthenticated, match="wrong") as refused:
        artem.ask(ConfirmFactor(code="000000"))
    assert wanted(refused)[2] is True
    other = log_in(stage, "artem").token
    code = code_of(stage, begun.secret)
    assert len(artem.ask(ConfirmFactor(code=f"{code[:3]} {code[3:]}")).recovery_codes) == 10
    assert not artem.closed and not is_open(stage, other), "one's other sessions end"
    with pytest.raises(Unauthenticated, match="is needed as well") as refused:
        log_in(stage, "artem")
    assert wanted(refused) == ("unauthenticated", "code", True)
    with pytest.raises(Unauthenticated) as refused:
        log_in(stage, "artem", "wrong", code=code_of(stage, begun.secret, 1))
    assert wanted(refused) == ("unauthenticated", None, None), "who guesses learns of no factor"
    assert is_open(stage, log_in(stage, "artem", code=code_of(stage, begun.secret, 1)).token)
    assert artem.ask(WhoAmI()).operator.second_factor is True
    for again in (BeginFactor(password=PASSWORD), ConfirmFactor(code=code)):
        with pytest.raises(Conflict):
            artem.ask(again)
    with pytest.raises(Unauthenticated, match="wrong username or password"):
        artem.ask(BeginFactor(password="guess"))


def test_a_used_step_is_never_taken_twice_nor_one_before_it(stage: Stage, artem: Person) -> None:
    secret, _ = enrol(stage, artem)
    with pytest.raises(Unauthenticated, match="used already"):
        log_in(stage, "artem", code=code_of(stage, secret))
    stage.now += 2 * STEP
    later, here = code_of(stage, secret, 1), code_of(stage, secret)
    for steps in (-2, 2):
        with pytest.raises(Unauthenticated, match="wrong"):
            log_in(stage, "artem", code=code_of(stage, secret, steps))
    assert log_in(stage, "artem", code=later).token, "a clock may be a step ahead"
    for code in (later, here):
        with pytest.raises(Unauthenticated, match="used already"):
            log_in(stage, "artem", code=code)
    stage.reopen()
    with pytest.raises(Unauthenticated, match="used already"):
        log_in(stage, "artem", code=later)
    stage.now += 3 * STEP
    assert log_in(stage, "artem", code=code_of(stage, secret, -1)).token, "or a step behind"


def test_who_comes_with_a_code_that_another_node_has_just_taken_is_refused(
    stage: Stage, artem: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, codes = enrol(stage, artem)
    commit = stage.store.commit
    for code in (code_of(stage, secret, 1), codes[0]):
        lost = list[bool]()

        def elsewhere(*changes: Any, code: str = code, lost: list[bool] = lost, **how: Any) -> Any:
            if not lost:
                lost.append(True)
                account = stage.store.get(Operator, "artem")
                assert account and account.factor
                spent = second_factor.spend(account.factor, code, stage.now)
                commit(Put(successor(account, factor=spent)))
            return commit(*changes, **how)

        monkeypatch.setattr(stage.store, "commit", elsewhere)
        before = len(stage.store.all(LoginSession))
        with pytest.raises(Unauthenticated, match="used already"):
            log_in(stage, "artem", code=code)
        assert lost and len(stage.store.all(LoginSession)) == before
        monkeypatch.undo()


def test_a_recovery_code_opens_once_and_only_its_hash_is_kept(stage: Stage, artem: Person) -> None:
    secret, codes = enrol(stage, artem)
    kept = factor_of(stage)
    assert not any(code.replace("-", "") in str(kept.recovery) for code in codes)
    assert secret not in repr(stage.store.get(Operator, "artem"))
    assert log_in(stage, "artem", code=codes[0].upper().replace("-", " ")).token
    stage.reopen()
    with pytest.raises(Unauthenticated, match="used already"):
        log_in(stage, "artem", code=codes[0])
    assert log_in(stage, "artem", code=codes[1]).token
    assert len(factor_of(stage).recovery) == 8


def test_codes_are_limited_for_who_knows_the_password_but_not_where_the_account_is_known(
    stage: Stage, artem: Person
) -> None:
    secret, _ = enrol(stage, artem)
    assert log_in(stage, "artem", code=code_of(stage, secret, 1), address="203.0.113.9").token
    limited(stage, codes_per_account="2/hour", logins_per_account="100/minute")
    for n in range(2):
        with pytest.raises(Unauthenticated):
            log_in(stage, "artem", code="000000", address=f"198.51.{n}.7")
    stage.now += 3 * STEP
    with pytest.raises(LockedOut):
        log_in(stage, "artem", code=code_of(stage, secret), address="198.51.3.7")
    for _ in range(3):
        with pytest.raises(Unauthenticated, match="is needed as well"):
            log_in(stage, "artem", address="203.0.113.9")
    assert log_in(stage, "artem", code=code_of(stage, secret), address="203.0.113.9").token


def test_it_is_taken_off_by_oneself_with_both_or_by_an_administrator(
    stage: Stage, artem: Person
) -> None:
    _, codes = enrol(stage, artem)
    for password, code in (("guess", codes[0]), (PASSWORD, "000000")):
        with pytest.raises(Unauthenticated):
            artem.ask(RemoveFactor(password=password, code=code))
    assert artem.ask(RemoveFactor(password=PASSWORD, code=codes[0])).operator.second_factor is False
    with pytest.raises(Conflict):
        artem.ask(RemoveFactor(password=PASSWORD, code=codes[1]))
    enrol(stage, artem)
    olga = stage.staff("olga")
    with pytest.raises(Forbidden):
        olga.ask(TakeOffFactor(username="artem"))
    assert stage.shell(TakeOffFactor(username="artem")).operator.second_factor is False
    assert log_in(stage, "artem").token
    for username, error in (("artem", Conflict), ("nobody", NotFound)):
        with pytest.raises(error):
            stage.shell(TakeOffFactor(username=username))
    shown = olga.ask(ListOperators()).operators
    told = [(one.username, one.second_factor) for one in shown if one.username == "artem"]
    assert told == [("artem", told[0][1])] and told[0][1] is not True, "no colleague is told"


def test_where_it_is_required_who_has_none_can_begin_one_and_nothing_else(
    stage: Stage, artem: Person
) -> None:
    olga = stage.staff("olga", password_hash=hash_of(PASSWORD))
    enrol(stage, olga)
    require(stage, "required")
    assert (artem.closed, olga.closed) == ([CLOSE_KICKED], [])
    assert stage.services.operators.status("artem") == "offline"
    came = log_in(stage, "artem")
    assert came.operator.must_enrol is True
    with pytest.raises(Forbidden, match="second factor is needed first") as refused:
        stage.again(came.token)
    assert refused.value.details["enrol"] is True
    account = stage.store.get(Operator, "artem")
    assert account
    caller = Caller(stage.services.as_operator(account), "192.0.2.1", token=came.token)

    def ask(command: Any) -> Any:
        return stage._dispatcher.carry_out(caller, command)

    for command in (GetQueue(), ListOperators(), RemoveFactor(password="", code="")):
        with pytest.raises(Forbidden, match="second factor is needed first"):
            ask(command)
    assert ask(Ping()) and ask(WhoAmI()).operator.must_enrol is True
    secret = ask(BeginFactor(password=PASSWORD)).secret
    ask(ConfirmFactor(code=code_of(stage, secret)))
    assert ask(GetQueue()) is not None
    assert stage.again(came.token).ask(GetQueue()) is not None
    stage.shell(TakeOffFactor(username="artem"))
    with pytest.raises(Forbidden):
        ask(GetQueue())
    require(stage, "off")
    stage.shell(CreateOperator(username="rita", display_name="Rita", password=PASSWORD))
    assert log_in(stage, "olga").token, "where none is asked for, none is"
    with pytest.raises(Conflict, match="off"):
        stage.again(log_in(stage, "rita").token).ask(BeginFactor(password=PASSWORD))


def test_nothing_that_is_written_down_has_a_code_or_a_secret(stage: Stage, artem: Person) -> None:
    caller = Caller(SHELL)
    for command in (
        Login(username="artem", password=PASSWORD, code="123456"),
        ConfirmFactor(code="123456"),
        RemoveFactor(password=PASSWORD, code="123456"),
        ChangeOwnPassword(old=PASSWORD, password=f"new {PASSWORD}"),
    ):
        said = str(auditing.entry(stage.services, caller, command, "done", ""))
        assert "123456" not in said and PASSWORD not in said


def test_a_new_password_of_ones_own_takes_the_old_one_and_ends_all_other_sessions(
    stage: Stage, artem: Person
) -> None:
    other = stage.again(stage.session("artem"))
    with pytest.raises(Unauthenticated):
        artem.ask(ChangeOwnPassword(old="guess", password="another password"))
    artem.ask(ChangeOwnPassword(old=PASSWORD, password="another password"))
    assert (artem.closed, other.closed) == ([], [CLOSE_KICKED])
    with pytest.raises(ChatdError):
        log_in(stage, "artem")
    assert log_in(stage, "artem", "another password").token
    assert stage.again(artem.token).ask(Hello(token=artem.token)).participant.id == artem.id
