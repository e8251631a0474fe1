"""Who guesses at passwords is stopped, and no operator is kept out by it, nor comes back by it."""

from __future__ import annotations

import http.client
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event

from chatd.domain.participant import LoginSession, Operator
from chatd.errors import Banned, ChatdError, Full, LockedOut, RateLimited, Unauthenticated
from chatd.handlers import logins
from chatd.live.hashing import AT_ONCE, PER_NETWORK, Hashing
from chatd.protocol.operating import AddBan
from chatd.protocol.operators import CreateOperator, Login, RemoveOperator, SetDisabled, SetPassword
from chatd.runtime.limiter import Limiter
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon
from tests.trust.house import House

LIMITS = {
    "logins_per_account": "2/hour",
    "logins_per_address": "6/hour",
    "logins_per_account_anywhere": "3/hour",
}
TOLD = {"server": {"trusted_proxies": ["127.0.0.1"]}, "limits": LIMITS}
HOME, OFFICE, ELSEWHERE = "192.0.2.1", "198.51.100.1", "203.0.113.9"


def tried(
    daemon: Daemon, address: str, password: str = "guess", account: str = "artem", **more: str
) -> int:
    """The status of a try from an address."""
    body = {"username": account, "password": password, **more}
    return daemon.http("POST", "/manager/auth", body, headers={"X-Forwarded-For": address})[0]


@pytest.fixture
def daemon(make_daemon: MakeDaemon) -> Daemon:
    made = make_daemon(TOLD)
    for name in ("artem", "olga"):
        add = ("operator", "add", name, "--name", name.title(), "--password-stdin")
        assert made.admin(*add, stdin=f"{PASSWORD}\n").returncode == 0
    return made


def test_wrong_tries_count_for_the_account_and_the_address_they_come_from(daemon: Daemon) -> None:
    assert [tried(daemon, ELSEWHERE) for _ in range(3)] == [401, 401, 429]
    assert tried(daemon, ELSEWHERE, PASSWORD) == 429, "also with the right one"
    assert tried(daemon, HOME, PASSWORD) == 200, "the operator is not kept out"
    assert tried(daemon, ELSEWHERE, PASSWORD, "olga") == 200, "nor another one"
    assert re.search(
        r"WARNING .*refused \(lockout\): account artem: logins_per_account; .* from 203\.0\.113\.9",
        daemon.logged(),
    )
    assert re.search(r"refused \(login\): artem not logged in; .* from 203", daemon.logged())
    counted = daemon.http_full("GET", "/metrics")[2].decode()
    assert 'chatd_refusals_total{reason="lockout"} 2' in counted
    assert 'chatd_refusals_total{reason="login"} 2' in counted


def test_right_ones_are_not_counted(daemon: Daemon) -> None:
    for _ in range(7):
        assert tried(daemon, HOME, PASSWORD) == 200
    assert [tried(daemon, HOME) for _ in range(3)] == [401, 401, 429]


def test_who_is_guessed_at_from_everywhere_still_comes_in_from_where_they_were(
    daemon: Daemon,
) -> None:
    assert tried(daemon, OFFICE, PASSWORD) == 200
    device = daemon.http(
        "POST",
        "/manager/auth",
        {"username": "artem", "password": PASSWORD},
        headers={"X-Forwarded-For": HOME},
    )[1]["data"]["device"]
    guessed = [tried(daemon, f"203.0.113.{number}") for number in range(5)]
    assert guessed == [401] * 3 + [429] * 2
    assert tried(daemon, "203.0.113.200", PASSWORD) == 429, "never was here"
    assert tried(daemon, OFFICE, PASSWORD) == 200, "a known network"
    assert tried(daemon, "203.0.113.201", PASSWORD, device=device) == 200, "a known device"
    assert tried(daemon, "203.0.113.202", PASSWORD, "olga", device=device) == 200, "not hers, and"
    assert tried(daemon, "203.0.113.203", PASSWORD, device=device[:-1] + "_") == 429
    assert "account artem: logins_per_account_anywhere" in daemon.logged()
    daemon.stop()
    daemon.start()
    assert [tried(daemon, f"203.0.113.{number}") for number in range(4)][-1] == 429
    assert tried(daemon, OFFICE, PASSWORD) == 200, "also after a restart"


def test_a_neighbour_who_guesses_keeps_no_known_device_out(daemon: Daemon) -> None:
    console = {"X-Forwarded-For": OFFICE, "X-Chatd-Console": "1"}
    login = {"username": "artem", "password": PASSWORD}
    line = http.client.HTTPConnection(daemon.address)
    head = {**console, "Content-Type": "application/json"}
    line.request("POST", "/manager/auth", json.dumps(login), head)
    answer = line.getresponse()
    assert answer.status == 200
    cookies = answer.headers.get_all("Set-Cookie", [])
    cookie = next(one for one in cookies if one.startswith("chatd_device=")).partition("; ")
    assert {"HttpOnly", "SameSite=Strict"} <= set(cookie[2].split("; ")), cookie
    line.close()
    for _ in range(10):
        tried(daemon, OFFICE)
        tried(daemon, OFFICE, "guess", "olga")
    assert tried(daemon, OFFICE, PASSWORD) == 429
    own = {**console, "Cookie": cookie[0], "Sec-Fetch-Site": "same-origin"}
    assert daemon.http("POST", "/manager/auth", login, headers=own)[0] == 200


def test_a_device_is_no_way_to_guess_for_longer(daemon: Daemon) -> None:
    device = daemon.http("POST", "/manager/auth", {"username": "artem", "password": PASSWORD})[1]
    proof = device["data"]["device"]
    found = [tried(daemon, f"203.0.113.{number}", device=proof) for number in range(4)]
    assert found == [401, 401, 429, 429], "wherever it goes"


def test_what_was_typed_for_an_account_that_there_is_not_is_in_no_log(daemon: Daemon) -> None:
    for _ in range(3):
        tried(daemon, ELSEWHERE, account="my-secret-password")
    assert "my-secret-password" not in daemon.logged()
    assert "refused (login): there is no such account" in daemon.logged()
    assert "an account that there is not: logins_per_account" in daemon.logged()


def test_over_a_websocket_it_is_the_same(daemon: Daemon) -> None:
    with Client(daemon.address, additional_headers={"X-Forwarded-For": ELSEWHERE}) as client:
        codes = []
        for _ in range(3):
            with pytest.raises(Refused) as refused:
                client.ask("operator:login", username="artem", password="guess")
            codes.append(refused.value.code)
    assert codes == ["unauthenticated"] * 2 + ["rate_limited"]
    assert tried(daemon, ELSEWHERE) == 429


def test_what_is_forgiven_is_what_was_counted() -> None:
    from chatd.config.limits import LimitSettings

    limiter = Limiter(LimitSettings(logins_per_account="2/hour"))
    for _ in range(10):
        limiter.hit("logins_per_account", "a")
        limiter.forgive("logins_per_account", "a")
    for _ in range(5):
        limiter.forgive("logins_per_account", "a")
        limiter.forgive("logins_per_account", "never counted")
    limiter.hit("logins_per_account", "a")
    limiter.hit("logins_per_account", "a")
    with pytest.raises(RateLimited):
        limiter.hit("logins_per_account", "a")
    limiter.hit("logins_per_address", "2001:db8::1")
    limiter.forgive("logins_per_address", "2001:db8::2")
    assert limiter._windows["logins_per_address", "2001:db8::/64"].count == 0


@pytest.fixture
def house(tmp_path: Path) -> Any:
    made = House(tmp_path / "data")
    made.shell(CreateOperator(username="artem", password=PASSWORD, display_name="Artem"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("meanwhile", "refused"),
    [
        (SetPassword(username="artem", password="another " + PASSWORD), Unauthenticated),
        (SetDisabled(username="artem"), Unauthenticated),
        (RemoveOperator(username="artem"), Unauthenticated),
        (AddBan(target="192.0.2.0/24"), Banned),
    ],
    ids=["new password", "disabled", "removed", "banned"],
)
def test_a_log_in_under_way_does_not_survive(
    house: House, meanwhile: Any, refused: type[ChatdError]
) -> None:
    """The change comes while the password is being compared: the thread waits for it."""
    done, real = Event(), logins.bcrypt.checkpw
    waker = gevent.get_hub().loop.async_()
    compared = Event()
    waker.start(compared.set)

    def slow(*words: bytes) -> bool:
        right = real(*words)
        waker.send()
        while not done.is_set():
            gevent.monkey.get_original("time", "sleep")(0.01)
        return right

    lane = house.services.hashing
    original = lane.for_stranger
    lane.for_stranger = lambda network, work, *words: original(network, slow, *words)  # type: ignore[method-assign]
    connection = house.connect()
    trying = gevent.spawn(house.ask, connection, Login(username="artem", password=PASSWORD))
    compared.wait(20)
    house.shell(meanwhile)
    done.set()
    with pytest.raises(refused):
        trying.get(timeout=20)
    waker.stop()
    assert house.store.all(LoginSession) == []


def test_a_log_in_that_was_just_done_does_not_survive_either(house: House) -> None:
    connection = house.connect()
    trying = gevent.spawn(house.ask, connection, Login(username="artem", password=PASSWORD))
    changing = gevent.spawn(
        house.shell, SetPassword(username="artem", password="another " + PASSWORD)
    )
    gevent.joinall([trying, changing], timeout=20)
    (account,) = house.store.all(Operator)
    assert logins.bcrypt.checkpw(
        logins.digestible("another " + PASSWORD), account.password_hash.encode()
    )
    assert house.store.all(LoginSession) == []


def test_strangers_wait_for_strangers_only_and_a_network_has_few_places() -> None:
    hashing, release = Hashing(), Event()

    def hold() -> None:
        while not release.is_set():
            gevent.monkey.get_original("time", "sleep")(0.005)

    waiting = []
    for number in range(AT_ONCE):
        waiting.append(gevent.spawn(hashing.for_stranger, f"192.0.2.{number // PER_NETWORK}", hold))
        gevent.sleep(0)
    with pytest.raises(Full):
        hashing.for_stranger("192.0.2.0", int)
    with pytest.raises(Full):
        hashing.for_stranger("198.51.100.1", int)
    assert hashing.for_known(int) == 0, "who is known does not wait"
    release.set()
    gevent.joinall(waiting, timeout=20)
    assert hashing.for_stranger("192.0.2.0", int) == 0
    assert not hashing._networks


def test_a_known_operator_comes_in_while_strangers_guess(make_daemon: MakeDaemon) -> None:
    proxied = {"server": {"trusted_proxies": ["127.0.0.1"]}}
    daemon = make_daemon(proxied, start=False).start(anew=True)
    daemon.add_operator("artem", "Artem")
    assert tried(daemon, OFFICE, PASSWORD) == 200
    with ThreadPoolExecutor(12) as pool:
        guesses = [
            pool.submit(tried, daemon, f"203.0.113.{number // 3}", "guess", "olga")
            for number in range(12)
        ]
        came = tried(daemon, OFFICE, PASSWORD)
        behind = sum(not guess.done() for guess in guesses)
        assert came == 200 and behind > 0, "it did not stand in their queue"
    assert {guess.result() for guess in guesses} <= {401, 503}


def test_the_refusal_is_of_its_own_kind() -> None:
    assert (LockedOut.code, LockedOut.reason) == ("rate_limited", "lockout")
