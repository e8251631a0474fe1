"""Logging in: who is let in, how guesses are counted, and what keeps nobody out."""

from __future__ import annotations

from typing import Any

import bcrypt
import pytest
from loguru import logger

from chatd.domain.participant import LoginSession, Operator
from chatd.domain.versions import successor
from chatd.errors import (
    Banned,
    Forbidden,
    LockedOut,
    Unauthenticated,
)
from chatd.handlers import logins
from chatd.protocol.commands import Hello
from chatd.protocol.operating import AddBan
from chatd.protocol.operators import Login, SetDisabled, SetPassword
from chatd.store.base import Put
from tests.handlers.stage import Stage
from tests.handlers.test_accounts import PASSWORD, is_open, limited

ROUNDS = logins.ROUNDS  # before the tests are made quick


def hash_of(password: str) -> str:
    """A password as it is kept."""
    return bcrypt.hashpw(logins.digestible(password), bcrypt.gensalt(4)).decode()


def log_in(stage: Stage, username: str, password: str = PASSWORD, **how: Any) -> Any:
    """From an address where nobody was before, unless another is named."""
    address = how.pop("address", "198.51.100.7")
    connection = how.pop("connection", None) or stage.connect(address)
    connection.sites = how.pop("sites", None)
    return stage.ask_from_page(connection, Login(username=username, password=password, **how))


def test_a_login_is_with_the_right_password_of_an_account_that_is_open(stage: Stage) -> None:
    stage.staff(password_hash=hash_of(PASSWORD))
    stage.staff("olga", password_hash=hash_of(PASSWORD), disabled=False)
    stage.shell(SetDisabled(username="olga"))
    for username, password in (
        ("artem", "wrong"),
        ("artem", f"{PASSWORD} "),
        ("olga", PASSWORD),
        ("nobody", PASSWORD),
    ):
        with pytest.raises(Unauthenticated, match="wrong username or password"):
            log_in(stage, username, password)
    assert is_open(stage, log_in(stage, "ARTEM").token)


@pytest.mark.parametrize("by_now", ["", "~"], ids=["before", "behind"])
def test_a_password_that_was_replaced_while_it_was_checked_lets_nobody_in(
    stage: Stage, by_now: str
) -> None:
    """Whichever of the two hashes is the greater."""
    stage.staff(password_hash=hash_of(PASSWORD))
    check = stage.services.hashing.for_stranger

    def meanwhile(*args: Any) -> Any:
        right = check(*args)
        account = stage.store.get(Operator, "artem")
        assert account
        stage.store.commit(Put(successor(account, password_hash=by_now)))
        return right

    stage.services.hashing.for_stranger = meanwhile  # type: ignore[method-assign]
    before = stage.store.all(LoginSession)
    with pytest.raises(Unauthenticated, match="wrong username or password"):
        log_in(stage, "artem")
    assert stage.store.all(LoginSession) == before


def test_a_password_that_is_set_while_the_old_one_is_checked_ends_that_session(
    stage: Stage,
) -> None:
    stage.staff(password_hash=hash_of(PASSWORD))
    check = stage.services.hashing.for_stranger

    def meanwhile(*args: Any) -> Any:
        right = check(*args)
        stage.shell(SetPassword(username="artem", password="another password"))
        return right

    stage.services.hashing.for_stranger = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Unauthenticated, match="wrong username or password"):
        log_in(stage, "artem")
    assert stage.store.all(LoginSession) == []


def test_who_is_banned_while_the_password_is_checked_is_not_let_in(stage: Stage) -> None:
    stage.staff(password_hash=hash_of(PASSWORD))
    check = stage.services.hashing.for_stranger

    def meanwhile(*args: Any) -> Any:
        right = check(*args)
        stage.shell(AddBan(target="198.51.100.7"))
        return right

    stage.services.hashing.for_stranger = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Banned):
        log_in(stage, "artem")
    assert len(stage.store.all(LoginSession)) == 1, "the one that there was before"


def test_nobody_logs_in_on_a_page_of_sites_that_they_do_not_serve(stage: Stage) -> None:
    artem = stage.staff(sites=("shop",), password_hash=hash_of(PASSWORD))
    with pytest.raises(Forbidden, match="serves no site of the page"):
        log_in(stage, "artem", sites=("bank",))
    connection = stage.connect()
    connection.sites = ("bank",)
    with pytest.raises(Forbidden, match="serves no site of the page"):
        stage.ask_from_page(connection, Hello(token=artem.token))
    assert log_in(stage, "artem", sites=("bank", "shop")).token


TRIES = {
    "logins_per_account": "3/minute",
    "logins_per_account_anywhere": "5/minute",
    "logins_per_address": "4/minute",
}


def tries(stage: Stage, username: str, **how: Any) -> int:
    """How many wrong passwords are looked at before one is not."""
    for number in range(50):
        try:
            log_in(stage, username, "wrong", **how)
        except LockedOut:
            return number
        except Unauthenticated:
            continue
    raise AssertionError("no end of tries")


def test_guesses_are_counted_per_address_account_and_everywhere(stage: Stage) -> None:
    stage.staff(password_hash=hash_of(PASSWORD))
    stage.staff("olga", password_hash=hash_of(PASSWORD))
    limited(stage, **TRIES)
    assert tries(stage, "artem", address="198.51.100.1") == 3
    assert tries(stage, "olga", address="198.51.100.1") == 0, "the address has had its four"
    assert tries(stage, "artem", address="198.51.100.2") == 2, "five from everywhere"
    with pytest.raises(LockedOut):
        log_in(stage, "artem", address="198.51.100.3")
    assert log_in(stage, "olga", address="198.51.100.3").token, "another account is another"


def test_who_does_not_exist_is_looked_for_as_long_as_who_does() -> None:
    assert logins.NOBODYS_HASH.startswith(f"$2b${ROUNDS}$") and ROUNDS >= 12


def test_a_proof_that_somebody_made_up_gives_nobody_more_tries(stage: Stage) -> None:
    stage.staff(password_hash=hash_of(PASSWORD))
    limited(stage, **TRIES)
    for number in range(3):
        with pytest.raises(Unauthenticated):
            log_in(stage, "artem", "wrong", device=f"made up {number}")
    with pytest.raises(LockedOut):
        log_in(stage, "artem", "wrong", device="made up once more")
    with pytest.raises(LockedOut):
        log_in(stage, "artem")


def test_what_went_wrong_is_a_line_each_and_never_names_what_was_typed(stage: Stage) -> None:
    stage.staff(password_hash=hash_of(PASSWORD))
    limited(stage, **TRIES)
    said: list[str] = []
    sink = logger.add(said.append, format="{message}")
    try:
        tries(stage, "artem")
        tries(stage, "my-secret", address="198.51.100.8")
        stage.turn()
    finally:
        logger.remove(sink)
    lines = [line.strip() for line in said if "refused (" in line]
    who = "somebody from 198.51.100."
    assert lines == [
        f"refused (login): artem not logged in; {who}7",
        f"refused (lockout): account artem: logins_per_account; {who}7",
        f"refused (login): there is no such account; {who}8",
        f"refused (lockout): an account that there is not: logins_per_account; {who}8",
    ]
    assert not [line for line in said if "my-secret" in line]


def test_the_right_password_takes_its_tries_back(stage: Stage) -> None:
    stage.staff(password_hash=hash_of(PASSWORD))
    limited(stage, **TRIES)
    for _ in range(12):
        assert log_in(stage, "artem").token


def test_who_was_here_before_is_kept_out_by_nobodys_guesses(stage: Stage) -> None:
    stage.staff(password_hash=hash_of(PASSWORD))
    stage.staff("olga", password_hash=hash_of(PASSWORD))
    device = log_in(stage, "artem", address="198.51.100.9").device
    of_another = log_in(stage, "olga", address="198.51.100.8").device
    limited(stage, **TRIES)
    for number in range(5):
        assert tries(stage, "artem", address=f"198.51.100.{10 + number}") <= 3
    with pytest.raises(LockedOut):
        log_in(stage, "artem", address="198.51.100.50", device=of_another)
    with pytest.raises(LockedOut):
        log_in(stage, "artem", address="198.51.100.51", device=f"{device}x")
    assert log_in(stage, "artem", address="198.51.100.52", device=device).token
    assert log_in(stage, "artem", address="198.51.100.9").token, "from a network of theirs"


def test_of_the_networks_that_one_came_from_the_latest_are_kept(stage: Stage) -> None:
    stage.staff(password_hash=hash_of(PASSWORD))
    for number in range(logins.KNOWN_NETWORKS + 2):
        log_in(stage, "artem", address=f"198.51.{number}.1")
    log_in(stage, "artem", address="198.51.9.1")
    account = stage.store.get(Operator, "artem")
    assert account and len(account.networks) == logins.KNOWN_NETWORKS
    assert [network.split(".")[2] for network in account.networks] == [*"23456789"]
