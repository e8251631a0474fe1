"""One node leads, and another as soon as it does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import gevent
import pytest

from chatd.store.postgres import leading
from chatd.store.postgres.connecting import Pool
from chatd.store.postgres.leading import Leading
from tests.nodes import wait_until
from tests.postgres import Server

Lead = Callable[[str], Leading]
ANOTHER = """
from gevent import monkey
monkey.patch_all()
import sys, gevent
from chatd.store.postgres.connecting import Pool
from chatd.store.postgres.leading import Leading
one, before = Leading(Pool(sys.argv[1], 1), "another"), None
while True:
    one.look()
    if one.leads() != before:
        before = one.leads()
        print("leads" if before else "follows", flush=True)
    gevent.sleep(0.05)
"""


@pytest.fixture
def lead(database: str) -> Iterator[Lead]:
    pools: list[Pool] = []

    def make(name: str) -> Leading:
        pools.append(Pool(database, 1))
        return Leading(pools[-1], name)

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def another(database: str, lead: Lead) -> Iterator[subprocess.Popen[str]]:
    """A process that leads."""
    command = [sys.executable, "-c", ANOTHER, database]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "leads\n"
        yield process
        process.kill()


def test_one_of_them_leads_until_it_ends(lead: Lead) -> None:
    first, second = lead("a"), lead("b")
    for _ in range(2):
        for one in (first, second):
            one.look()
        assert first.leads() and not second.leads()
    first.close()
    assert not first.leads()
    second.look()
    first.look()
    assert second.leads() and not first.leads()


def test_who_ends_without_leading_takes_it_from_nobody(lead: Lead) -> None:
    first, second = lead("a"), lead("b")
    first.look()
    second.close()
    second.look()
    assert first.leads() and not second.leads()


def test_who_cannot_ask_leads_until_the_lease_is_over(
    lead: Lead, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "LEASE_S", 1.0)
    one = lead("a")
    one.look()
    postgres.stop()
    try:
        one.look()
        assert one.leads()
        wait_until(lambda: not one.leads())
        one.look()
        assert not one.leads()
    finally:
        postgres.start()
    one.look()
    assert one.leads()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_after_one_was_killed_or_stands_still_another_leads(
    lead: Lead, another: subprocess.Popen[str], number: signal.Signals
) -> None:
    one = lead("a")
    one.look()
    assert not one.leads()
    os.kill(another.pid, number)
    running = gevent.spawn(one.run)
    wait_until(one.leads)
    if number == signal.SIGSTOP:
        os.kill(another.pid, signal.SIGCONT)
        assert another.stdout and another.stdout.readline() == "follows\n"
        assert one.leads()
    running.kill()
