"""python-socketio's client as it comes, by polling, by WebSocket and from one to the other."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from socketio.exceptions import ConnectionError as NotConnected

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.net.socketio.stock_python import PythonClient
from tests.socketio import MODES, Mode

ROOM = "lobby"


@pytest.mark.parametrize("mode", MODES)
def test_it_says_what_a_raw_websocket_says_and_hears_the_same(daemon: Daemon, mode: Mode) -> None:
    with PythonClient(daemon.address, mode) as anna, Client(daemon.address) as raw:
        raw.hello(name="Борис")
        raw.join(ROOM)
        first = anna.hello(name="Аня")["participant"]["id"]
        anna.join(ROOM)
        sent = [anna.say(ROOM, "из Python 🙂", client_id="c-1") for _ in range(2)]
        assert sent[0] == sent[1] == raw.expect("message:new", content="из Python 🙂")
        assert raw.say(ROOM, "и обратно") == anna.expect("message:new", content="и обратно")
        with pytest.raises(Refused) as refused:
            anna.say("nowhere", "?")
        assert refused.value.code == "not_found"
        carried = "polling" if mode == "polling" else "websocket"
        rows = daemon.admin_json("connections")["connections"]
        (row,) = [one for one in rows if one["participant"] == first]
        assert row["transport"] == f"socketio-{carried}"
        anna.io.emit("message:send", {"x": b"bytes"}, namespace="/chat")
        assert anna.expect("error")["code"] == "malformed"
        assert anna.ask("ping") is not None


def test_after_a_restart_they_are_back_and_miss_nothing(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    with ExitStack() as stack:
        people = [stack.enter_context(PythonClient(daemon.address, mode)) for mode in MODES]
        for one in people:
            one.hello(name="Аня")
            seen = one.join(ROOM)["dialog"]
            at = {"dialog_id": ROOM, "after_seq": seen["last_seq"], "after_rev": seen["rev"]}
            one.auth = {"token": one.token, "join": [at]}
        assert daemon.stop() == 0
        for one in people:
            assert one.expect("closed")["code"] == 1001
            one.hear("disconnect")
        daemon.start()
        for one in people:
            before = one.id
            assert one.known()["participant"]["id"] == before
        said = people[0].say(ROOM, "снова здесь")
        for one in people:
            assert one.expect("message:new") == said


def test_who_is_kicked_stays_away(daemon: Daemon) -> None:
    with PythonClient(daemon.address, "upgrade") as anna:
        anna.hello(name="Аня")
        rows = daemon.admin_json("connections")["connections"]
        (row,) = [one for one in rows if one["participant"] == anna.id]
        assert daemon.admin("kick", row["id"], "--reason", "спам").returncode == 0
        assert anna.expect("closed", code=4003)["reason"] == "спам"
        anna.hear("disconnect")
        eventually(lambda: not anna.io.connected)


def test_it_may_say_no_origin_where_pages_of_ours_may_not_speak(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"sites": {"default": {"origins": ["https://shop.example"]}}})
    with PythonClient(daemon.address, "websocket") as anna:
        with pytest.raises(NotConnected):
            anna.hello(name="Аня")
        assert anna.hear("connect_error")[1]["data"]["code"] == "forbidden"
    with PythonClient(daemon.address, "websocket", suppress_origin=True) as boris:
        assert boris.hello(name="Борис")
