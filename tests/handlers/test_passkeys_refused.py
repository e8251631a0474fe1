"""Every answer of a passkey that opens nothing: wrong, late, copied, somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from loguru import logger

from chatd.domain import passkey as passkeys
from chatd.domain.versions import successor
from chatd.errors import (
    Conflict,
    Forbidden,
    LockedOut,
    Rejected,
    Unauthenticated,
)
from chatd.protocol.operators import RemoveOperator, SetDisabled, SetPassword
from chatd.protocol.passkeys import (
    AskPasskey,
    BeginPasskey,
    ConfirmPasskey,
    LoginByPasskey,
    RemovePasskey,
    TakeOffPasskeys,
)
from chatd.store.base import Put
from tests.authenticator import PAGE, PRESENT, VERIFIED, Authenticator
from tests.handlers.stage import Person, Stage
from tests.handlers.test_accounts import PASSWORD, limited
from tests.handlers.test_logins import hash_of, log_in
from tests.handlers.test_passkeys import account_of, add, come_in, from_browser, own

NOT_GOOD = "not good here"


@pytest.fixture
def artem(stage: Stage) -> Person:
    """Somebody with a password that tests know."""
    return stage.staff(password_hash=hash_of(PASSWORD))


STRANGER = "https://chat.example.evil.example"


LIES: tuple[dict[str, Any], ...] = (
    {"challenge": passkeys.to_text(bytes(36))},
    {"challenge": ""},
    {"page": STRANGER},
    {"page": "http://chat.example"},
    {"host": "evil.example"},
    {"handle": passkeys.to_text(b"somebody")},
    {"key": Authenticator().key},
)


def test_an_answer_to_something_else_lets_nobody_in(stage: Stage, artem: Person) -> None:
    device = add(stage, artem)
    for lies in LIES:
        with pytest.raises(Unauthenticated, match=NOT_GOOD) as refused:
            come_in(stage, device, **lies)
        assert refused.value.details == {"passkey": True}
        assert come_in(stage, device).token, "and nothing is used up by it"


def test_a_challenge_is_good_once_soon_and_in_the_browser_that_asked(
    stage: Stage, artem: Person
) -> None:
    device = add(stage, artem, counts=False)
    early = from_browser(stage, AskPasskey())
    stage.now += 1
    asked = from_browser(stage, AskPasskey())
    answer = LoginByPasskey(**device.sign(asked))
    for where in ({"asked_by": "another"}, {"asked_by": ""}, {"page": STRANGER}):
        with pytest.raises(Unauthenticated, match=NOT_GOOD):
            from_browser(stage, answer, **where)
    assert from_browser(stage, answer).token
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        from_browser(stage, answer)
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        from_browser(stage, LoginByPasskey(**device.sign(early)))
    late = from_browser(stage, AskPasskey())
    stage.now += passkeys.LASTS_S + 1
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        from_browser(stage, LoginByPasskey(**device.sign(late)))
    stage.reopen()
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        from_browser(stage, answer)
    assert come_in(stage, device).token


def test_an_answer_that_another_node_has_just_taken_is_refused(
    stage: Stage, artem: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, commit, lost = add(stage, artem), stage.store.commit, list[bool]()
    asked = from_browser(stage, AskPasskey())

    def elsewhere(*changes: Any, **how: Any) -> Any:
        if not lost:
            lost.append(True)
            commit(Put(successor(account_of(stage), answered=int(stage.now * 1e6))))
        return commit(*changes, **how)

    monkeypatch.setattr(stage.store, "commit", elsewhere)
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        from_browser(stage, LoginByPasskey(**device.sign(asked)))
    assert lost


def test_one_that_has_signed_no_more_than_before_is_a_copy_and_told(
    stage: Stage, artem: Person
) -> None:
    device, said = add(stage, artem), list[str]()
    for count in (7, 8):
        device.count = count
        assert come_in(stage, device).token
    sink = logger.add(lambda text: said.append(str(text)), level="WARNING", format="{message}")
    for count in (8, 3, -1):
        device.count = count
        with pytest.raises(Unauthenticated, match=NOT_GOOD):
            come_in(stage, device)
    logger.remove(sink)
    assert sum("may have been copied" in one for one in said) == 3
    device.count = 20
    assert come_in(stage, device).token
    quiet = add(stage, artem, counts=False)
    assert come_in(stage, quiet).token and come_in(stage, quiet).token, "many do not count"


def test_who_was_not_verified_is_not_let_in_and_gets_no_passkey(
    stage: Stage, artem: Person
) -> None:
    device = add(stage, artem)
    for flags in (PRESENT, VERIFIED, 0):
        device.flags = flags
        with pytest.raises(Unauthenticated, match=NOT_GOOD):
            come_in(stage, device)
        with pytest.raises(Rejected):
            add(stage, artem, flags=flags)
    assert len(account_of(stage).passkeys) == 1


def test_whose_account_is_shut_gone_or_somebody_elses_is_not_let_in(
    stage: Stage, artem: Person
) -> None:
    device = add(stage, artem)
    boris = stage.staff("boris", password_hash=hash_of(PASSWORD))
    theirs = add(stage, boris, "of boris")
    for stolen in ({"handle": device.handle}, {"key": device.key}):
        with pytest.raises(Unauthenticated, match=NOT_GOOD):
            come_in(stage, theirs, **stolen)
    stage.shell(SetDisabled(username="artem"))
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        come_in(stage, device)
    stage.shell(SetDisabled(username="artem", disabled=False))
    stage.shell(SetPassword(username="artem", password="another password"))
    assert come_in(stage, device).token, "another password takes no passkey away"
    stage.shell(RemoveOperator(username="artem"))
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        come_in(stage, device)
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        come_in(stage, Authenticator())
    assert come_in(stage, theirs).operator.username == "boris"


def test_what_is_taken_away_while_it_is_judged_lets_nobody_in(stage: Stage, artem: Person) -> None:
    device, judge = add(stage, artem), stage.services.hashing.for_stranger

    def meanwhile(*args: Any) -> Any:
        right = judge(*args)
        stage.shell(TakeOffPasskeys(username="artem"))
        return right

    stage.services.hashing.for_stranger = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Unauthenticated, match=NOT_GOOD):
        come_in(stage, device)


def test_a_new_one_answers_its_own_challenge_in_its_session_page_and_time(
    stage: Stage, artem: Person
) -> None:
    boris, again = stage.staff("boris", password_hash=hash_of(PASSWORD)), stage.session("artem")
    begun = own(stage, artem, BeginPasskey(password=PASSWORD))
    device = Authenticator()
    good = device.make(begun)

    def refused(who: Person, answer: dict[str, str], page: str = PAGE) -> None:
        with pytest.raises(Rejected, match="no answer to what it was asked"):
            own(stage, who, ConfirmPasskey(name="x", **answer), page)

    refused(stage.again(again), good)
    refused(boris, good)
    refused(artem, good, "https://other.example")
    for lies in ({"page": STRANGER}, {"host": "evil.example"}, {"challenge": begun.handle}):
        refused(artem, device.make(begun, **lies))
    asked = from_browser(stage, AskPasskey())
    refused(artem, device.make(begun, challenge=asked.challenge))
    refused(artem, {**good, "passkey": Authenticator().id})
    for member in ("client_data", "attestation"):
        for garbage in ("", "AAAA", "x" * 4_001, passkeys.to_text(b'{"challenge":[]}')):
            refused(artem, {**good, member: garbage})
    own(stage, artem, ConfirmPasskey(name="x", **good))
    refused(artem, good)
    own(stage, artem, RemovePasskey(passkey=device.id, password=PASSWORD))
    refused(artem, good)
    begun = own(stage, artem, BeginPasskey(password=PASSWORD))
    stage.now += passkeys.LASTS_S + 1
    refused(artem, device.make(begun))
    begun = own(stage, boris, BeginPasskey(password=PASSWORD))
    own(stage, boris, ConfirmPasskey(name="x", **device.make(begun)))
    begun = own(stage, artem, BeginPasskey(password=PASSWORD))
    with pytest.raises(Conflict, match="there already"):
        own(stage, artem, ConfirmPasskey(name="x", **device.make(begun)))


def test_garbage_is_refused_like_anything_else(stage: Stage, artem: Person) -> None:
    device = add(stage, artem)
    limited(stage, logins_per_account="100/minute")
    for member in ("client_data", "authenticator_data", "signature"):
        for garbage in ("", "A", "AAAA", "x" * 4_001):
            answer = device.sign(from_browser(stage, AskPasskey()))
            with pytest.raises(Unauthenticated, match=NOT_GOOD):
                from_browser(stage, LoginByPasskey(**{**answer, member: garbage}))
    assert come_in(stage, device).token


NO_PAGES = ("", "http://chat.example", "https://192.0.2.1", "https://[2001:db8::1]:8443", "null")


def test_elsewhere_than_in_a_page_of_our_own_there_are_none(stage: Stage, artem: Person) -> None:
    device = add(stage, artem)
    begun = own(stage, artem, BeginPasskey(password=PASSWORD))
    made = ConfirmPasskey(name="x", **Authenticator().make(begun))
    answer = LoginByPasskey(**device.sign(from_browser(stage, AskPasskey())))
    for page in NO_PAGES:
        for command in (BeginPasskey(password=PASSWORD), made):
            with pytest.raises(Forbidden, match="a page of the daemon's own"):
                own(stage, artem, command, page)
        assert from_browser(stage, AskPasskey(), page=page).challenge is None
        with pytest.raises(Forbidden, match="a page of the daemon's own"):
            from_browser(stage, answer, page=page)
    assert own(stage, artem, BeginPasskey(password=PASSWORD), "http://localhost:8080").challenge


def test_wrong_answers_are_counted_as_wrong_passwords_are(stage: Stage, artem: Person) -> None:
    device = add(stage, artem)
    limited(stage, logins_per_account="3/minute", logins_per_address="100/minute")
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            come_in(stage, device, challenge="")
    with pytest.raises(LockedOut):
        come_in(stage, device)
    with pytest.raises(LockedOut):
        log_in(stage, "artem")
    for _ in range(5):
        assert come_in(stage, device, {"address": "198.51.100.8"}).token, "what is right is not"
