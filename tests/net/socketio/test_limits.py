"""What is limited, counted and shown on a raw WebSocket is so over Socket.IO."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chatd.protocol.bounds import ENVELOPE_BYTES, MOST_BYTES
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import RELAXED, Daemon
from tests.socketio import MODES, Answered, SocketIoClient

ROOM = "lobby"
LARGEST = MOST_BYTES + ENVELOPE_BYTES
LINES: dict[str, Callable[[str], Client]] = {
    "websocket": Client,
    **{f"socketio-{mode}": partial(SocketIoClient, mode=mode) for mode in MODES},
}


def limited(daemon: Daemon, line: str) -> dict[str, Any]:
    """What somebody is told whose fourth message comes too early."""
    with LINES[line](daemon.address) as anna:
        anna.hello(name="Аня")
        for number in range(3):
            anna.say(ROOM, f"{number}")
        with pytest.raises(Refused) as refused:
            anna.say(ROOM, "и ещё")
        anna.ask("ping")
    told = dict(refused.value.error)
    assert told.pop("retry_after") > 0
    return told


def test_who_says_too_much_is_told_so_alike(make_daemon: MakeDaemon) -> None:
    limits = RELAXED["limits"] | {"messages_per_participant": "3/minute"}
    daemon = make_daemon({"limits": limits})
    told = [limited(daemon, line) for line in LINES]
    assert told[0]["code"] == "rate_limited" and told[0]["limit"] == "messages_per_participant"
    assert all(one["limit"] == told[0]["limit"] and one["code"] == told[0]["code"] for one in told)


@pytest.mark.parametrize("line", LINES)
def test_a_flood_is_answered_command_by_command_and_ends_nothing(
    make_daemon: MakeDaemon, line: str
) -> None:
    limits = RELAXED["limits"] | {"commands_per_connection": "20/minute"}
    daemon = make_daemon({"limits": limits})
    with LINES[line](daemon.address) as anna:
        anna.hello(name="Аня")
        asked = [anna.give("ping") for _ in range(40)]
        refused = []
        for number in asked:
            try:
                anna.answer(number)
            except Refused as error:
                refused.append(error.error["limit"])
        assert refused == ["commands_per_connection"] * 21, "hello is one of the twenty"


@pytest.mark.parametrize("line", [one for one in LINES if one != "websocket"])
def test_who_is_nobody_yet_sends_small_packets_only(make_daemon: MakeDaemon, line: str) -> None:
    daemon = make_daemon({"limits": {}})
    with LINES[line](daemon.address) as anna:
        assert isinstance(anna, SocketIoClient)
        with pytest.raises(Refused) as refused:
            anna.hello(name="Аня", agent="x" * LARGEST)
        assert refused.value.code == "too_large" and refused.value.error["limit"] == LARGEST
        anna.hello(name="Аня")
        anna.send('42/chat,5["ping",{}' + " " * LARGEST + "]")
        anna.asked[5] = "ping"
        assert anna.answer(5)


def test_so_many_sessions_may_begin_and_be_there(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"max_connections": 3}})
    held = [LINES[line](daemon.address) for line in LINES if line != "socketio-upgrade"]
    with pytest.raises(Answered, match=r'503: .*"code":4'):
        SocketIoClient(daemon.address, "polling")
    for one in held:
        one.close()
    limits = RELAXED["limits"] | {"connections_per_address": "2/hour"}
    daemon = make_daemon({"limits": limits})
    with SocketIoClient(daemon.address, "polling") as first:
        first.hello(name="Аня")
        for _ in range(5):
            first.ask("ping")
        first.upgrade()
        first.ask("ping")
        SocketIoClient(daemon.address, "polling").close()
        with pytest.raises(Answered, match="429"):
            SocketIoClient(daemon.address, "polling")


def test_figures_tell_by_what_everybody_is_connected(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("root", "Root", "admin")

    def counted() -> dict[str, int]:
        body = daemon.http("GET", "/api/debug/websocket-stats", token=token)[1]
        found: dict[str, int] = body["data"]["by_transport"]
        rows = body["data"]["connections"]
        assert {one["transport"] for one in rows} == {name for name in found if found[name]}
        return {name: count for name, count in found.items() if count}

    with SocketIoClient(daemon.address, "polling") as anna, Client(daemon.address) as boris:
        anna.hello(name="Аня"), boris.hello(name="Борис")
        assert counted() == {"websocket": 1, "socketio-polling": 1}
        anna.upgrade()
        anna.ask("ping")
        assert counted() == {"websocket": 1, "socketio-websocket": 1}
