"""Connections that one process hands on to another: nothing of them stays with the first."""

from __future__ import annotations

import errno
import os
import socket as plain
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent import socket
from gevent.event import AsyncResult

from chatd.net.siblings import Siblings, forget, watched_by_loop
from chatd.runtime.unix_sockets import address


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """One whose name is longer than the address of a Unix socket may be."""
    return tmp_path / ("x" * 120)


@pytest.fixture
def other(directory: Path) -> Iterator[tuple[Siblings, list[AsyncResult]]]:
    """The second of two, and what it was given."""
    given = [AsyncResult() for _ in range(2)]
    waiting = iter(given)
    second = Siblings(2, directory)
    second.listen(lambda sock, said: next(waiting).set((sock, said)))
    yield second, given
    second.close()
    assert not list(directory.iterdir())


def watched(loop: int) -> set[int]:
    """What the loop looks at."""
    lines = Path(f"/proc/self/fdinfo/{loop}").read_text().splitlines()
    return {int(line.split()[1]) for line in lines if line.startswith("tfd:")}


def test_what_is_forgotten_is_not_looked_at_and_may_come_again() -> None:
    loop = gevent.get_hub().loop.fileno()
    for _ in range(2):  # the second gets the number of the first
        here, there = socket.socketpair()
        reading = gevent.spawn(here.recv, 1)
        gevent.sleep(0)
        there.send(b"x")
        assert reading.get(timeout=10) == b"x"
        number = here.fileno()
        assert number in watched(loop)
        with watched_by_loop() as epoll:
            forget(here, epoll)
            assert number not in watched(loop)
            forget(here, epoll)  # harmless
        here.close(), there.close()
        gevent.sleep(0)


def test_a_connection_goes_on_with_the_other(
    directory: Path, other: tuple[Siblings, list[AsyncResult]]
) -> None:
    ours, peer = socket.socketpair()
    assert Siblings(1, directory).give(2, ours, b"so far")
    ours.close()
    taken, said = other[1][0].get(timeout=10)
    with taken, peer:
        assert said == b"so far"
        taken.sendall(b"hello")
        peer.settimeout(10)
        assert peer.recv(10) == b"hello"
        assert (directory / "2.sock").stat().st_mode & 0o777 == 0o600


def test_who_calls_and_gives_nothing_is_no_trouble(
    directory: Path, other: tuple[Siblings, list[AsyncResult]]
) -> None:
    for words in (b"", b"nothing but words"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            with address(directory / "2.sock") as name:
                line.connect(name)
            line.settimeout(10)
            assert line.recv(1) == b"+"
            if words:
                line.send(words)
    ours, peer = socket.socketpair()
    with peer:
        assert Siblings(1, directory).give(2, ours, b"then this")
        ours.close()
        taken, said = other[1][0].get(timeout=10)
        assert said == b"then this"
        taken.close()


def test_who_lacks_a_descriptor_gives_nothing(
    directory: Path,
    other: tuple[Siblings, list[AsyncResult]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was given would be answered by both."""

    def lacking(number: int) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    ours, peer = socket.socketpair()
    with ours, peer:
        with monkeypatch.context() as scarce:
            scarce.setattr(os, "dup", lacking)
            assert not Siblings(1, directory).give(2, ours, b"not this")
        assert Siblings(1, directory).give(2, ours, b"this")
        taken, said = other[1][0].get(timeout=10)
        assert said == b"this"
        taken.close()


def test_a_name_that_somebody_removed_is_made_again(
    directory: Path, other: tuple[Siblings, list[AsyncResult]]
) -> None:
    other[0].keep_name()
    (directory / "2.sock").unlink()
    ours, peer = socket.socketpair()
    with ours, peer:
        assert not Siblings(1, directory).give(2, ours, b"nobody has a name")
        other[0].keep_name()
        assert Siblings(1, directory).give(2, ours, b"again")
        taken, said = other[1][0].get(timeout=10)
        assert said == b"again"
        taken.close()


def test_to_nobody_and_to_who_does_not_answer_nothing_is_given(directory: Path) -> None:
    first = Siblings(1, directory)
    ours, peer = socket.socketpair()
    directory.mkdir()
    with ours, peer, plain.socket(plain.AF_UNIX, plain.SOCK_SEQPACKET) as still:
        assert not first.give(2, ours, b"gone")
        with address(directory / "2.sock") as name:
            still.bind(name)
        assert not first.give(2, ours, b"dead: it does not listen")
        still.listen(1)
        calls = [gevent.spawn(first.give, 2, ours, b"it stands still") for _ in range(5)]
        gevent.joinall(calls, timeout=30)
        assert [one.value for one in calls] == [False] * 5, "whether or not there is room to call"
        ours.sendall(b"still ours")
        assert peer.recv(20) == b"still ours"
