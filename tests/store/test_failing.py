"""Every single thing that the store does to its disk fails once, or twice, and it goes on: what was
acknowledged is there, once, nothing else is, and the files add up."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from chatd.domain.message import revise
from chatd.domain.ticket import Ticket
from chatd.errors import ChatdError, Unavailable
from chatd.store.base import Append, Change, Put, Replace
from chatd.store.tiny import checking, committer, filesystem
from chatd.store.tiny.store import TinyStore, open_store
from tests.store.backends import SETTINGS, abandon, message, ticket

STEPS = ("create", "write_all", "sync", "rename", "sync_directory", "remove", "truncate", "close")
WHEN = {"before": STEPS, "half": ("write_all",), "after": ("sync", "rename", "remove")}
TICKET = "TKT-1730053200"
PATIENCE = 400
ROUNDS = int(os.environ.get("CHATD_FAULTY_ROUNDS", "60"))


class Faults:
    """Which calls into ``files`` fail, counted from the beginning; before or after they are done,
    or, when something is written, half done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: set[int], when: str, code: int) -> None:
        self.calls: list[str] = []
        self.met = 0
        self._at, self._when, self._code = at, when, code
        for name in STEPS:
            monkeypatch.setattr(filesystem, name, self._failing(name, getattr(filesystem, name)))

    def _failing(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) not in self._at:
                return real(*given, **named)
            self.met += 1
            if name == "write_all" and self._when == "half":
                real(given[0], given[1][: len(given[1]) // 2])
            elif self._when == "after" and name != "create":
                real(*given, **named)
            raise OSError(self._code, os.strerror(self._code), str(given[0]))

        return call


class User:
    """Does things until they are acknowledged, over restarts and faults."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.said: list[str] = []
        self.version = 0
        self.store = self._open()

    def _open(self) -> TinyStore:
        for _ in range(PATIENCE):
            try:
                return open_store(self.directory, SETTINGS)
            except OSError:
                continue
        pytest.fail("it never starts")

    def restart(self, leave: Callable[[TinyStore], None]) -> None:
        """As a kill leaves it, or as an orderly stop does."""
        leave(self.store)
        self.store = self._open()

    def insist(self, changes: Callable[[], list[Change]]) -> None:
        """Commits until it is acknowledged."""
        for _ in range(PATIENCE):
            try:
                self.store.commit(*changes())
            except Unavailable:
                gevent.sleep(0.002)
            else:
                return
        pytest.fail("it never recovers")

    def say(self) -> None:
        """One more message."""
        text = f"m{len(self.said)}"
        self.insist(lambda: [Append(message(text, client_id=text))])
        self.said.append(text)

    def edit(self, seq: int) -> None:
        """A message becomes another."""
        stored = self.store.message("lobby", seq)
        assert stored
        edited = revise(stored, content=f"{stored.content} edited")
        self.insist(lambda: [Replace(edited)])
        self.said[seq - 1] = edited.content

    def turn(self, status: str) -> None:
        """The ticket goes on."""
        self.version += 1
        put = Put(ticket(TICKET, status=status, version=self.version))
        self.insist(lambda: [put])

    def checkpoint(self) -> None:
        """If it can be had."""
        try:
            self.store.checkpoint()
        except (OSError, ChatdError):
            return

    def check(self) -> None:
        """Everything is there, and nothing else, in the running store, the files, and a new one."""
        for leave in (lambda store: None, abandon, TinyStore.close):
            leave(self.store)
            if leave in (abandon, TinyStore.close):
                checking.verify(self.directory)
                self.store = open_store(self.directory, SETTINGS)
            found = [one.content for one in self.store.history("lobby", limit=1_000)]
            assert found == self.said
            stored = self.store.get(Ticket, TICKET)
            assert stored and stored.version == self.version
            assert [one.version for one in self.store.open_tickets()] == [self.version]
        abandon(self.store)


def work(user: User) -> None:
    """What there is to do: checkpoints after each other, after kills, after each kind of change."""
    for number in range(8):
        user.say()
        if number % 3 == 2:
            user.checkpoint()
    user.turn("waiting")
    user.restart(abandon)
    user.edit(2)
    user.turn("closed")
    user.say()
    user.checkpoint()
    user.restart(abandon)
    user.say()
    user.restart(TinyStore.close)
    for _ in range(6):
        user.say()
    user.turn("waiting")
    user.checkpoint()
    user.say()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(committer, "RETRY_S", 0.001)
    yield


def calls(directory: Path) -> list[str]:
    """Those that there are when none fails."""
    with pytest.MonkeyPatch.context() as patched:
        faults = Faults(patched, set(), "before", errno.EIO)
        user = User(directory)
        work(user)
        return faults.calls


def with_faults(directory: Path, at: set[int], when: str, code: int) -> int:
    """Does the work with these faults; how many of them were met."""
    with pytest.MonkeyPatch.context() as patched:
        faults = Faults(patched, at, when, code)
        user = User(directory)
        work(user)
    user.check()
    return faults.met


@pytest.mark.parametrize("when", WHEN)
def test_every_step_fails_once(memory: Path, when: str) -> None:
    steps = calls(memory / "none")
    assert len(steps) > 200 and {"create", "sync", "rename", "remove"} < set(steps)
    code = errno.EIO if when == "after" else errno.ENOSPC
    for at, name in enumerate(steps, 1):
        if name in WHEN[when]:
            assert with_faults(memory / f"at{at}", {at}, when, code) == 1


@pytest.mark.parametrize("seed", range(4))
def test_further_steps_fail_after_the_first(memory: Path, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(ROUNDS // 4):
        first = chance.randrange(1, 230)
        at = {first, *(first + chance.randrange(1, 40) for _ in range(chance.randrange(1, 6)))}
        when = chance.choice([*WHEN])
        code = chance.choice([errno.EIO, errno.ENOSPC])
        assert with_faults(memory / str(number), at, when, code), (seed, number, at, when)
