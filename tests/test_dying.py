"""Dying rather than limping: what is vital takes the daemon along, everything else is told of."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually

WRITER = "the-committer-itself"
SOON = {"server": {"drain_seconds": 1.0}}
VITAL = [
    "admin-socket",
    "assignment",
    "audit",
    "bots",
    "calls",
    "errands",
    "files",
    "committer",
    "crowds",
    "heart",
    "lasting",
    "listener",
    "log",
    "loop-watch",
    "refusals",
    "search",
    "store",
    "sweep",
    "voices",
    WRITER,
    "watchdog",
]


def faulty(make_daemon: MakeDaemon, fault: str) -> Daemon:
    """A daemon with a fault in it that stops soon."""
    return make_daemon(SOON, start=False).start(fault=fault)


def ended(daemon: Daemon) -> int:
    """The status that it ends with by itself."""
    assert daemon.process
    return daemon.process.wait(20)


def kill(daemon: Daemon, name: str, how: str) -> None:
    """Ends one of its greenlets."""
    (daemon.home / "dies").write_text(f"{name} {how}")
    os.kill(daemon.pid, signal.SIGUSR1)


@pytest.mark.parametrize("name", VITAL)
def test_each_vital_greenlet_that_dies_ends_the_daemon(make_daemon: MakeDaemon, name: str) -> None:
    daemon = faulty(make_daemon, "dying")
    assert {*(daemon.home / "vital").read_text().split()} == {*VITAL}
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        kill(daemon, name, "raises")
        assert anna.close_code() == 1001
    assert ended(daemon) == 1, "systemd restarts on failure"
    said = f"{'committer' if name == WRITER else name} is vital and died, RuntimeError('gone')"
    assert said in daemon.logged()


@pytest.mark.parametrize("name", ["audit", "heart", "store", WRITER])
def test_a_vital_greenlet_that_is_killed_is_as_dead(make_daemon: MakeDaemon, name: str) -> None:
    daemon = faulty(make_daemon, "dying")
    kill(daemon, name, "killed")
    assert ended(daemon) == 1
    assert "is vital and died" in daemon.logged()


def incidents(daemon: Daemon) -> float:
    """How many faults of its own the daemon has counted."""
    return figure(daemon.http_full("GET", "/metrics")[2].decode().splitlines())


def figure(lines: Iterable[str]) -> float:
    """The counter's value."""
    return next(float(line.split()[1]) for line in lines if line.startswith("chatd_incidents_t"))


def test_what_is_not_vital_is_logged_and_counted_and_the_daemon_goes_on(
    make_daemon: MakeDaemon,
) -> None:
    daemon = faulty(make_daemon, "others")
    assert incidents(daemon) == 0
    os.kill(daemon.pid, signal.SIGUSR1)
    eventually(lambda: incidents(daemon) == 4)
    failing = {"status": "degraded", "impaired": ["fails again and again: assignment"]}
    assert daemon.http("GET", "/readyz")[1]["data"] == failing
    eventually(lambda: daemon.http("GET", "/readyz")[1]["data"] == {"status": "ready"})
    assert "task bystander died" in daemon.logged()
    assert daemon.logged().count("RuntimeError: gone") == 3
    assert daemon.logged().count("assignment failed, and will be tried again") == 1
    assert "assignment works again" in daemon.logged()
    assert "secret" not in daemon.logged()
    assert incidents(daemon) == 4
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        assert anna.say("lobby", "goes on")
    assert daemon.stop() == 0


@pytest.mark.parametrize("together", [1, 8])
def test_who_cannot_be_answered_is_let_go_to_come_back(
    make_daemon: MakeDaemon, together: int
) -> None:
    daemon = faulty(make_daemon, "answers")
    with Client(daemon.address) as anna, Client(daemon.address) as boris:
        anna.hello(name="Аня"), boris.hello(name="Борис")
        boris.join("lobby")
        with suppress(ConnectionClosed):
            for number in range(together):
                anna.give("message:send", dialog_id="lobby", content=f"m{number}")
        assert anna.close_code() == 1011
        boris.expect("message:new", content="m0")
    assert 1 <= incidents(daemon) <= together
    assert daemon.stop() == 0


def test_a_bot_that_fails_as_nothing_should_leaves_no_customer_waiting(
    make_daemon: MakeDaemon,
) -> None:
    daemon = faulty(make_daemon, "engine")
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        first = anna.ask("ticket:open", content="Где заказ?")["ticket"]["id"]
        path = f"/api/support/messages/{first}"
        eventually(lambda: got(daemon, path, anna)["ticket"]["status"] == "waiting")
        assert "KeyError" in daemon.logged() and incidents(daemon) == 1
    with Client(daemon.address) as boris:
        boris.hello(name="Борис")
        second = boris.ask("ticket:open", content="А мой?")["ticket"]["id"]
        path = f"/api/support/messages/{second}"
        eventually(lambda: got(daemon, path, boris)["messages"][-1]["message"] == "answer 3")
        assert f"bot's answer to {second} refused" in daemon.logged()
    assert daemon.stop() == 0


def got(daemon: Daemon, path: str, client: Client) -> Any:
    """What a path shows to somebody."""
    return daemon.http("GET", path, token=client.token)[1]["data"]


def test_a_daemon_whose_end_fails_ends(make_daemon: MakeDaemon) -> None:
    daemon = faulty(make_daemon, "ending")
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        kept = anna.say("lobby", "kept")
        assert daemon.stop() == 1
    assert daemon.logged().count("RuntimeError: no end") >= 1
    daemon.start()
    with Client(daemon.address) as again:
        again.hello(token=anna.token)
        assert again.join("lobby")["messages"] == [kept]
