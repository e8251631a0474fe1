"""Work in native threads: results, errors, and a bound on what waits."""

from __future__ import annotations

import threading

import gevent
import pytest

from chatd.errors import Conflict, Unavailable
from chatd.runtime.threads import BoundedThreads


def test_what_is_raised_beside_the_loop_is_raised_here_and_not_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def refuse() -> None:
        raise Conflict("taken")

    beside = BoundedThreads(1)
    assert beside(str.upper, "x") == "X"
    with pytest.raises(Conflict, match="taken"):
        beside(refuse)
    beside.stop()
    printed = capfd.readouterr().err
    assert "Conflict" not in printed and "Traceback" not in printed


def test_one_more_than_may_wait_is_told_to_come_again() -> None:
    beside, gate = BoundedThreads(1, most=3), threading.Event()
    waiting = [gevent.spawn(beside, gate.wait, 20) for _ in range(3)]
    gevent.sleep(0)
    with pytest.raises(Unavailable) as refused:
        beside(str.upper, "x")
    assert refused.value.details["retry_after"] >= 1
    gate.set()
    gevent.joinall(waiting, raise_error=True)
    assert beside(str.upper, "x") == "X"
    beside.stop()
