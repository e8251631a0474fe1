"""Outboxes over real sockets: one send a turn, bounded, in order, and nobody waits."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import gevent
import pytest
from gevent import socket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatd.delivery.frame_queue import FrameQueue
from chatd.delivery.mailbox import Batch
from chatd.delivery.outbox import Flusher, Outbox

LIMIT = 1_000_000


def send_to_all(outboxes: list[Outbox], data: bytes) -> None:
    """One frame that must arrive, to each."""
    Outbox.send_to_all(outboxes, Batch([(data, None)]))


class Wire:
    """An outbox and the other end of its socket; of packets, so that a send is seen as one."""

    def __init__(self, limit: int = LIMIT, kind: int = socket.SOCK_SEQPACKET) -> None:
        self.near, self.far = socket.socketpair(socket.AF_UNIX, kind)
        self.far.settimeout(10)
        self.flusher = Flusher()
        self.outbox = Outbox(self.near, self.flusher, limit=limit)
        self.said: list[str] = []
        self.outbox.on_overflow = lambda: self.said.append("overflow")
        self.outbox.on_broken = lambda: self.said.append("broken")
        self.outbox.on_drained = lambda: self.said.append("drained")

    def block(self) -> int:
        """Fills the kernel's buffer; the bytes that it takes until then."""
        self.outbox.append(b"." * 900_000)
        gevent.sleep(0.01)
        assert self.outbox.queued, "the socket took it all"
        return 900_000

    def read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        data = b""
        while len(data) < size:
            piece = self.far.recv(size - len(data))
            assert piece, data[-100:]
            data += piece
        return data

    def close(self) -> None:
        self.outbox.close()
        self.near.close()
        self.far.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


@pytest.fixture
def stream() -> Iterator[Wire]:
    made = Wire(kind=socket.SOCK_STREAM)
    yield made
    made.close()


def test_what_a_turn_appends_leaves_in_one_send(wire: Wire) -> None:
    for number in range(100):
        wire.outbox.append(b"%d " % number)
    packet = wire.far.recv(10_000)
    assert packet == b"".join(b"%d " % number for number in range(100))
    assert (wire.outbox.frames_out, wire.outbox.out_bytes) == (100, len(packet))
    assert wire.outbox.queued == 0


def test_what_is_sent_leaves_before_the_turn_ends_and_never_before_what_waits(wire: Wire) -> None:
    wire.far.setblocking(False)
    send_to_all([wire.outbox], b"now")
    assert wire.far.recv(100) == b"now"
    wire.outbox.append(b"first ")
    send_to_all([wire.outbox], b"then")
    with pytest.raises(BlockingIOError):
        wire.far.recv(100)
    wire.far.settimeout(10)
    assert wire.far.recv(100) == b"first then"
    assert (wire.outbox.frames_out, wire.outbox.out_bytes) == (3, 13)


def test_what_cannot_all_be_sent_now_follows_and_counts_towards_the_limit(stream: Wire) -> None:
    send_to_all([stream.outbox], b"m" * 900_000)
    send_to_all([stream.outbox], b"end")
    assert 0 < stream.outbox.queued < 900_003
    assert stream.read(900_003)[-3:] == b"end"
    send_to_all([stream.outbox], b"m" * 2_000_000)
    assert stream.said == [], "what is larger than the limit leaves when it is alone"
    send_to_all([stream.outbox], b"m" * 2_000_000)
    assert stream.said == ["overflow"]


def test_nothing_gets_into_the_midst_of_a_frame_that_has_left_in_part(stream: Wire) -> None:
    whole = stream.block()
    waits = stream.outbox._watcher
    here = stream.far._sock.recv(300_000)  # there is space now, and the loop has not seen it yet
    assert set(here) == {ord(".")}
    send_to_all([stream.outbox], b"!" * 10)
    stream.outbox.append(b"?" * 10)
    stream.outbox.flush()
    assert stream.outbox._watcher is waits, "what waits for the socket is one"
    rest = stream.read(whole - len(here) + 20)
    assert rest == b"." * (whole - len(here)) + b"!" * 10 + b"?" * 10
    assert not stream.outbox.queued


@pytest.mark.parametrize("size", [900_000, 5_000_000])
def test_behind_what_left_in_part_so_much_waits_and_not_a_byte_more(
    stream: Wire, size: int
) -> None:
    """What is larger than all that may wait has all of that behind it, until it has left."""
    send_to_all([stream.outbox], b"." * size)
    rest = stream.outbox.queued
    assert (rest > LIMIT) == (size > LIMIT) and rest + stream.outbox.out_bytes == size
    room = LIMIT if rest > LIMIT else LIMIT - rest
    stream.outbox.append(b"m" * room)
    assert stream.said == []
    stream.outbox.append(b"!")
    assert stream.said == ["overflow"]
    assert stream.outbox.queued == rest, "what has begun to leave cannot be taken back"
    assert stream.outbox.bytes_gone + rest == size + room + 1


def test_what_left_whole_waits_for_no_socket_and_what_waits_says_so(stream: Wire) -> None:
    stream.outbox.on_waiting = lambda: stream.said.append("waiting")
    send_to_all([stream.outbox], b"m" * 1_000)
    assert stream.said == [] and stream.outbox._watcher is None
    send_to_all([stream.outbox], b"m" * 5_000_000)
    assert stream.said == ["waiting"]
    send_to_all([stream.outbox], b"m" * 1_000)
    assert stream.said == ["waiting"], "it waits already"


def test_what_waits_is_of_everybodys_share_until_it_has_left(stream: Wire) -> None:
    unsent = stream.flusher.unsent
    assert unsent.total == 0
    stream.block()
    waits = stream.outbox.queued
    assert unsent.total == waits
    stream.outbox.append(b"more")
    send_to_all([stream.outbox], b"again")
    assert unsent.total == waits + 9
    stream.read(900_009)
    gevent.sleep(0.01)
    assert (unsent.total, stream.outbox.queued) == (0, 0)
    stream.block()
    assert unsent.total
    stream.outbox.close()
    assert (unsent.total, stream.outbox.queued) == (0, 0)


def test_who_keeps_the_most_of_all_lets_go_of_it(stream: Wire) -> None:
    waits = stream.block() - stream.outbox.out_bytes
    stream.flusher.unsent.limit = waits + 10
    stream.outbox.append(b"m" * 10)
    assert stream.said == []
    stream.outbox.append(b"m")
    assert stream.said == ["overflow"] and stream.outbox.queued == waits
    assert stream.outbox.dropped_bytes == 11


def test_so_many_bytes_wait_and_not_one_more() -> None:
    said: list[str] = []
    waiting = FrameQueue(limit=10)
    waiting.on_overflow = lambda: said.append("overflow")
    waiting.append_droppable(b".....", "key")
    waiting.append(b".....")
    assert not said and waiting.queued == 10 and waiting.dropped == 0
    waiting.append(b".....")
    assert not said and waiting.queued == 10 and waiting.dropped == 1
    waiting.append(b".")
    assert said == ["overflow"] and waiting.queued == 0
    large = FrameQueue(limit=10)
    large.on_overflow = lambda: said.append("large")
    large.append(b"." * 99)
    large.append(b"." * 10)
    assert said == ["overflow"], "one that is larger than all is taken where nothing waits"
    large.append(b".")
    assert said == ["overflow", "large"]


def test_what_is_closed_is_sent_nothing_more(wire: Wire) -> None:
    wire.outbox.finish(b"goodbye", discard=False)
    send_to_all([wire.outbox], b"late")
    wire.outbox.append(b"later")
    gevent.sleep(0.01)
    assert wire.far.recv(100) == b"goodbye"
    assert wire.said == ["drained"]
    wire.outbox.close()
    send_to_all([wire.outbox], b"latest")
    gevent.sleep(0.01)
    wire.far.setblocking(False)
    with pytest.raises(BlockingIOError):
        wire.far.recv(100)


def test_droppables_are_conflated_to_the_newest_in_its_own_place(wire: Wire) -> None:
    outbox = wire.outbox
    outbox.append_droppable(b"a1 ", "a")
    outbox.append_droppable(b"b1 ", "b")
    outbox.append(b"message ")
    outbox.append_droppable(b"a2 ", "a")
    assert wire.far.recv(100) == b"b1 message a2 "
    assert outbox.dropped == 1
    outbox.append_droppable(b"a3", "a")
    assert wire.far.recv(100) == b"a3"


def test_under_pressure_droppables_go_first_and_messages_stay(stream: Wire) -> None:
    taken = stream.block()
    for number in range(50):
        stream.outbox.append_droppable(b"d" * 1_000, number)
    while stream.outbox.dropped == 0:
        stream.outbox.append(b"m" * 10_000)
        taken += 10_000
    assert stream.said == [] and stream.outbox.dropped == 50
    assert b"d" not in stream.read(taken)


def test_at_the_limit_it_says_so_once_and_takes_only_a_last_frame(stream: Wire) -> None:
    stream.block()
    for _ in range(300):
        stream.outbox.append(b"m" * 10_000)
    assert stream.said == ["overflow"]
    assert stream.outbox.queued <= LIMIT
    stream.outbox.finish(b"bye", discard=True)
    stream.outbox.append(b"late")
    stream.outbox.append_droppable(b"late", "late")
    assert stream.read(900_003)[-3:] == b"bye"
    gevent.sleep(0.01)
    assert stream.said == ["overflow", "drained"] and stream.outbox.queued == 0


def test_a_last_frame_lets_everything_before_it_leave(stream: Wire) -> None:
    stream.block()
    stream.outbox.append(b"message ")
    stream.outbox.finish(b"bye", discard=False)
    assert stream.read(900_011)[-11:] == b"message bye"


def test_conflation_while_blocked_takes_no_memory(stream: Wire) -> None:
    stream.block()
    stream.outbox.append(b"message")
    tracemalloc.start()
    try:
        for number in range(200_000):
            stream.outbox.append_droppable(b"pong", number % 3)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert stream.read(900_000 + 7 + 12)[-19:] == b"messagepongpongpong"


def test_a_socket_that_fails_is_reported_once_and_keeps_nothing(wire: Wire) -> None:
    wire.far.close()
    wire.outbox.append(b"x")
    gevent.sleep(0.01)
    wire.outbox.append(b"y")
    gevent.sleep(0.01)
    assert wire.said == ["broken"] and wire.outbox.queued == 0


def test_who_is_gone_is_left_out_where_the_same_goes_to_many(wire: Wire) -> None:
    gone = Wire()
    gone.far.close()
    send_to_all([gone.outbox, wire.outbox], b"x")
    assert wire.far.recv(10) == b"x"
    gevent.sleep(0.01)
    assert gone.said == ["broken"] and gone.outbox.queued == gone.flusher.unsent.total == 0
    gone.close()


actions = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["message", "sent"]), st.integers(1, 40_000)),
        st.tuples(st.sampled_from(["draft", "typing"]), st.integers(1, 300)),
        st.tuples(st.just("turn"), st.just(0)),
        st.tuples(st.just("read"), st.integers(1, 200_000)),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(actions)
def test_messages_arrive_all_and_in_order_and_the_newest_droppable_last(
    actions: list[tuple[str, int]],
) -> None:
    wire = Wire(limit=10_000_000, kind=socket.SOCK_STREAM)
    got, newest = b"", {}
    for number, (what, size) in enumerate(actions):
        frame = b"<%s:%d:%s>" % (what.encode(), number, b"x" * size)
        if what == "message":
            wire.outbox.append(frame)
        elif what == "sent":
            send_to_all([wire.outbox], frame)
        elif what == "turn":
            gevent.sleep(0)
        elif what == "read" and wire.outbox.out_bytes > len(got):
            got += wire.far.recv(size)
        elif what != "read":
            wire.outbox.append_droppable(frame, what)
            newest[what] = number
    wire.outbox.finish(b"<end:0:>", discard=False)
    while not got.endswith(b"<end:0:>"):
        got += wire.far.recv(1_000_000)
    wire.close()
    seen = [(name, int(number)) for name, number, _ in (f.split(b":") for f in got.split(b"<")[1:])]
    must = ("message", "sent")
    messages = [number for number, (what, _) in enumerate(actions) if what in must]
    assert [number for name, number in seen if name.decode() in must] == messages
    for what, number in newest.items():
        assert max(n for name, n in seen if name == what.encode()) == number
    assert [n for _, n in seen[:-1]] == sorted(n for _, n in seen[:-1])
    assert wire.outbox.dropped + wire.outbox.frames_out == len(messages) + 1 + sum(
        what in ("draft", "typing") for what, _ in actions
    )
