"""What one stranger does at default limits, beside a bystander who pings over a WebSocket and has
the answer within 100 ms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.daemon import Daemon
from tests.net.attacker import attacked
from tests.net.attacks import ATTACKS, FAT, READING, Make, Me
from tests.net.bystander import longest_wait

BEARABLE_S = 0.1
ATTACK_S = 0.7
TRIES = 8
STRANGERS = (f"127.0.1.{number}" for number in range(1, 255))
UNLIMITED = "1000000000000/second"


def furnished(daemon: Daemon) -> Daemon:
    """With a lobby whose pages are as large as pages are."""
    with Client(daemon.address) as client:
        client.hello(name="Ann")
        for number in range(25):
            client.say("lobby", FAT, client_id=f"m{number}")
    return daemon


@pytest.fixture(scope="module")
def at_default_limits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with nothing relaxed, for one attack after another."""
    daemon = Daemon(tmp_path_factory.mktemp("attacked"), {"limits": {}}).start()
    yield furnished(daemon)
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged() and "Traceback" not in daemon.logged()


@pytest.fixture(scope="module")
def read_without_limit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with nothing relaxed but how much may be read."""
    limits = dict.fromkeys(("read_bytes_per_participant", "read_bytes_per_address"), UNLIMITED)
    daemon = Daemon(tmp_path_factory.mktemp("read"), {"limits": limits}).start()
    yield furnished(daemon)
    assert daemon.stop() == 0, daemon.logged()


def stranger(daemon: Daemon, source: str) -> Me:
    """Somebody who said something before."""
    with Client(daemon.address, source_address=(source, 0)) as client:
        token = client.hello(name="Eve")["token"]
        return Me(token=token, message=client.say("lobby", "x")["id"])


def waits(daemon: Daemon, make: Make) -> float:
    """How long the bystander waits, at the best of some tries: an attack that holds the daemon up
    does so each time. Each is of an address of its own: what was used up before is none of its
    business."""
    longest = []
    with Client(daemon.address) as bystander:
        bystander.hello(name="Bystander")
        bystander.join("lobby", limit=1)
        for _ in range(TRIES):
            source = next(STRANGERS)
            with attacked(daemon.address, source, make(stranger(daemon, source))):
                longest.append(longest_wait(daemon, bystander, ATTACK_S))
            bystander.events.clear()
            if longest[-1] < BEARABLE_S:
                break
    return min(longest)


@pytest.mark.parametrize("name", ATTACKS)
def test_nobody_waits_for_what_a_stranger_does(at_default_limits: Daemon, name: str) -> None:
    waited = waits(at_default_limits, ATTACKS[name])
    assert waited < BEARABLE_S, f"{waited * 1e3:.0f} ms"


@pytest.mark.parametrize("name", READING)
def test_nobody_waits_for_readers_though_they_may_read_all(
    read_without_limit: Daemon, name: str
) -> None:
    waited = waits(read_without_limit, READING[name])
    assert waited < BEARABLE_S, f"{waited * 1e3:.0f} ms"
