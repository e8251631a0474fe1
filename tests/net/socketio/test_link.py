"""A session of Engine.IO that is polled: what it counts, when it asks for a sign of life and gives
up, and what its last words are."""

from __future__ import annotations

import time

import gevent
import msgspec
import pytest
from gevent import socket

from chatd.net.frames import ABNORMAL, NORMAL, PROTOCOL_ERROR, TOO_SLOW
from chatd.net.socketio.contracts import Deadlines
from chatd.net.socketio.link import MOST_PACKETS, PER_TURN
from chatd.net.socketio.refused import Refused
from tests.net.socketio.lines import BYE, DEADLINES, EVERY, GRACE, PATIENCE, Line


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_session_begins_with_what_a_client_goes_by(line: Line) -> None:
    told = msgspec.json.decode(line.session.open_packet().removeprefix(b"0"))
    assert told == {
        "sid": line.session.sid,
        "upgrades": ["websocket"],
        "pingInterval": 10_000,
        "pingTimeout": 4_000,
        "maxPayload": 1_000,
    }
    odd = Line(Deadlines(ping_interval=0.3, ping_timeout=0.0566))
    told = msgspec.json.decode(odd.session.open_packet()[1:])
    assert (told["pingInterval"], told["pingTimeout"]) == (300, 57)


def test_what_passed_and_what_waits_is_counted(line: Line) -> None:
    assert set(line.session.traffic().values()) == {0}
    line.session.outbox.append(b"4one\x1e")
    line.session.outbox.append_droppable(b"4old\x1e", "key")
    line.session.outbox.append_droppable(b"4two\x1e", "key")
    assert line.session.traffic() == {
        "in_bytes": 0,
        "in_messages": 0,
        "out_bytes": 0,
        "out_frames": 0,
        "queued_bytes": 10,
        "dropped": 1,
    }
    assert line.session.poll() == b"4one\x1e4two"
    line.session.post("4привет\x1e3\x1ebAAE=".encode())
    found = line.session.traffic()
    assert found["in_bytes"] == len("4привет".encode()) + 8 and found["in_messages"] == 2
    assert (found["out_bytes"], found["out_frames"], found["queued_bytes"]) == (10, 2, 0)
    assert line.talk.heard == ["привет", b"\0\1"] and line.session.transport == "socketio-polling"


def test_a_poll_waits_for_something(line: Line) -> None:
    poll = line.wait()
    assert not poll.ready()
    line.session.outbox.append(b"4now\x1e")
    assert poll.get(timeout=30) == b"4now"
    assert line.session._queue.ready is None and line.session.close_code is None


def test_two_polls_at_once_end_it_and_the_first_is_told(line: Line) -> None:
    line.talk.last = BYE
    poll = line.wait()
    with pytest.raises(Refused, match="Bad request: two polls at once") as refused:
        line.session.poll()
    assert refused.value.number == 3 and line.session.close_code == PROTOCOL_ERROR
    assert poll.get(timeout=30) == b"4bye" and line.known
    with pytest.raises(Refused, match="Session ID unknown"):
        line.session.poll()
    assert line.talk.over == 1 and not line.known


def test_two_posts_at_once_end_it(line: Line) -> None:
    refused: list[str] = []

    def again() -> None:
        with pytest.raises(Refused, match="two requests at once") as found:
            line.session.post(b"4x")
        refused.append(str(found.value))

    line.talk.act = again
    with pytest.raises(Refused, match="Bad request"):
        line.session.post(b"4a\x1e4b")
    assert refused and line.talk.heard == ["a"] and line.session.closed_by == "we"
    assert not line.known and line.talk.over == 1


def test_a_session_that_is_closed_takes_no_more(line: Line) -> None:
    line.session.close()
    with pytest.raises(Refused, match="two requests at once"):
        line.session.post(b"4a")
    assert line.talk.heard == []


def test_so_many_packets_come_in_a_request_and_not_one_more(line: Line) -> None:
    line.session.post(b"\x1e".join([b"4m"] * MOST_PACKETS))
    assert len(line.talk.heard) == MOST_PACKETS and line.session.close_code is None
    assert line.talk.more == [True] * (MOST_PACKETS - 1) + [False] and not line.session.more
    with pytest.raises(Refused, match=f"at most {MOST_PACKETS} packets"):
        line.session.post(b"\x1e".join([b"4m"] * (MOST_PACKETS + 1)))
    assert len(line.talk.heard) == MOST_PACKETS


def test_others_have_their_turn_between_so_many(line: Line) -> None:
    turns: list[int] = []

    def other() -> None:
        while len(line.talk.heard) < 3 * PER_TURN:
            turns.append(len(line.talk.heard))
            gevent.sleep(0)

    beside = gevent.spawn(other)
    line.session.post(b"\x1e".join([b"4m"] * (3 * PER_TURN)))
    beside.join(30)
    assert sorted(set(turns) - {0}) == [PER_TURN, 2 * PER_TURN]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"4ok\x1eb!!!!", "a binary packet is not base64"),
        (b"4ok\x1ebAAE", "a binary packet is not base64"),
        (b"4ok\x1e9", "no packet of Engine.IO 4 that a client sends"),
        (b"4ok\x1e2", "no packet of Engine.IO 4 that a client sends"),
        (b"4ok\x1e\xff", r"not UTF-8 text \(byte 4\)"),
    ],
)
def test_what_is_no_packet_ends_it(line: Line, body: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        line.session.post(body)
    assert (line.session.close_code, line.session.closed_by) == (PROTOCOL_ERROR, "we")
    assert not line.session._posting and not line.known
    assert line.talk.heard == (["ok"] if b"\xff" not in body else [])


def test_who_breaks_what_is_said_in_it_is_refused_and_heard_no_further(line: Line) -> None:
    line.talk.act = lambda: line.session.close(PROTOCOL_ERROR, "not so")
    with pytest.raises(Refused, match="Bad request: not so"):
        line.session.post(b"4a\x1e4b")
    assert line.talk.heard == ["a"]
    mild = Line()
    mild.talk.act = lambda: mild.session.close(NORMAL, "enough")
    mild.session.post(b"4a\x1e4b")
    assert mild.talk.heard == ["a"] and mild.session.in_messages == 2


def test_a_ping_comes_in_time_and_who_answers_none_is_given_up(line: Line) -> None:
    poll = line.wait()
    assert line.due() == EVERY
    line.beat(EVERY - 0.1)
    assert not poll.ready() and line.session._queue.queued == 0 and line.due() == EVERY
    line.beat(EVERY)
    assert poll.get(timeout=30) == b"2" and line.due() == EVERY + PATIENCE
    poll = line.wait()
    line.beat(EVERY + PATIENCE - 0.1)
    assert line.known and line.session.close_code is None
    line.beat(EVERY + PATIENCE)
    assert (line.session.close_code, line.session.closed_by) == (ABNORMAL, "we")
    assert line.session.close_reason == "not a sign of life for too long"
    assert not line.known and line.talk.over == 1 and poll.get(timeout=30) == b"1"


def test_who_answers_is_asked_again(line: Line) -> None:
    poll = line.wait()
    line.beat(EVERY)
    poll.get(timeout=30)
    line.heart.now = line.began + EVERY + 2
    line.session.post(b"3")
    poll = line.wait()
    line.beat(2 * EVERY - 0.1)
    assert not poll.ready() and line.due() == 2 * EVERY
    line.beat(2 * EVERY)
    assert poll.get(timeout=30) == b"2" and line.due() == 2 * EVERY + 2 + PATIENCE
    assert not line.talk.heard, "an answer is no message"


def test_who_posts_but_never_polls_reads_nothing_and_is_given_up(line: Line) -> None:
    for second in (5, 10, 13):
        line.heart.now = line.began + second
        line.session.post(b"4x")
    line.beat(EVERY + PATIENCE - 0.1)
    assert line.known
    line.beat(EVERY + PATIENCE)
    assert not line.known


def test_who_polled_last_is_alive_from_there(line: Line) -> None:
    line.heart.now = line.began + 6
    line.session.outbox.append(b"4x\x1e")
    line.session.poll()
    line.session.post(b"3")
    line.beat(6 + EVERY + PATIENCE - 0.1)
    assert line.known
    line.beat(6 + EVERY + PATIENCE)
    assert not line.known


def test_who_is_late_is_refused_at_that_time_not_with_the_next_beat() -> None:
    line = Line()
    line.session._seen = time.monotonic() - EVERY - PATIENCE
    with pytest.raises(Refused, match="Bad request"):
        line.session.poll()
    assert line.session.close_code == ABNORMAL and not line.known


def test_last_words_come_before_the_end_and_the_end_is_an_unknown_session(line: Line) -> None:
    line.talk.last = BYE
    line.session.outbox.append(b"4before\x1e")
    line.session.close(NORMAL, "so long")
    line.session.close(TOO_SLOW, "another")
    assert (line.session.close_code, line.session.close_reason) == (NORMAL, "so long")
    assert line.due() == GRACE and line.session.closed_by == "we"
    assert line.session.poll() == b"4before\x1e4bye"
    assert line.known and line.talk.over == 1
    with pytest.raises(Refused, match="Session ID unknown"):
        line.session.poll()
    assert not line.known and line.talk.over == 1


def test_an_end_without_words_is_told_at_once(line: Line) -> None:
    line.session.close()
    assert line.session.poll() == b"1" and not line.known
    with pytest.raises(Refused, match="Bad request"):
        line.session.poll()


def test_who_fetches_no_last_words_is_forgotten_at_the_deadline(line: Line) -> None:
    line.talk.last = BYE
    line.session.close()
    assert line.known
    line.beat(GRACE)
    assert not line.known and line.talk.over == 1 and line.session._queue.queued == 0


def test_for_who_is_too_slow_nothing_but_the_end_waits(line: Line) -> None:
    line.talk.last = BYE
    for _ in range(2):
        assert line.session.close_code is None
        line.session.outbox.append(b"4" + b"x" * DEADLINES.queue_bytes + b"\x1e")
    assert line.session.close_code == TOO_SLOW
    assert line.session.close_reason == "too slow: come back and resume"
    assert line.session.poll() == b"4bye"


def test_a_client_that_closes_it_ends_its_poll(line: Line) -> None:
    poll = line.wait()
    line.session.post(b"1")
    assert poll.get(timeout=30) == b"6" and not line.known and line.talk.over == 1
    assert (line.session.close_code, line.session.closed_by) == (NORMAL, "peer")
    with pytest.raises(Refused, match="unknown"):
        line.ask()


def test_a_poll_that_comes_behind_its_clients_end_is_answered_once(line: Line) -> None:
    line.session.post(b"1")
    assert not line.known and line.ask() == b"6"
    with pytest.raises(Refused, match="unknown"):
        line.ask()


def test_who_hangs_up_a_poll_has_ended_it(line: Line) -> None:
    near, far = socket.socketpair()
    with near:
        poll = gevent.spawn(line.session.poll, near)
        gevent.sleep(0)
        far.close()
        poll.join(30)
    assert (line.session.close_code, line.session.closed_by) == (ABNORMAL, "peer")
    assert line.session.close_reason == "a poll was hung up" and not line.known
