"""Checkpoints that fail, that take long, that are stopped: one at a time, and nothing is lost."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import gevent
import pytest
from msgspec.structs import replace

from chatd.errors import ChatdError, Damaged, Unavailable
from chatd.store.base import Advance, Append, Put
from chatd.store.tiny import checking, checkpointing, committer, filesystem, journal
from chatd.store.tiny.lock import DirectoryLock
from chatd.store.tiny.store import TinyStore, open_store
from tests.daemon import eventually
from tests.store.backends import SETTINGS, abandon, message, ticket


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "RETRY_S", 0.005)


class Gate:
    """Holds up everything that is written beside and renamed, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.waiting = self.most = 0
        self.passed: list[str] = []
        self._mutex = threading.Lock()
        real = filesystem.replace

        def replace(path: Path, data: bytes, *, durable: bool = True) -> None:
            if path.parent.name == "lobby":
                self._wait(path)
            real(path, data, durable=durable)

        monkeypatch.setattr(filesystem, "replace", replace)

    def _wait(self, path: Path) -> None:
        with self._mutex:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        self.open.wait(30)
        with self._mutex:
            self.waiting -= 1
            self.passed.append(path.name)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.open.set()


def at_the_gate(gate: Gate) -> Any:
    gevent.sleep(0.005)
    return gate.waiting


def say(store: TinyStore, *texts: str) -> None:
    for text in texts:
        store.commit(Append(message(text, client_id=text)))


def texts(directory: Path) -> list[str]:
    """What there is, after a kill."""
    checking.verify(directory)
    store = open_store(directory, SETTINGS)
    found = [one.content for one in store.history("lobby", limit=1000)]
    store.close()
    checking.verify(directory)
    return found


def failing(monkeypatch: pytest.MonkeyPatch, name: str, where: Callable[[Path], bool]) -> None:
    """A call into ``files`` fails where a path is meant."""
    real = getattr(filesystem, name)

    def call(path: Any, *given: Any, **named: Any) -> Any:
        place = Path(f"/proc/self/fd/{path}").readlink() if isinstance(path, int) else path
        if where(place):
            raise OSError(28, os.strerror(28), str(place))
        return real(path, *given, **named)

    monkeypatch.setattr(filesystem, name, call)


def test_a_failed_checkpoint_then_a_fault_of_the_journal_then_a_checkpoint(memory: Path) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a", "b")
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "rename", lambda path: path.parent.name == "lobby")
        with pytest.raises(OSError, match="No space"):
            store.checkpoint()
    say(store, "c")
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "sync", lambda path: path.parent.name == "journal")
        with pytest.raises(Unavailable):
            say(store, "refused")
    eventually(lambda: (gevent.sleep(0.005), store.status()["writable"])[1])
    say(store, "d")
    store._checkpoints.make()
    say(store, "e")
    abandon(store)
    assert texts(memory) == ["a", "b", "c", "d", "e"]


def test_what_is_being_written_does_not_change_any_more(memory: Path, gate: Gate) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a", "b")
    store.commit(Advance("lobby", "p-2-b", read=1))
    gate.open.set()
    store.checkpoint()  # so that the second one begins with a state out of a file
    gate.open.clear()
    say(store, "c")
    store.commit(Put(ticket("TKT-1730053200")))
    writing = gevent.spawn(store.checkpoint)
    eventually(lambda: at_the_gate(gate))
    say(store, "d")
    store.commit(Put(ticket("TKT-1730053201")))
    store.commit(Advance("lobby", "p-2-b", read=4))
    store.commit(Append(message("new sender", sender="p-9-z", client_id="z")))
    gate.open.set()
    writing.get()
    abandon(store)
    stored = (memory / "tickets" / "open.json").read_text()
    assert "TKT-1730053200" in stored and "TKT-1730053201" not in stored
    (other,) = (memory / "conversations").glob("0*.json")
    assert '"rev":1' in other.read_text() and "TKT-1730053201" not in other.read_text()
    stored = (memory / "conversations" / "standing.json").read_text()
    assert '"last_seq":3' in stored and '"last_text":"c"' in stored
    assert '"read":1' in stored and '"read":4' not in stored
    assert "p-9-z" not in stored and '"d":4' not in stored
    assert texts(memory) == ["a", "b", "c", "d", "new sender"]


def test_who_asked_for_a_checkpoint_may_go_and_no_second_thread_writes(
    memory: Path, gate: Gate
) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a", "b")
    asked = gevent.spawn(store.checkpoint)
    eventually(lambda: at_the_gate(gate))
    asked.kill()
    others = [gevent.spawn(store.checkpoint) for _ in range(3)]
    closing = gevent.spawn(store.close)
    gevent.sleep(0.05)
    assert gate.most == 1
    gate.open.set()
    closing.get()
    gevent.joinall(others)
    assert gate.most == 1
    assert texts(memory) == ["a", "b"]


def test_a_stop_leaves_to_the_journal_what_it_has_no_time_for(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(memory, replace(SETTINGS, stop_seconds=0.2))
    ids = [f"TKT-{1_730_053_200 + number}" for number in range(300)]
    for id in ids:
        store.commit(Put(ticket(id)), Append(message("help", id)))
    real, released, late = filesystem.sync, threading.Event(), []

    def slow(descriptor: int) -> None:
        threading.Event().wait(0.01)
        if released.is_set():
            late.append(descriptor)
        real(descriptor)

    monkeypatch.setattr(filesystem, "sync", slow)
    release = store._lock.release
    monkeypatch.setattr(store._lock, "release", lambda: (released.set(), release())[1])
    store.close()
    monkeypatch.undo()
    written = len(list((memory / "messages").glob("*/*.json")))
    assert written < len(ids), "it did not wait for all of them"
    assert released.is_set() and not late, "nothing is written once another daemon may begin"
    checking.verify(memory)
    store = open_store(memory, SETTINGS)
    assert {one.id for one in store.open_tickets()} == set(ids)
    assert all(store.conversation(id).last_seq == 1 for id in ids)
    store.close()
    checking.verify(memory)


def test_a_disk_that_hangs_does_not_hold_up_a_stop_nor_give_the_directory_away(
    memory: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpointing, "LAST_FILE_S", 0.2)
    store = open_store(memory, replace(SETTINGS, stop_seconds=0.1))
    say(store, "a")
    store.close()
    assert gate.waiting == 1
    with pytest.raises(Unavailable):
        DirectoryLock(memory)
    gate.open.set()
    eventually(lambda: gate.passed)
    eventually(lambda: not gate.waiting)
    store._lock.release()
    assert texts(memory) == ["a"]


def test_retries_come_later_and_later(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(checkpointing.time, "monotonic", lambda: now[0])
    store = open_store(memory, replace(SETTINGS, checkpoint_seconds=1.0))
    say(store, "a")
    tries: list[float] = []
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "rename", lambda path: path.parent.name == "lobby")
        for _ in range(4000):
            now[0] += 0.1
            try:
                store.tend()
            except OSError:
                tries.append(now[0])
        assert store._checkpoints.fault and "lobby" in store._checkpoints.fault
    pauses = [round(later - earlier) for earlier, later in pairwise(tries)]
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    store.checkpoint()
    assert store._checkpoints.fault is None
    say(store, "b")
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "rename", lambda path: path.parent.name == "lobby")
        with pytest.raises(OSError, match="No space"):
            store.checkpoint()
        now[0] += 1.1
        with pytest.raises(OSError, match="No space"):
            store.tend()
    monkeypatch.undo()
    store.close()
    assert texts(memory) == ["a", "b"]


def test_a_frame_whose_sync_failed_is_void_even_if_it_is_whole(memory: Path) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a")
    with pytest.MonkeyPatch.context() as patched:
        for name in ("sync", "truncate"):
            failing(patched, name, lambda path: path.parent.name == "journal")
        with pytest.raises(Unavailable):
            say(store, "refused")
    (path,) = journal.journals(memory / "journal")
    assert b"refused" in path.read_bytes()
    eventually(lambda: (gevent.sleep(0.005), store.status()["writable"])[1])
    for _ in range(2):
        abandon(store)
        store = open_store(memory, SETTINGS)
        assert [one.content for one in store.history("lobby")] == ["a"]
    say(store, "b")
    abandon(store)
    assert texts(memory) == ["a", "b"]


def test_a_journal_that_cannot_be_listed_is_tried_again_not_made_again(memory: Path) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a")
    abandon(store)
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "rename", lambda path: path.parent.name == "contents")
        store = open_store(memory, SETTINGS)
        gevent.sleep(0.1)
        assert not store.status()["writable"]
        assert len(journal.journals(memory / "journal")) == 2
    eventually(lambda: (gevent.sleep(0.005), store.status()["writable"])[1])
    say(store, "b")
    abandon(store)
    assert texts(memory) == ["a", "b"]


def test_half_a_file_does_not_take_the_space_that_is_missing(memory: Path) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a")
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "write_all", lambda path: path.parent.name == "lobby")
        with pytest.raises(OSError, match=r"No space left .*/messages/lobby/000000.json.new"):
            store.checkpoint()
    assert not [*memory.rglob("*.new")]
    store.close()
    assert texts(memory) == ["a"]


def test_no_new_journal_no_checkpoint(memory: Path) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a")
    before = journal.journals(memory / "journal")
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "create", lambda path: path.parent.name == "journal")
        with pytest.raises(OSError, match="No space"):
            store.checkpoint()
    assert journal.journals(memory / "journal") == before
    assert not (memory / "messages").exists()
    assert store.status()["checkpoint_fault"] and store.status()["writable"]
    say(store, "b")
    store.checkpoint()
    assert not store.list_impairments()
    abandon(store)
    assert texts(memory) == ["a", "b"]


def test_a_checkpoint_that_waits_when_the_journal_fails_is_told(memory: Path) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a")
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "write_all", lambda path: path.parent.name == "journal")
        waiting = [gevent.spawn(say, store, "refused"), gevent.spawn(store.checkpoint)]
        gevent.joinall(waiting, timeout=10)
        assert all(isinstance(one.exception, ChatdError | OSError) for one in waiting)
    eventually(lambda: (gevent.sleep(0.005), store.status()["writable"])[1])
    store.checkpoint()
    store.close()
    assert texts(memory) == ["a"]


def test_a_journal_that_was_taken_away_is_no_orderly_end(memory: Path) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a")
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "rename", lambda path: path.parent.name == "lobby")
        for path in journal.journals(memory / "journal"):
            path.unlink()
        with pytest.raises(Damaged, match="in no file"):
            store.close()


def test_a_stop_with_nothing_to_write_needs_no_space(memory: Path) -> None:
    open_store(memory, SETTINGS).close()
    store = open_store(memory, SETTINGS)
    store.checkpoint()
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "create", lambda path: True)
        store.close()
    assert not store._checkpoints.fault


@pytest.mark.parametrize("full", [True, False])
def test_a_stop_says_whether_files_are_behind(memory: Path, said: list[str], full: bool) -> None:
    store = open_store(memory, SETTINGS)
    say(store, "a")
    with pytest.MonkeyPatch.context() as patched:
        failing(patched, "rename", lambda path: full and path.parent.name == "lobby")
        store.close()
    assert any("stopping, files behind: " in line for line in said) == full
    assert texts(memory) == ["a"]
