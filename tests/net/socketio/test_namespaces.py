"""Who is in which namespace, and what each may say there, in the test's own process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.live.connections import CLOSE_BANNED, CLOSE_KICKED, CLOSE_REPLACED
from chatd.net.frames import GOING_AWAY, PROTOCOL_ERROR
from chatd.net.socketio.codec import CALL, CHAT, FRAMED, POLLED
from chatd.net.socketio.session import SocketIoSession
from chatd.net.turnstile import Turnstile
from tests.handlers.stage import Heard, Stage
from tests.net.test_session import Line

PING = '2/chat,1["ping"]'


class Talk:
    """A session, and who is at the other end."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.line = stage, Line()
        self.session = SocketIoSession(
            self.line,
            POLLED,
            dispatcher=stage.dispatcher,
            services=stage.services,
            transport="socketio-polling",
            address="198.51.100.3",
            agent="test",
            origin=None,
            sites=None,
            turnstile=Turnstile(),
        )
        self.session.begin()

    def say(self, *packets: str | bytes) -> list[str]:
        """What is answered."""
        for packet in packets:
            self.session.take(packet)
        frames, self.line.outbox.frames = self.line.outbox.frames, []
        told = b"".join(frames).decode().split("\x1e")[:-1]
        assert all(one.startswith("4") for one in told)
        return [one[1:] for one in told]

    def enter(self, namespace: str = CHAT, **fields: Any) -> Any:
        """A CONNECT that is let in; what it is told."""
        entered, welcome = self.say(f"0{namespace},{json.dumps(fields)}")
        assert entered.startswith(f"0{namespace},{{"), entered
        name, told = json.loads(welcome.removeprefix(f"2{namespace},"))
        assert name == "hello"
        return told

    @property
    def why(self) -> str:
        """Why it was let go; nothing where it was not."""
        assert self.line.close_code in (None, PROTOCOL_ERROR)
        return self.line.close_reason


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    stage = Stage(tmp_path / "data")
    yield Talk(stage)
    stage.close()


@pytest.mark.parametrize("packet", ["2/chat,1[]", "1/chat,", PING, "3/chat,1[]", '2["ping"]'])
def test_who_is_in_no_namespace_says_nothing(talk: Talk, packet: str) -> None:
    assert talk.say(packet) == [] and "is not entered: its CONNECT comes first" in talk.why
    other = Talk(talk.stage)
    other.enter(CALL, name="Anna")
    other.say(packet)
    assert "is not entered" in other.why, "and who is in another says nothing there"


def test_who_is_in_one_says_what_is_said_there(talk: Talk) -> None:
    talk.enter(name="Anna")
    assert talk.say(PING)[0].startswith("3/chat,1[") and not talk.why
    talk.enter()
    assert talk.say(PING)[0].startswith("3/chat,1["), "entered twice is entered once"
    assert talk.say("1/chat,", PING) == [] and "/chat is not entered" in talk.why


def test_one_is_the_same_in_the_next_namespace_and_nobody_behind_the_last(talk: Talk) -> None:
    anna = talk.enter(name="Anna")["participant"]["id"]
    assert talk.enter(CALL)["participant"]["id"] == anna
    talk.say("1/chat,")
    assert talk.session.connection.principal.id == anna
    assert talk.enter(CHAT)["participant"]["id"] == anna
    talk.say("1/call,", "1/chat,")
    assert not talk.session.connection.principal.id and not talk.why
    assert talk.enter(name="Boris")["participant"]["id"] != anna


def test_a_hello_that_is_an_event_is_of_whom_it_names(talk: Talk) -> None:
    """Only a CONNECT without a token is of who is there already."""
    anna = talk.enter(name="Anna")["participant"]["id"]
    [told] = talk.say('2/chat,1["hello",{"name":"Boris"}]')
    boris = json.loads(told.removeprefix("3/chat,1"))[0]["participant"]
    assert boris["name"] == "Boris" and boris["id"] != anna


def test_who_was_refused_is_not_in_it(talk: Talk) -> None:
    [told] = talk.say('0/chat,{"token":"made up"}')
    assert told.startswith("4/chat,")
    assert talk.say(PING) == [] and "is not entered" in talk.why


def test_who_is_refused_one_stays_in_the_other(talk: Talk) -> None:
    talk.enter(CALL, name="Anna")
    assert talk.say('0/chat,{"token":"made up"}')[0].startswith("4/chat,")
    assert talk.say('2/call,1["ping"]') and not talk.why


def test_to_leave_chat_is_to_leave_its_dialogs(talk: Talk) -> None:
    talk.enter(name="Anna")
    talk.enter(CALL)
    talk.say('2/chat,1["dialog:join",{"dialog_id":"lobby"}]')
    dialogs = talk.session.connection.dialogs
    assert "lobby" in dialogs()
    talk.say("1/call,")
    assert "lobby" in dialogs()
    talk.enter(CALL)
    talk.say("1/chat,")
    assert "lobby" not in dialogs()


def test_bytes_come_behind_what_announced_them_and_nowhere_else(talk: Talk) -> None:
    talk.enter(name="Anna")
    announced = '52-/chat,7["ping",{"_placeholder":true,"num":0}]'
    [refused] = talk.say(announced)
    assert refused.startswith("3/chat,7") and talk.say(b"a", b"b") == [] and not talk.why
    assert talk.say(PING) and not talk.why
    talk.say(b"c")
    assert talk.why == "bytes that no packet announced"
    other = Talk(talk.stage)
    other.enter(name="Boris")
    other.say(announced, b"a")
    assert other.say(PING) == []
    assert other.why == "text where the bytes of a packet were to come"


def test_what_is_the_servers_no_client_says(talk: Talk) -> None:
    talk.enter(name="Anna")
    talk.say('4/chat,{"message":"no"}')
    assert talk.why == "a CONNECT_ERROR is the server's"


@pytest.mark.parametrize("code", [CLOSE_REPLACED, CLOSE_KICKED, CLOSE_BANNED, GOING_AWAY])
def test_the_end_is_told_where_one_is_and_to_come_back_only_where_it_helps(
    talk: Talk, code: int
) -> None:
    def last() -> list[str]:
        return talk.session.farewell(code, "why").decode().split("\x1e")[:-1]

    assert last() == []
    talk.enter(CALL, name="Anna")
    told = '["closed",' + json.dumps({"code": code, "reason": "why"}, separators=(",", ":")) + "]"
    for_good = code != GOING_AWAY
    assert last() == [f"42/call,{told}", *["41/call,"] * for_good]
    talk.enter(CHAT)
    ends = [(f"42{one},{told}", f"41{one},") for one in (CHAT, CALL)]
    assert last() == [packet for end in ends for packet in end[: 1 + for_good]]


def test_it_goes_on_over_a_websocket(talk: Talk) -> None:
    talk.enter(name="Anna")
    moved = Heard()
    talk.session.move(moved)
    assert talk.session.connection.transport == "socketio-websocket"
    assert talk.session._packets is FRAMED
    assert talk.session.farewell(GOING_AWAY, "").startswith(b"\x81")
