"""npm's ``socket.io-client`` as it comes, by polling, by WebSocket and from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.net.socketio.stock import StockClient
from tests.socketio import MODES, Mode

ROOM = "lobby"
Open = Callable[..., StockClient]


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    found: Mode = request.param
    return found


@pytest.fixture
def stock(mode: Mode) -> Iterator[Open]:
    with ExitStack() as opened:
        yield lambda address, *namespaces: opened.enter_context(
            StockClient(address, mode, *namespaces)
        )


@pytest.fixture
def raw(daemon: Daemon) -> Iterator[Client]:
    with Client(daemon.address) as boris:
        boris.hello(name="Борис"), boris.join(ROOM)
        yield boris


def test_it_says_what_a_raw_websocket_says_and_hears_the_same(
    daemon: Daemon, stock: Open, mode: Mode, raw: Client
) -> None:
    anna = stock(daemon.address)
    anna.hello(name="Аня")
    assert anna.join(ROOM)["dialog"]["id"] == ROOM
    sent = [anna.say(ROOM, "из коробки 🙂", client_id="c-1") for _ in range(2)]
    assert sent[0] == sent[1] == raw.expect("message:new", content="из коробки 🙂")
    said = raw.say(ROOM, "и обратно")
    assert anna.expect("message:new", content="и обратно") == said
    with pytest.raises(Refused) as refused:
        anna.say("nowhere", "?")
    with pytest.raises(Refused) as as_raw:
        raw.say("nowhere", "?")
    assert refused.value.error == as_raw.value.error
    carried = "polling" if mode == "polling" else "websocket"
    eventually(lambda: transport(anna) == carried)
    rows = daemon.admin_json("connections")["connections"]
    shown = {one["participant"]: one["transport"] for one in rows}
    assert shown[anna.id] == f"socketio-{carried}" and shown[raw.id] == "websocket"


def transport(client: StockClient) -> str:
    client.do("transport")
    name: str = client.hear("transport")[1]
    return name


def test_what_is_said_while_it_upgrades_comes_once_and_in_order(
    daemon: Daemon, stock: Open, raw: Client
) -> None:
    anna = stock(daemon.address)
    anna.hello(name="Аня")
    anna.join(ROOM)
    asked = [anna.give("message:send", dialog_id=ROOM, content=f"a{n}") for n in range(100)]
    said = [raw.say(ROOM, f"b{n}")["seq"] for n in range(100)]
    sent = [anna.answer(one)["message"]["seq"] for one in asked]
    assert sent == sorted(sent)
    heard = [one["data"]["seq"] for one in anna.settle() if one["event"] == "message:new"]
    assert heard == sorted(sent + said)


def test_it_comes_back_by_itself_as_the_same_and_is_told_what_it_missed(
    daemon: Daemon, stock: Open, raw: Client
) -> None:
    anna = stock(daemon.address)
    before = anna.hello(name="Аня")["participant"]["id"]
    seen = anna.join(ROOM)["dialog"]
    at = {"dialog_id": ROOM, "after_seq": seen["last_seq"], "after_rev": seen["rev"]}
    anna.do("auth", {"token": anna.token, "join": [at]})
    anna.do("cut")
    assert anna.hear("disconnect")[2] in ("transport close", "forced close")
    missed = raw.say(ROOM, "пока не было")
    known = anna.known()
    assert known["participant"]["id"] == before
    (page,) = known["joined"]
    told = page["messages"] + [
        one["data"] for one in anna.settle() if one["event"] == "message:new"
    ]
    assert [one["id"] for one in told] == [missed["id"]]


def test_after_a_restart_it_is_back(make_daemon: MakeDaemon, stock: Open) -> None:
    daemon = make_daemon()
    anna = stock(daemon.address)
    before = anna.hello(name="Аня")["participant"]["id"]
    anna.do("auth", {"token": anna.token})
    assert daemon.stop() == 0
    assert anna.hear("disconnect")[2] != "io server disconnect", "so that it comes back by itself"
    daemon.start()
    assert anna.known()["participant"]["id"] == before


def test_who_is_kicked_stays_away(daemon: Daemon, stock: Open) -> None:
    anna = stock(daemon.address)
    anna.hello(name="Аня")
    rows = daemon.admin_json("connections")["connections"]
    (row,) = [one for one in rows if one["participant"] == anna.id]
    assert daemon.admin("kick", row["id"], "--reason", "спам").returncode == 0
    assert anna.expect("closed", code=4003)["reason"] == "спам"
    assert anna.hear("disconnect")[2] == "io server disconnect", "after which it does not try again"


def test_a_refused_one_is_told_why(daemon: Daemon, stock: Open) -> None:
    anna = stock(daemon.address)
    with pytest.raises(Refused) as refused:
        anna.hello(token="made up")
    assert refused.value.code == "unauthenticated" and refused.value.error["message"]


def test_both_namespaces_are_one_person(daemon: Daemon, stock: Open) -> None:
    anna = stock(daemon.address, "/chat", "/call")
    first = anna.hello(name="Аня")["participant"]["id"]
    anna.do("connect", {"name": "Аня"}, namespace="/call")
    assert anna.known()["participant"]["id"] == first
    mine = [
        one
        for one in daemon.admin_json("connections")["connections"]
        if one["participant"] == first
    ]
    assert len(mine) == 1
    anna.do("disconnect", namespace="/call")
    assert anna.join(ROOM)


def test_bytes_are_refused_and_nothing_ends(daemon: Daemon, stock: Open) -> None:
    anna = stock(daemon.address)
    anna.hello(name="Аня")
    anna.do("binary", "b", "message:send")
    with pytest.raises(Refused, match="binary data") as refused:
        anna.answer("b")
    assert refused.value.code == "malformed"
    assert anna.join(ROOM)
