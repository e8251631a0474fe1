"""A file that cannot be opened at the wrong moment: the commit is refused, the store goes on."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent
import pytest
from msgspec.structs import replace as with_settings

from chatd.errors import Unavailable
from chatd.store.base import Advance, Append, Change, Touch
from chatd.store.tiny import checking
from chatd.store.tiny.store import TinyStore, open_store
from tests.store.backends import SETTINGS, message


@contextmanager
def no_descriptors() -> Iterator[None]:
    """This process can open nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open(os.devnull, os.O_RDONLY)]
    try:
        most = max(int(one.name) for one in Path("/proc/self/fd").iterdir())
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        while True:
            try:
                taken.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for one in taken:
            os.close(one)


def insist(store: TinyStore, change: Change) -> None:
    """Commits until the store has recovered."""
    with gevent.Timeout(30):
        while True:
            try:
                store.commit(change)
                return
            except Unavailable:
                gevent.sleep(0.05)


@pytest.mark.parametrize(
    "change",
    [
        Append(message("second")),
        Advance("lobby", "p-1", 1, 1),
        Touch("lobby"),
    ],
    ids=lambda change: type(change).__name__,
)
def test_a_commit_whose_conversation_cannot_be_read_is_refused_and_the_next_is_carried_out(
    tmp_path: Path, change: Change
) -> None:
    store = open_store(tmp_path / "data", with_settings(SETTINGS, cache_bytes=1))
    store.commit(Append(message("first")))
    store.commit(Append(message("elsewhere", "TKT-1730053200")))
    store.checkpoint()
    writing = gevent.spawn(store.commit, change)
    gevent.sleep(0)
    store.conversation("TKT-1730053200")  # takes the other's place in the cache
    with no_descriptors(), pytest.raises(Unavailable, match="the files cannot be read"):
        writing.get(timeout=20)
    insist(store, change)
    assert store.list_impairments() == []
    assert store.conversation("lobby").last_seq == 1 + isinstance(change, Append)
    store.close()
    checking.verify(tmp_path / "data")
