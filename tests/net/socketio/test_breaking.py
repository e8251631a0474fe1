"""Who breaks the protocol of Socket.IO is let go, as it says; who sends what is not taken here is
told so once, where they sent it, and stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.daemon import Daemon
from tests.socketio import MODES, Answered, Mode, SocketIoClient

ROOM = "lobby"
Open = Callable[..., SocketIoClient]


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    found: Mode = request.param
    return found


@pytest.fixture
def enter(daemon: Daemon, mode: Mode) -> Iterator[Open]:
    with ExitStack() as opened:

        def open_one(**fields: Any) -> SocketIoClient:
            one = opened.enter_context(SocketIoClient(daemon.address, mode))
            if fields:
                one.hello(**fields)
            return one

        yield open_one


def entered_both(enter: Open) -> SocketIoClient:
    anna = enter(name="Аня")
    anna.namespace = "/call"
    anna.hello()
    return anna


def is_let_go(anna: SocketIoClient, packet: str | bytes) -> str:
    """Why the session ends for this."""
    if anna.socket:
        anna.send(packet)
        assert anna.close_code() == 1002
        return str(anna.socket.close_reason)
    with pytest.raises(Answered) as refused:
        anna.send(packet)
    assert refused.value.status == 400
    with pytest.raises(Answered, match="Session ID unknown"):
        anna.request("GET")
    return refused.value.text


NOT_ENTERED = {
    "an event": '42/chat,1["ping"]',
    "without an answer": '42/chat,["ping"]',
    "another namespace": '42/nope,1["ping"]',
    "none": '42["ping"]',
    "an acknowledgement": "43/chat,1[]",
    "the end": "41/chat,",
    "bytes": '451-/chat,1["ping",{"_placeholder":true,"num":0}]',
}


@pytest.mark.parametrize("case", NOT_ENTERED)
def test_who_begins_with_something_else_than_a_connect_is_let_go(enter: Open, case: str) -> None:
    assert "is not entered" in is_let_go(enter(), NOT_ENTERED[case])


def test_who_speaks_where_they_left_were_refused_or_never_were_is_let_go(enter: Open) -> None:
    anna = enter(name="Аня")
    anna.send("41/chat,")
    assert "/chat is not entered" in is_let_go(anna, '42/chat,1["ping"]')
    boris = enter()
    with pytest.raises(Refused):
        boris.hello(token="made up")
    assert "/chat is not entered" in is_let_go(boris, '42/chat,1["ping"]')
    olga = enter(name="Оля")
    assert "/call is not entered" in is_let_go(olga, '42/call,1["call:end"]')
    if olga.socket:
        assert olga.expect("closed", code=1002), "in /chat, where she is"


def test_who_leaves_one_namespace_stays_in_the_other(enter: Open) -> None:
    anna = entered_both(enter)
    anna.send("41/call,")
    anna.namespace = "/chat"
    assert anna.ask("ping") is not None


def test_who_leaves_chat_leaves_its_dialogs_and_stays_in_call(daemon: Daemon, enter: Open) -> None:
    anna = entered_both(enter)
    anna.namespace = "/chat"
    anna.join(ROOM)
    with Client(daemon.address) as boris:
        boris.hello(name="Борис")
        boris.join(ROOM)
        anna.settle()
        anna.send("41/chat,")
        boris.expect("presence:update")
        assert [one["id"] for one in boris.join(ROOM)["participants"]] == [boris.id]
        boris.say(ROOM, "без Ани")
        before = anna.id
        known = anna.hello(join=[{"dialog_id": ROOM}])
        assert known["participant"]["id"] == before, "whom she still was in /call"
        said = boris.say(ROOM, "и с ней")
        assert anna.expect("message:new") == said, "and none of those between"


BROKEN = {
    "no packet": "4abc",
    "no JSON": '42/chat,1["ping"',
    "no list": '42/chat,1{"event":"ping"}',
    "an empty list": "42/chat,1[]",
    "nothing": "42/chat,1",
    "no number": '42/chat,one["ping"]',
    "attachments of text": '421-/chat,["ping"]',
    "bytes without their number": '45/chat,["ping"]',
    "a server's packet": '44/chat,{"message":"no"}',
    "a long namespace": f"40/{'n' * 64},",
}


@pytest.mark.parametrize("case", BROKEN)
def test_who_breaks_the_protocol_is_let_go(enter: Open, case: str) -> None:
    assert is_let_go(enter(name="Аня"), BROKEN[case])


def send_bytes(anna: SocketIoClient) -> None:
    anna.send(b"abc" if anna.socket else "bYWJj")


def test_bytes_that_nobody_announced_end_it(enter: Open) -> None:
    anna = enter(name="Аня")
    assert "no packet announced" in is_let_go(anna, b"abc" if anna.socket else "bYWJj")
    boris = enter(name="Борис")
    boris.asked[7] = "message:send"
    boris.send('452-/chat,7["message:send",{"_placeholder":true,"num":0}]')
    send_bytes(boris)
    assert "bytes of a packet were to come" in is_let_go(boris, '42/chat,8["ping"]')


def test_an_event_with_bytes_is_refused_once(enter: Open) -> None:
    anna = enter(name="Аня")
    anna.asked[7] = "message:send"
    anna.send('453-/chat,7["message:send",{"_placeholder":true,"num":0}]')
    for _ in range(3):
        send_bytes(anna)
    with pytest.raises(Refused, match="binary data: commands are JSON"):
        anna.answer(7)
    anna.send('451-/chat,["message:send",{"_placeholder":true,"num":0}]')
    send_bytes(anna)
    anna.ask("ping")
    assert [one["event"] for one in anna.settle()] == ["error"]


def test_an_error_is_told_in_the_namespace_that_was_spoken_in(enter: Open) -> None:
    anna = entered_both(enter)
    asked = {"/call": '["ping"]', "/chat": '["call:end"]'}
    for namespace, event in asked.items():
        anna.send(f"42{namespace},{event}")
        anna.send(f"43{namespace},1[]")
        anna.send(f'450-{namespace},["ping"]')
        for _ in range(3):
            assert anna.expect("error", code="malformed")
        assert anna.wrong_in == [namespace] * 3
        anna.wrong_in.clear()
