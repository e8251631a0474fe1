"""Really full disks: what was acknowledged stays, whatever else happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from msgspec.structs import replace

from chatd.errors import Unavailable
from chatd.store.base import Append
from chatd.store.tiny import checking, journal
from chatd.store.tiny.store import TinyStore, open_store
from tests.daemon import eventually
from tests.disks import Disk, mounted
from tests.store.backends import SETTINGS, abandon, message

SOON = replace(SETTINGS, checkpoint_seconds=0.001)


@pytest.fixture(params=["tmpfs", "ext4"])
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Disk]:
    with mounted(tmp_path / "small", 1_000, request.param) as made:
        yield made


def say(store: TinyStore, first: int, count: int) -> None:
    """Acknowledged, all of them."""
    for number in range(first, first + count):
        store.commit(Append(message(f"m{number}", client_id=f"k{number}")))


def kept(directory: Path, count: int) -> None:
    """So many messages are there, in their order, and nothing else; whatever is looked at."""
    checking.verify(directory)
    store = open_store(directory, SETTINGS)
    found = [one.content for one in store.history("lobby", limit=10_000)]
    store.close()
    assert found == [f"m{number}" for number in range(count)]
    checking.verify(directory)


def until_refused(store: TinyStore) -> None:
    """The disk is full by now."""
    with pytest.raises(Unavailable, match="space"):
        for _ in range(10_000):
            store.commit(Append(message("x" * 3_000, "elsewhere")))


def writable(store: TinyStore) -> Any:
    gevent.sleep(0.01)
    return store.status()["writable"]


def test_crash_start_full_stop(disk: Disk) -> None:
    data = disk.home / "data"
    store = open_store(data, SETTINGS)
    say(store, 0, 25)
    abandon(store)
    store = open_store(data, SETTINGS)
    say(store, 25, 25)
    disk.fill()
    store.close()
    disk.free()
    kept(data, 50)


def test_a_backup_that_would_not_hold_everything_is_none(disk: Disk, tmp_path: Path) -> None:
    data = disk.home / "data"
    store = open_store(data, SETTINGS)
    say(store, 0, 25)
    abandon(store)
    store = open_store(data, SETTINGS)
    say(store, 25, 25)
    disk.fill()
    with pytest.raises(Unavailable, match=r"no backup: .*/data/.*: No space left"):
        store.backup(str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()
    assert not [*data.rglob("*.new")], "half a file would take the space that is missing"
    assert "No space left" in store.list_impairments()[-1]
    disk.free()
    store.backup(str(tmp_path / "copy"))
    assert not store.list_impairments()
    store.close()
    kept(tmp_path / "copy", 50)
    kept(data, 50)


def test_full_free_full_timed_checkpoint_kill(disk: Disk) -> None:
    data = disk.home / "data"
    store = open_store(data, SOON)
    say(store, 0, 20)
    disk.fill(leaving=12_000)
    until_refused(store)
    disk.free()
    eventually(lambda: writable(store))
    say(store, 20, 20)
    disk.fill()
    gevent.sleep(0.01)
    with pytest.raises(OSError, match="No space"):
        store.tend()
    abandon(store)
    disk.free()
    kept(data, 40)


def test_a_full_disk_is_started_on_to_be_read_and_written_when_there_is_space(disk: Disk) -> None:
    data = disk.home / "data"
    store = open_store(data, SETTINGS)
    say(store, 0, 20)
    abandon(store)
    disk.fill()
    store = open_store(data, SETTINGS)
    assert not store.status()["writable"]
    assert f"{data}/journal" in store.status()["fault"]
    assert len(store.history("lobby", limit=100)) == 20
    with pytest.raises(Unavailable, match="No space left") as refused:
        say(store, 20, 1)
    assert str(data) not in refused.value.message, "peers are told what, not where"
    files = len(journal.journals(data / "journal"))
    gevent.sleep(2.5)
    assert len(journal.journals(data / "journal")) <= files + 1, "trying does not fill it further"
    disk.free()
    eventually(lambda: writable(store))
    say(store, 20, 20)
    store.close()
    kept(data, 40)


def test_stopped_while_full_and_started_while_full(disk: Disk) -> None:
    data = disk.home / "data"
    open_store(data, SETTINGS).close()
    disk.fill(leaving=60_000)
    store = open_store(data, SETTINGS)
    said = 0
    with pytest.raises(Unavailable, match="space"):
        for _ in range(10_000):
            say(store, said, 1)
            said += 1
    for _ in range(3):
        store.close()
        store = open_store(data, SETTINGS)
        assert len(store.history("lobby", limit=10_000)) == said
    abandon(store)
    disk.free()
    kept(data, said)
