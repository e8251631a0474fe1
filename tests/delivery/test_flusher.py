"""How many outboxes are flushed: at the end of a turn, in parts, and each whatever others do."""

from __future__ import annotations

import gevent
import pytest

from chatd.delivery.outbox import Flusher, Outbox
from tests.test_outbox import LIMIT, Wire, send_to_all


def test_a_turn_has_one_end_however_many_have_something_to_send() -> None:
    flusher, ends = Flusher(), list[int]()
    flush = flusher._flush

    def counted() -> None:
        ends.append(len(flusher._dirty))
        flush()

    flusher._flush = counted  # type: ignore[method-assign]
    wires = [Wire() for _ in range(3)]
    outboxes = [Outbox(wire.near, flusher, limit=LIMIT) for wire in wires]
    for turn in range(2):
        for outbox in outboxes:
            outbox.append(b"%d" % turn)
        gevent.sleep(0.001)
    assert ends == [3, 3]
    for wire in wires:
        assert [wire.far.recv(10) for _ in range(2)] == [b"0", b"1"]
        wire.close()


def test_between_two_parts_of_very_many_a_moment_passes_and_no_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The loop looks at its sockets in between, and only that."""
    monkeypatch.setattr("chatd.delivery.outbox.PER_TURN", 2)
    flusher, wires = Flusher(), [Wire() for _ in range(5)]
    for wire in wires:
        Outbox(wire.near, flusher, limit=LIMIT).append(b"x")
    left = []
    while flusher._dirty and len(left) < 20:
        left.append(len(flusher._dirty))
        gevent.sleep(0.001)
    assert left[0] == 5 and {*left} <= {5, 3, 1}
    for wire in wires:
        wire.far.setblocking(False)
        assert wire.far.recv(10) == b"x"
        wire.close()


def test_so_many_are_sent_to_at_once_and_with_one_more_all_in_their_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chatd.delivery.outbox.PER_TURN", 2)
    flusher, wires = Flusher(), [Wire() for _ in range(3)]
    outboxes = [Outbox(wire.near, flusher, limit=LIMIT) for wire in wires]
    send_to_all(outboxes[:2], b"few")
    assert [outbox.queued for outbox in outboxes] == [0, 0, 0]
    send_to_all(outboxes, b"many")
    assert [outbox.queued for outbox in outboxes] == [4, 4, 4]
    assert [wire.far.recv(10) for wire in wires] == [b"few", b"few", b"many"]
    for wire in wires:
        wire.close()


def test_very_many_outboxes_are_all_flushed() -> None:
    wires = [Wire() for _ in range(400)]
    flusher = Flusher()
    outboxes = [Outbox(wire.near, flusher, limit=LIMIT) for wire in wires for _ in range(3)]
    for number, outbox in enumerate(outboxes):
        outbox.append(b"%d" % number)
    for number, wire in enumerate(wires):
        assert [wire.far.recv(10) for _ in range(3)] == [b"%d" % (3 * number + i) for i in range(3)]
        wire.close()


def test_very_many_are_sent_to_in_their_turns_and_few_at_once() -> None:
    wires = [Wire() for _ in range(600)]
    flusher = Flusher()
    outboxes = [Outbox(wire.near, flusher, limit=LIMIT) for wire in wires]
    send_to_all(outboxes[:100], b"few")
    assert not any(outbox.queued for outbox in outboxes)
    send_to_all(outboxes, b"many")
    assert all(outbox.queued for outbox in outboxes)
    assert [wire.far.recv(10) for wire in wires] == [b"few"] * 100 + [b"many"] * 500
    for wire in wires:
        wire.close()


def test_one_that_raises_does_not_keep_the_others_from_leaving() -> None:
    flusher, bad, good = Flusher(), Wire(), Wire()
    bad.far.close()
    first, second = (Outbox(one.near, flusher, limit=LIMIT) for one in (bad, good))

    def fail() -> None:
        raise RuntimeError("a fault of the test's")

    first.on_broken = fail
    first.append(b"x")
    second.append(b"y")
    assert good.far.recv(10) == b"y"
    second.append(b"z")
    assert good.far.recv(10) == b"z"
    bad.close()
    good.close()
