"""Passkeys: what one opens, how they are added and taken away, and who is told."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain import passkey as passkeys
from chatd.domain.participant import Operator
from chatd.domain.passkey import Holder
from chatd.domain.principal import ANONYMOUS
from chatd.errors import (
    ChatdError,
    Conflict,
    Forbidden,
    NotFound,
    Unauthenticated,
)
from chatd.handlers.passkeys import note_holders
from chatd.live.connections import CLOSE_KICKED
from chatd.protocol.operators import RemoveOperator, WhoAmI
from chatd.protocol.passkeys import (
    AskPasskey,
    BeginPasskey,
    ConfirmPasskey,
    ListPasskeys,
    ListPasskeysOf,
    LoginByPasskey,
    RemovePasskey,
    TakeOffPasskeys,
)
from chatd.protocol.second_factors import BeginFactor, RemoveFactor, TakeOffFactor
from chatd.protocol.support import GetQueue
from chatd.service.context import Caller
from chatd.store.base import Remove
from tests.authenticator import PAGE, Authenticator
from tests.handlers.stage import Person, Stage
from tests.handlers.test_accounts import PASSWORD, is_open
from tests.handlers.test_logins import hash_of, log_in
from tests.handlers.test_second_factors import code_of, enrol, require

BROWSER = "what the browser keeps"
NOT_GOOD = "not good here"


@pytest.fixture
def artem(stage: Stage) -> Person:
    """Somebody with a password that tests know."""
    return stage.staff(password_hash=hash_of(PASSWORD))


def own(stage: Stage, who: Person, command: Any, page: str = PAGE) -> Any:
    """What somebody asks in a page of the daemon's own, a moment later."""
    stage.now += 0.001
    return stage.over_http(who, command, page=page)


def add(stage: Stage, who: Person, name: str = "phone", **how: Any) -> Authenticator:
    """An authenticator that has a passkey of theirs by now."""
    device = Authenticator(**how)
    begun = own(stage, who, BeginPasskey(password=PASSWORD))
    own(stage, who, ConfirmPasskey(name=name, **device.make(begun)))
    return device


def from_browser(stage: Stage, command: Any, **fields: Any) -> Any:
    """What nobody yet asks in a browser, a moment later."""
    stage.now += 0.001
    told = {"address": "198.51.100.7", "page": PAGE, "asked_by": BROWSER, **fields}
    return stage.dispatcher.carry_out(Caller(ANONYMOUS, told.pop("address"), **told), command)


def come_in(stage: Stage, device: Authenticator, where: Any = None, **lies: Any) -> Any:
    """Somebody asks, and logs in by what the device answers."""
    asked = from_browser(stage, AskPasskey(), **(where or {}))
    return from_browser(stage, LoginByPasskey(**device.sign(asked, **lies)), **(where or {}))


def account_of(stage: Stage, username: str = "artem") -> Operator:
    """As it is kept."""
    account = stage.store.get(Operator, username)
    assert account
    return account


def test_a_passkey_logs_in_without_a_password_and_a_code(stage: Stage, artem: Person) -> None:
    begun = own(stage, artem, BeginPasskey(password=PASSWORD))
    assert (begun.host, begun.username) == ("chat.example", "artem")
    assert "artem" not in str(passkeys.to_bytes(begun.handle)).lower(), "says nothing of who it is"
    device, other = Authenticator(), stage.again(stage.session("artem"))
    made = own(stage, artem, ConfirmPasskey(name=" My  phone ", **device.make(begun))).passkey
    assert (made.id, made.name, made.used_at) == (device.id, "My phone", None)
    assert (artem.closed, other.closed) == ([], [CLOSE_KICKED]), "as with a first code"
    stage.now += 60
    came = come_in(stage, device)
    assert came.operator.username == "artem" and came.device and is_open(stage, came.token)
    assert log_in(stage, "artem").token, "a password is still enough where that is allowed"
    enrol(stage, stage.again(came.token))
    assert come_in(stage, device).token, "it counts as both"
    (kept,) = own(stage, stage.again(stage.session("artem")), ListPasskeys()).passkeys
    assert kept.used_at > kept.created_at and "public_key" not in str(kept)
    stage.reopen()
    assert come_in(stage, device).token


def test_several_are_kept_each_with_a_name_and_taken_away_with_what_they_began(
    stage: Stage, artem: Person
) -> None:
    phone, laptop = add(stage, artem), add(stage, artem, "laptop")
    begun = own(stage, artem, BeginPasskey(password=PASSWORD))
    assert begun.exclude == [phone.id, laptop.id]
    there = stage.again(come_in(stage, phone).token)
    here = stage.again(come_in(stage, laptop).token)
    with pytest.raises(Unauthenticated):
        own(stage, artem, RemovePasskey(passkey=phone.id, password="guess"))
    with pytest.raises(NotFound):
        own(stage, artem, RemovePasskey(passkey="else", password=PASSWORD))
    gone = own(stage, artem, RemovePasskey(passkey=phone.id, password=PASSWORD)).passkey
    assert gone.id == phone.id and there.closed == [CLOSE_KICKED]
    assert (here.closed, artem.closed) == ([], []) and not is_open(stage, there.token)
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        come_in(stage, phone)
    assert come_in(stage, laptop).token
    own(stage, here, RemovePasskey(passkey=laptop.id, password=PASSWORD))
    assert here.closed == [], "who takes it away stays"
    for _ in range(passkeys.MOST):
        add(stage, artem)
    with pytest.raises(Conflict, match="10 passkeys"):
        own(stage, artem, BeginPasskey(password=PASSWORD))


def test_adding_and_removing_ask_for_the_password_and_a_code_where_there_is_one(
    stage: Stage, artem: Person
) -> None:
    with pytest.raises(Unauthenticated, match="wrong username or password"):
        own(stage, artem, BeginPasskey(password="guess"))
    device = add(stage, artem)
    secret, codes = enrol(stage, artem)
    for command in (
        BeginPasskey(password=PASSWORD),
        RemovePasskey(passkey=device.id, password=PASSWORD),
    ):
        with pytest.raises(Unauthenticated) as refused:
            own(stage, artem, command)
        assert refused.value.details["second_factor"] is True
        with pytest.raises(Unauthenticated):
            own(stage, artem, replace(command, code="000000"))
    stage.now += 60
    code = code_of(stage, secret)
    assert own(stage, artem, BeginPasskey(password=PASSWORD, code=code)).challenge
    with pytest.raises(Unauthenticated, match="used already"):
        own(stage, artem, RemovePasskey(passkey=device.id, password=PASSWORD, code=code))
    own(stage, artem, RemovePasskey(passkey=device.id, password=PASSWORD, code=codes[0]))
    assert account_of(stage).passkeys == ()


def test_whose_one_is_is_found_without_looking_at_everybody_and_forgotten_with_it(
    stage: Stage, artem: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = stage.staff("boss", role="admin")
    phone, laptop = add(stage, artem), add(stage, artem, "laptop")
    listed, really = list[type](), stage.store.all
    with monkeypatch.context() as patched:
        patched.setattr(
            stage.store, "all", lambda kind, **how: listed.append(kind) or really(kind, **how)
        )
        with pytest.raises(Unauthenticated, match=NOT_GOOD):
            come_in(stage, Authenticator())
        assert come_in(stage, phone).token
    assert Operator not in listed
    own(stage, artem, RemovePasskey(passkey=phone.id, password=PASSWORD))
    (held,) = stage.store.all(Holder)
    assert held == Holder(id=passkeys.holder_id(laptop.id), operator="artem")
    stage.store.commit(Remove("holders", held.id))  # as it was before these were kept
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        come_in(stage, laptop)
    for _ in range(2):
        note_holders(stage.store)
        assert stage.store.all(Holder) == [held]
    assert come_in(stage, laptop).token
    boss.ask(RemoveOperator(username="artem"))
    assert stage.store.all(Holder) == []
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        come_in(stage, laptop)


def test_it_is_what_all_need_and_then_a_password_alone_is_not_enough(
    stage: Stage, artem: Person
) -> None:
    require(stage, "required")
    came = log_in(stage, "artem")
    assert came.operator.must_enrol is True
    account = stage.services.as_operator(account_of(stage))
    caller = Caller(account, "192.0.2.1", token=came.token, page=PAGE)

    def ask(command: Any) -> Any:
        return stage.dispatcher.carry_out(caller, command)

    with pytest.raises(Forbidden, match="second factor is needed first"):
        ask(GetQueue())
    device = Authenticator()
    begun = ask(BeginPasskey(password=PASSWORD))
    ask(ConfirmPasskey(name="phone", **device.make(begun)))
    assert ask(GetQueue()) is not None
    with pytest.raises(Unauthenticated, match="logs in by a passkey") as refused:
        log_in(stage, "artem")
    assert refused.value.details == {"passkey": True}
    with pytest.raises(Unauthenticated, match="wrong username or password"):
        log_in(stage, "artem", "guess")
    there = stage.again(come_in(stage, device).token)
    secret, codes = enrol(stage, there)
    stage.now += 60
    assert log_in(stage, "artem", code=code_of(stage, secret)).token
    there.ask(RemoveFactor(password=PASSWORD, code=codes[0]))
    assert there.closed == [] and there.ask(WhoAmI()).operator.passkeys == 1
    stage.shell(TakeOffPasskeys(username="artem"))
    assert there.closed == [CLOSE_KICKED], "nothing is left that is asked of all"
    assert log_in(stage, "artem").operator.must_enrol is True


def test_an_operators_are_for_who_looks_after_them(stage: Stage, artem: Person) -> None:
    phone, laptop = add(stage, artem), add(stage, artem, "laptop")
    boss, olga = stage.staff("boss", role="admin"), stage.staff("olga")
    came = stage.again(come_in(stage, phone).token)
    for command in (ListPasskeysOf(username="artem"), TakeOffPasskeys(username="artem")):
        with pytest.raises(Forbidden):
            olga.ask(command)
    told = boss.ask(ListPasskeysOf(username="artem"))
    assert [one.name for one in told.passkeys] == ["phone", "laptop"]
    left = stage.shell(TakeOffPasskeys(username="artem", passkey=phone.id)).passkeys
    assert [one.id for one in left] == [laptop.id]
    assert (came.closed, artem.closed) == ([CLOSE_KICKED], [])
    assert boss.ask(TakeOffPasskeys(username="artem")).passkeys == []
    for wrong, error in (
        (TakeOffPasskeys(username="artem"), Conflict),
        (TakeOffPasskeys(username="nobody"), NotFound),
        (TakeOffFactor(username="artem"), Conflict),
    ):
        with pytest.raises(error):
            stage.shell(wrong)


def test_what_was_done_with_them_is_told_and_nothing_that_opens_anything(
    stage: Stage, artem: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[dict[str, Any]]()
    monkeypatch.setattr(stage.services.audit, "write", lambda said, **how: told.append(said))
    monkeypatch.setattr(stage.services.audit, "write_failure", told.append)
    device = add(stage, artem)
    come_in(stage, device)
    with pytest.raises(ChatdError):
        come_in(stage, device, challenge="")
    own(stage, artem, RemovePasskey(passkey=device.id, password=PASSWORD))
    assert [(one["command"], one["target"], one["outcome"]) for one in told] == [
        ("passkey:confirm", "phone", "done"),
        ("passkey:login", "artem", "done"),
        ("passkey:login", None, "unauthenticated"),
        ("passkey:remove", None, "done"),
    ]
    assert told[2]["arguments"] == {"passkey": device.id} == told[3]["arguments"]
    told.clear()
    own(stage, artem, BeginFactor(password=PASSWORD))
    assert told == [], "nothing came of it"
    for begin in (BeginFactor(password="guess"), BeginPasskey(password="guess")):
        with pytest.raises(Unauthenticated):
            own(stage, artem, begin)
    assert [(one["command"], one["outcome"]) for one in told] == [
        ("factor:begin", "unauthenticated"),
        ("passkey:begin", "unauthenticated"),
    ]
    assert PASSWORD not in str(told) and "signature" not in str(told)
