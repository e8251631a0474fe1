"""Ten people in a group, who come and go and are cut off: everybody ends with what is theirs."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.daemon import PASSWORD, Daemon
from tests.people.ten import NAMES, Group
from tests.seed import SEED

ROUNDS = int(os.environ.get("CHATD_TEN_ROUNDS", "200"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with ten people."""
    daemon = Daemon(tmp_path_factory.mktemp("ten"), {"sites": {"shop": {"registration": "open"}}})
    daemon.start()
    yield daemon
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()


@pytest.fixture(scope="module")
def tokens(house: Daemon) -> dict[str, str]:
    """A session of each."""
    found = {}
    for name in NAMES:
        body = {"username": name, "password": PASSWORD, "name": name.title()}
        status, answer = house.http("POST", "/api/auth/register", body)
        assert status in (200, 201), answer
        found[name] = answer["data"]["token"]
    return found


def test_everybody_ends_with_what_they_were_entitled_to(
    house: Daemon, tokens: dict[str, str]
) -> None:
    group = Group(house, tokens, random.Random(f"ten {SEED}"))
    try:
        group.begin()
        for _ in range(ROUNDS):
            group.round()
        group.end()
        group.check()
    finally:
        group.close()
