"""What waits for one peer, compared with a plain list of it: bounded, conflated, in order."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chatd.delivery.frame_queue import CHUNK, HOLES, FrameQueue
from chatd.delivery.mailbox import Batch

LIMIT = 40
Frame = tuple[bytes, Hashable | None]


class Plain:
    """The same, as a list of what waits: slow, and easy to see through."""

    def __init__(self) -> None:
        self.waits: list[Frame] = []
        self.on_the_way = 0
        self.allowed = LIMIT
        self.open, self.finished = True, False
        self.overflows = self.dropped = self.dropped_bytes = self.out = 0

    @property
    def queued(self) -> int:
        return self.on_the_way + sum(len(frame) for frame, _ in self.waits)

    def append(self, frame: bytes, key: Hashable | None = None, frames: int = 1) -> None:
        if not self.open:
            return
        if key is not None:
            self._drop([one for one in self.waits if one[1] == key])
        self.out += frames - 1
        if len(frame) > LIMIT and not self.queued:
            self.allowed = LIMIT + len(frame)
        self.waits.append((frame, key))
        for kind in ("droppable", "all"):
            if self.queued > self.allowed:
                self._drop([one for one in self.waits if kind == "all" or one[1] is not None])
                self.overflows += kind == "all"
                self.open = kind != "all"

    def finish(self, frame: bytes, *, discard: bool) -> None:
        if not self.finished:
            self.open, self.finished = False, True
            if discard:
                self._drop(list(self.waits))
            self.waits.append((frame, None))

    def take(self) -> bytes:
        taken = b"".join(frame for frame, _ in self.waits)
        self.out += len(self.waits)
        self.waits.clear()
        self.on_the_way += len(taken)
        return taken

    def count_sent(self, size: int) -> None:
        self.on_the_way -= size
        if self.queued <= LIMIT:
            self.allowed = LIMIT

    def _drop(self, gone: list[Frame]) -> None:
        self.dropped += len(gone)
        self.dropped_bytes += sum(len(frame) for frame, _ in gone)
        self.waits = [one for one in self.waits if one not in gone]


def state(queue: FrameQueue) -> tuple[int, ...]:
    """All that it counts."""
    return queue.queued, queue.dropped, queue.dropped_bytes, queue.frames_out


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("must"), st.integers(1, 60), st.integers(1, 3)),
        st.tuples(st.just("may"), st.integers(1, 30), st.sampled_from("abc")),
        st.tuples(st.just("take")),
        st.tuples(st.just("sent"), st.integers(1, 50)),
        st.tuples(st.just("finish"), st.booleans()),
    ),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(STEPS)
def test_it_does_what_a_plain_list_of_what_waits_does(steps: list[Any]) -> None:
    queue, plain, overflows = FrameQueue(LIMIT), Plain(), list[None]()
    queue.on_overflow = lambda: overflows.append(None)
    for number, (step, *how) in enumerate(steps):
        if step == "must":
            frame = (b"%d." % number).ljust(how[0], b".")
            queue.append(frame, how[1])
            plain.append(frame, None, how[1])
        elif step == "may":
            frame = (b"%d," % number).ljust(how[0], b",")
            queue.append_droppable(frame, how[1])
            plain.append(frame, how[1])
        elif step == "take":
            assert b"".join(queue.take()) == plain.take()
        elif step == "sent":
            size = min(how[0], plain.on_the_way)
            queue.count_sent(size)
            plain.count_sent(size)
        else:
            queue.finish(b"bye", discard=how[0])
            plain.finish(b"bye", discard=how[0])
        expected = plain.queued, plain.dropped, plain.dropped_bytes, plain.out
        assert state(queue) == expected, (number, step)
        assert len(overflows) == plain.overflows
    assert b"".join(queue.take()) == plain.take()


def test_what_is_conflated_leaves_no_trace_from_some_holes_on() -> None:
    queue = FrameQueue(1_000_000)
    longest = 0
    for number in range(10 * HOLES):
        queue.append_droppable(b"%d " % number, number % 3)
        longest = max(longest, len(queue._frames))
    assert longest == HOLES + 2, "a hole stays until there are so many"
    assert b"".join(queue.take()).split() == [b"%d" % (10 * HOLES - left) for left in (3, 2, 1)]
    long = FrameQueue(1_000_000)
    for _ in range(2 * HOLES):
        long.append(b"must ")
    for number in range(2 * HOLES + 1):
        long.append_droppable(b"may", "key")
        assert len(long._frames) == 2 * HOLES + number + 1, "holes are no more than half"
    long.append_droppable(b"may", "key")
    assert len(long._frames) == 2 * HOLES + 1
    assert b"".join(long.take()) == b"must " * 2 * HOLES + b"may"


def test_places_are_right_after_a_part_has_left_and_holes_were_closed() -> None:
    queue = FrameQueue(10_000_000)
    half = b"." * (CHUNK // 2)
    for _ in range(4):
        queue.append(half)
    assert len(queue.take()) == 2, "a part of what is very much"
    queue.count_sent(CHUNK)
    assert len(queue.take()) == 2, "all of what is just as much"
    queue.count_sent(CHUNK)
    for _ in range(5):
        queue.append(half)
    queue.append_droppable(b"old", "key")
    assert len(queue.take()) == 2
    for number in range(3 * HOLES):
        queue.append_droppable(b"%d" % number, "other")
    queue.append_droppable(b"new", "key")
    rest = b"".join(b"".join(queue.take()) for _ in range(9))
    assert rest == half * 3 + b"%dnew" % (3 * HOLES - 1)
    assert (queue.dropped, queue.frames_out) == (3 * HOLES, 11)


def test_a_closed_one_takes_nothing_and_tells_nobody() -> None:
    queue, overflows = FrameQueue(LIMIT), list[None]()
    queue.on_overflow = lambda: overflows.append(None)
    queue.append(b"waits")
    queue.close()
    queue.append(b"." * 99)
    queue.append_droppable(b"." * 99, "key")
    queue.finish(b"bye", discard=False)
    assert queue.take() == [] and not overflows and queue.queued == 0
    assert (queue.dropped, queue.dropped_bytes) == (1, 5)


def test_of_a_batch_neighbours_that_must_arrive_are_one() -> None:
    parts = [(b"a", None), (b"b", None), (b"c", 1), (b"d", 2), (b"e", None)]
    batch = Batch(parts)
    assert (batch.data, len(batch)) == (b"abcde", 5)
    assert batch.runs() == [(b"ab", 2, None), (b"c", 1, 1), (b"d", 1, 2), (b"e", 1, None)]
    single = b"one frame"
    assert Batch([(single, None)]).data is single, "what is one is not copied"
    assert Batch([]).data == b""
    queue = FrameQueue(LIMIT)
    queue.append_batch(batch)
    queue.append(b"f")
    assert queue.take() == [b"ab", b"c", b"d", b"e", b"f"] and queue.frames_out == 6
