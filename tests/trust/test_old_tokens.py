"""A flood of wrong tokens without a mark keeps nobody out who has a good one, nor the disk busy."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from chatd.config.limits import LimitSettings
from chatd.config.settings import StoreSettings
from chatd.daemon.assembly import TOKENS as KEY_ID
from chatd.domain.participant import Key, Participant
from chatd.domain.times import to_text
from chatd.domain.tokens import digest
from chatd.errors import RateLimited, Unauthenticated
from chatd.runtime.limiter import Limiter
from chatd.service import identity
from chatd.service.context import Services
from chatd.store.base import Put
from chatd.store.tiny.store import open_store
from tests.conftest import MakeDaemon
from tests.daemon import RELAXED, Daemon
from tests.live.implementations import Clock
from tests.trust.house import House

SINCE = 1_800_000_000
HOLDER, SECRET = "p-1388-0123456789ab", secrets.token_urlsafe(24)
GOOD, WRONG = f"{HOLDER}.{SECRET}", f"{HOLDER}.{'A' * 32}"
ATTACKERS = [f"192.0.2.{number}" for number in range(50)]
DEFAULT = LimitSettings()
ONE_FLOOD = len(ATTACKERS) * 2 // 20
"""For so many seconds the first tries of all attackers are enough."""


def fill(directory: Path) -> None:
    """Data from before there were marks: one visitor."""
    holder = Participant(
        id=HOLDER, name="Ann", site="default", token_hash=digest(SECRET),
        created_at=to_text(5_000), expires_at="9999-01-01T00:00:00.000Z",
    )  # fmt: skip
    store = open_store(directory, StoreSettings())
    store.commit(Put(Key(id=KEY_ID, key="ab" * 32, created_at=to_text(SINCE))), Put(holder))
    store.close()


class Door:
    """Where tokens are shown, with a clock that the test moves."""

    def __init__(self, services: Services) -> None:
        self.clock = Clock()
        self.services = services
        self.limit()

    def limit(self, **rates: str) -> None:
        """Begins anew with these rates, the others as they are by default."""
        self.services.limiter = Limiter(LimitSettings(**rates), self.clock)

    def show(self, token: str, address: str) -> str:
        """What becomes of it: whose it is, that it is ``wrong``, or the limit that refuses it."""
        try:
            return identity.identify(self.services, token, address).id
        except Unauthenticated:
            return "wrong"
        except RateLimited as refused:
            return str(refused.details["limit"])

    def flood(self) -> int:
        """A second in which everybody tries more than is allowed; how many had a file read."""
        self.clock.now += 1
        return [self.show(WRONG, one) for _ in range(3) for one in ATTACKERS].count("wrong")


@contextmanager
def opened(directory: Path) -> Iterator[Door]:
    """A daemon without listeners."""
    fill(directory)
    house = House(directory)
    try:
        yield Door(house.services)
    finally:
        house.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with opened(tmp_path) as made:
        yield made


def test_the_flood_of_fifty_keeps_a_holder_waiting_for_a_few_tries_at_most(door: Door) -> None:
    for hour in range(2):
        door.clock.now += 3_600
        read, refused = [], 0
        for second in range(90):
            read.append(door.flood())
            got = door.show(GOOD, f"198.51.100.{second}")
            refused += got != HOLDER
            assert got == HOLDER or second < ONE_FLOOD, (hour, second, got)
        assert max(read) <= 22 and read[-1] <= 2, "however many ask, no more is read in a second"
        assert refused == ONE_FLOOD, "the flood was one"


def test_who_waits_for_their_turn_loses_none_of_their_own_tries(door: Door) -> None:
    tries: list[str] = []
    while HOLDER not in tries and len(tries) <= ONE_FLOOD:
        door.flood()
        tries.append(door.show(GOOD, "198.51.100.1"))
    assert tries == ["old_tokens_first"] * ONE_FLOOD + [HOLDER]
    door.limit(old_tokens_per_address="2/hour", old_tokens_first="1/hour", old_tokens="1/hour")
    got = [door.show(WRONG, "192.0.2.1") for _ in range(3)]
    assert got == ["wrong", "old_tokens_first", "old_tokens_first"]
    assert {door.show(GOOD, "198.51.100.1") for _ in range(9)} == {"old_tokens_first"}
    door.clock.now += 3_600
    assert door.show(GOOD, "198.51.100.1") == HOLDER


def test_good_tokens_use_up_nothing_of_anybodys(door: Door) -> None:
    door.limit(
        old_tokens_per_address="2/hour", old_tokens_first_per_address="1/hour",
        old_tokens_first="2/hour", old_tokens="1/hour",
    )  # fmt: skip
    assert {door.show(GOOD, "198.51.100.1") for _ in range(9)} == {HOLDER}
    assert door.show(WRONG, "198.51.100.1") == "wrong"
    assert {door.show(GOOD, "198.51.100.1") for _ in range(9)} == {HOLDER}, "after their first"
    got = [door.show(WRONG, "198.51.100.1") for _ in range(2)]
    assert got == ["wrong", "old_tokens_per_address"]
    assert door.show(GOOD, "198.51.100.1") == "old_tokens_per_address"
    assert {door.show(GOOD, "198.51.100.2") for _ in range(9)} == {HOLDER}


def test_of_ipv6_the_whole_network_is_one_address(door: Door) -> None:
    got = [door.show(WRONG, f"2001:db8::{number:x}") for number in range(50)]
    assert got == ["wrong"] * 4 + ["old_tokens"] * 46, "two first tries, then two in this second"
    assert door.show(GOOD, "2001:db8:0:1::1") == HOLDER


def attack(daemon: Daemon, over: Event, begun: Event) -> set[int]:
    """Wrong tokens from fifty addresses, one after another, until it is ``over``; ``begun`` when
    some are refused. What they were answered."""
    seen = set()
    deadline = time.monotonic() + 60
    while not over.is_set() and time.monotonic() < deadline:
        for address in ATTACKERS:
            seen.add(ask(daemon, WRONG, address))
            if 429 in seen:
                begun.set()
    return seen


def ask(daemon: Daemon, token: str, address: str) -> int:
    """Shows a token as if from an address; the status."""
    headers = {"X-Forwarded-For": address}
    status, _ = daemon.http("GET", "/api/rooms", token=token, headers=headers)
    return status


def test_a_holder_gets_into_a_daemon_that_fifty_addresses_try(make_daemon: MakeDaemon) -> None:
    ours = {name: getattr(DEFAULT, name) for name in RELAXED["limits"] if "old_tokens" in name}
    settings: dict[str, Any] = {
        "limits": RELAXED["limits"] | ours,
        "server": {"trusted_proxies": ["127.0.0.1"]},
    }
    daemon = make_daemon(settings, start=False)
    fill(daemon.data)
    daemon.start()
    over, begun = Event(), Event()
    with ThreadPoolExecutor(3) as threads:
        attacking = [threads.submit(attack, daemon, over, begun) for _ in range(3)]
        try:
            assert begun.wait(30), "nobody was refused"
            got = [ask(daemon, GOOD, "198.51.100.1")]
            while got[-1] == 429 and len(got) <= 2 * ONE_FLOOD:
                over.wait(1)
                got.append(ask(daemon, GOOD, "198.51.100.1"))
        finally:
            over.set()
        seen = set().union(*(one.result(30) for one in attacking))
    assert got[-1] == 200 and set(got[:-1]) <= {429}, got
    assert seen == {401, 429}
