"""The helper: has nothing in its hands, and whatever becomes of it, the daemon goes on."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import gevent
import pytest

from chatd.helper import helpers
from chatd.helper.frames import Done, Refused
from chatd.helper.helpers import AT_ONCE, JOBS_EACH, HelperFailed, Helpers

COMMAND = (sys.executable, "-m", "tests.helper.misbehaving")


class Watched(Helpers):
    """Helpers that misbehave when they are told to; ``failures``: how many were counted."""

    def __init__(self) -> None:
        self.failures = 0
        super().__init__(self.fail, COMMAND)

    def fail(self) -> None:
        self.failures += 1

    def shout(self) -> Done:
        """What a helper that works answers."""
        outcome, made = self.do("shout", b"hello", {"loud": True})
        assert isinstance(outcome, Done) and made == b"HELLO" and outcome.facts["loud"] is True
        return outcome


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.stop()


def test_a_job_is_done_and_another_by_the_same_helper(watched: Watched) -> None:
    first, second = watched.shout(), watched.shout()
    assert first.facts["pid"] == second.facts["pid"] != os.getpid()
    assert first.facts["uid"] != 0, "whom limits do not hold"
    assert watched.failures == 0


def test_a_large_body_is_got_when_there_is_room_for_it(watched: Watched) -> None:
    got: list[str] = []

    def body() -> bytes:
        got.append("got")
        return b"hello"

    busy = [gevent.spawn(watched.do, "sleep", b"x") for _ in range(AT_ONCE)]
    gevent.sleep(0)
    late = gevent.spawn(watched.do, "shout", body)
    gevent.sleep(0)
    assert not got, "whoever waits holds nothing"
    gevent.killall(busy)
    assert late.get(timeout=30)[1] == b"HELLO" and got == ["got"]


def test_what_is_refused_is_no_failure(watched: Watched) -> None:
    assert watched.do("shout", b"why?") == (Refused("questions are not shouted"), b"")
    assert watched.do("sing", b"") == (Refused("there is no job 'sing'"), b"")
    watched.shout()
    assert watched.failures == 0


@pytest.mark.parametrize("job", ["eat", "die", "crash", "raising", "boasting", "cut"])
def test_who_dies_or_lies_is_replaced(watched: Watched, job: str) -> None:
    before = watched.shout().facts["pid"]
    with pytest.raises(HelperFailed):
        watched.do(job, b"x")
    assert watched.failures == 1
    assert watched.shout().facts["pid"] != before


@pytest.mark.parametrize(
    "said", [b"\xff" * 64, b"\0" * 12, b"\0\0\0\x02" + b"\0" * 8 + b"[]", b"HTTP/1.1 200 OK\r\n"]
)
def test_nonsense_is_not_believed(watched: Watched, said: bytes) -> None:
    with pytest.raises(HelperFailed):
        watched.do("nonsense", said)
    assert watched.failures == 1
    watched.shout()


def test_who_loops_is_ended_by_the_limit_of_the_processor(watched: Watched) -> None:
    began = time.monotonic()
    with pytest.raises(HelperFailed):
        watched.do("loop", b"", seconds=0.2)
    assert time.monotonic() - began < 60
    watched.shout()


def test_who_does_nothing_is_ended_by_the_clock(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.shout()
    monkeypatch.setattr(helpers, "GRACE_S", 0.1)
    with pytest.raises(HelperFailed):
        watched.do("sleep", b"", seconds=0.1)
    monkeypatch.undo()
    watched.shout()


@pytest.mark.parametrize("job", ["read_file", "write_file", "connect", "reuse", "fork"])
def test_it_reaches_no_file_no_network_and_no_process(watched: Watched, job: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with pytest.raises(HelperFailed):
            watched.do(job, str(listening.getsockname()[1]).encode())
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_so_many_work_at_once_and_the_others_wait(watched: Watched) -> None:
    jobs = [gevent.spawn(watched.shout) for _ in range(4 * AT_ONCE)]
    gevent.joinall(jobs, raise_error=True)
    assert len({job.value.facts["pid"] for job in jobs}) == AT_ONCE


def test_after_so_many_jobs_a_helper_is_let_go(watched: Watched) -> None:
    pids = [watched.shout().facts["pid"] for _ in range(JOBS_EACH + 1)]
    assert len(set(pids[:JOBS_EACH])) == 1
    assert pids[JOBS_EACH] != pids[0]


def test_none_is_left_behind(watched: Watched) -> None:
    pid = watched.shout().facts["pid"]
    watched.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_command_line_s_own_helper_does_its_jobs() -> None:
    own = Helpers(lambda: None)
    try:
        assert own.do("sing", b"") == (Refused("there is no job 'sing'"), b"")
    finally:
        own.stop()


def test_by_hand_it_says_who_starts_it() -> None:
    command = [sys.executable, "-m", "chatd", "helper"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the daemon starts it" in done.stderr
