"""A session of Engine.IO that moves to a WebSocket, or begins with one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gevent
import msgspec
import pytest

from chatd.net.frames import NORMAL, PROTOCOL_ERROR, TOO_SLOW
from chatd.net.socketio.contracts import Deadlines
from chatd.net.socketio.refused import Refused
from tests.net.socketio.lines import BYE, EVERY, Line, Wire


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def wire(line: Line) -> Iterator[Wire]:
    made = Wire(line)
    yield made
    made.ws.release()
    made.peer.close()


def finish(wire: Wire, moving: Any) -> None:
    """Its peer hangs up."""
    wire.peer.close()
    moving.get(timeout=30)


def run(line: Line, wire: Wire) -> Any:
    return gevent.spawn(line.session.upgrade, wire.ws)


def test_a_session_moves_and_what_waited_goes_first(line: Line, wire: Wire) -> None:
    poll = line.wait()
    moving = run(line, wire)
    wire.say("2probe")
    assert wire.hear() == "3probe" and poll.get(timeout=30) == b"6"
    line.session.outbox.append(b"4one\x1e")
    line.session.outbox.append(b"4two\x1e")
    wire.say("5")
    wire.say("4hello")
    wire.say("3")
    assert (wire.hear(), wire.hear()) == ("4one", "4two")
    line.session.outbox.append(b"\x81\x024z")
    line.session.outbox.flush()
    assert wire.hear() == "4z"
    assert line.talk.heard == ["hello"] and line.talk.moved is wire.ws.outbox
    assert (
        line.session.transport == "socketio-websocket" and line.session not in line.heart._beating
    )
    assert line.session.traffic()["in_messages"] == wire.ws.traffic()["in_messages"] > 0
    with pytest.raises(Refused, match="Bad request"):
        line.session.poll()
    assert line.known and line.session.close_code is None
    wire.say("1")
    finish(wire, moving)
    assert (line.session.close_code, line.session.closed_by) == (NORMAL, "peer")
    assert not line.known and line.talk.over == 1


@pytest.mark.parametrize("said", [["2probe", "4x"], ["3probe"], ["5"], ["2probe", "2probe"]])
def test_who_proves_nothing_moves_nothing(line: Line, wire: Wire, said: list[str]) -> None:
    moving = run(line, wire)
    for one in said:
        wire.say(one)
    moving.get(timeout=30)
    assert wire.ws.close_reason == "no upgrade" and line.known and not line.talk.moved
    assert line.session.transport == "socketio-polling" and not line.session._probing
    line.session.outbox.append(b"4still here\x1e")
    assert line.session.poll() == b"4still here"


def test_one_moves_at_a_time_and_once(line: Line, wire: Wire) -> None:
    moving = run(line, wire)
    wire.say("2probe")
    assert wire.hear() == "3probe"
    other = Wire(line)
    line.session.upgrade(other.ws)
    assert other.ws.close_reason == "the session is elsewhere" and not wire.ws.closed
    wire.say("5")
    wire.say("1")
    finish(wire, moving)
    assert wire.ws.close_code == NORMAL
    late = Wire(line)
    line.session.upgrade(late.ws)
    assert late.ws.close_reason == "the session is elsewhere"
    for one in (other, late):
        one.ws.release()
        one.peer.close()


def test_while_it_is_proven_no_ping_and_no_poll_waits(line: Line, wire: Wire) -> None:
    moving = run(line, wire)
    wire.say("2probe")
    assert wire.hear() == "3probe"
    line.beat(EVERY)
    assert line.session._queue.queued == 0 and line.session.poll() == b"6"
    moving.kill()
    assert not line.session._probing


def test_a_probe_has_so_much_time(wire: Wire) -> None:
    line = Line(Deadlines(upgrade_timeout=0.01))
    line.session.upgrade(wire.ws)
    assert wire.ws.close_reason == "no upgrade" and line.known


def test_one_that_ended_while_it_moved_says_its_last_words_there(line: Line, wire: Wire) -> None:
    line.talk.last = BYE
    moving = run(line, wire)
    wire.say("2probe")
    assert wire.hear() == "3probe"
    line.session.close(TOO_SLOW, "enough")
    line.session._queue.append(b"")
    wire.say("5")
    assert (wire.hear(), wire.hear()) == ("4bye", f"closed {TOO_SLOW}")
    finish(wire, moving)
    assert line.talk.heard == [] and not line.known


@pytest.mark.parametrize("said", ["9", "2", "0"])
def test_over_a_websocket_too_what_is_no_packet_ends_it(line: Line, wire: Wire, said: str) -> None:
    session = line.engine.open({}, "192.0.2.1", wire.ws)
    told = msgspec.json.decode(session.open_packet()[1:])
    assert told["upgrades"] == [] and session.sid in line.engine._sessions
    running = gevent.spawn(session.run, wire.ws)
    wire.say(said)
    assert wire.hear() == f"closed {PROTOCOL_ERROR}"
    finish(wire, running)
    assert session.close_code == PROTOCOL_ERROR and session.closed_by == "we"
    assert session.sid not in line.engine._sessions and line.talks[1].over == 1
