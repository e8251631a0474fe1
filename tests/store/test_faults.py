"""The store under faults: torn writes, flipped bytes, a full disk, a second owner, old formats."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tinydb import TinyDB

from chatd.errors import Damaged, Unavailable
from chatd.store.base import Append
from chatd.store.tiny import checking, copying, filesystem, journal
from chatd.store.tiny.store import open_store
from tests.daemon import eventually
from tests.disks import mounted
from tests.store.backends import SETTINGS, abandon, message


def journal_of(directory: Path) -> Path:
    """The only journal file of a store that was never checkpointed."""
    (only,) = journal.journals(directory / "journal")
    return only


@pytest.fixture
def written(memory: Path) -> Path:
    """A directory whose journal holds five acknowledged messages, left as by a kill."""
    directory = memory / "data"
    store = open_store(directory, SETTINGS)
    for number in range(5):
        store.commit(Append(message(f"m{number}", client_id=f"k{number}")))
    abandon(store)
    return directory


def contents(directory: Path) -> list[str]:
    """What a store that is opened there has."""
    store = open_store(directory, SETTINGS)
    try:
        return [one.content for one in store.history("lobby", limit=100)]
    finally:
        store.close()


def test_cut_at_every_byte_of_the_last_record_only_that_one_is_gone(written: Path) -> None:
    path = journal_of(written)
    whole = path.read_bytes()
    last = whole.rindex(b"\nF ") + 1
    assert contents_of_copy(written, whole) == [f"m{n}" for n in range(5)]
    for cut in range(last, len(whole)):
        assert contents_of_copy(written, whole[:cut]) == [f"m{n}" for n in range(4)], cut


def contents_of_copy(directory: Path, data: bytes) -> list[str]:
    copy = directory.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(directory, copy)
    journal_of(copy).write_bytes(data)
    return contents(copy)


def test_a_tail_of_zeros_is_torn_as_well(written: Path) -> None:
    whole = journal_of(written).read_bytes()
    assert contents_of_copy(written, whole + b"\0" * 4096) == [f"m{n}" for n in range(5)]
    torn = whole[:-30] + b"\0" * 30
    assert contents_of_copy(written, torn) == [f"m{n}" for n in range(4)]


def test_a_flipped_byte_anywhere_is_refused_with_file_and_offset(
    written: Path, tmp_path: Path
) -> None:
    path = journal_of(written)
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :])
        with pytest.raises(Damaged) as refused:
            open_store(written, SETTINGS)
        assert refused.value.details["file"] == str(path), at
        assert abs(refused.value.details["offset"] - at) < 400
        with pytest.raises(Damaged):
            checking.verify(written)
    path.write_bytes(whole)
    assert len(contents(written)) == 5, "what was refused was not touched"


def test_a_flipped_byte_in_a_checkpoint_file_is_refused_too(written: Path) -> None:
    contents(written)
    path = next((written / "messages" / "lobby").glob("*.json"))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"m3", b"m4"))
    with pytest.raises(Damaged, match=path.name):
        checking.verify(written)
    store = open_store(written, SETTINGS)
    with pytest.raises(Damaged, match=path.name):
        store.history("lobby")
    store.close()


def test_a_missing_journal_between_others_is_noticed(tmp_path: Path) -> None:
    store = open_store(tmp_path, SETTINGS)
    for _ in range(3):
        store.commit(Append(message("x")))
        store._committer.rotate()
    abandon(store)
    journal.journals(tmp_path / "journal")[1].unlink()
    with pytest.raises(Damaged, match="where"):
        open_store(tmp_path, SETTINGS)


def test_a_second_store_on_one_directory_is_refused_and_says_who_has_it(tmp_path: Path) -> None:
    store = open_store(tmp_path, SETTINGS)
    with pytest.raises(Unavailable, match=str(os.getpid())):
        open_store(tmp_path, SETTINGS)
    store.close()
    open_store(tmp_path, SETTINGS).close()


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path, SETTINGS).close()
    (tmp_path / "format.json").write_text('{"format": 99}')
    with pytest.raises(Unavailable, match="99"):
        open_store(tmp_path, SETTINGS)


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO])
def test_when_the_disk_fails_nothing_is_acknowledged_reads_go_on_and_it_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    store = open_store(tmp_path, SETTINGS)
    store.commit(Append(message("before", client_id="k0")))
    real, failing = filesystem.write_all, True

    def write_all(descriptor: int, data: bytes) -> None:
        if failing:
            os.write(descriptor, data[: len(data) // 2])
            raise OSError(fault, os.strerror(fault))
        real(descriptor, data)

    monkeypatch.setattr(filesystem, "write_all", write_all)
    with pytest.raises(Unavailable) as refused:
        store.commit(Append(message("lost", client_id="k1")))
    assert refused.value.details["retry_after"] and not store.status()["writable"]
    assert [one.content for one in store.history("lobby")] == ["before"]
    with pytest.raises(Unavailable):
        store.commit(Append(message("lost too")))
    failing = False
    import gevent

    eventually(lambda: gevent.sleep(0.05) or store.status()["writable"])
    again = store.commit(Append(message("retried", client_id="k1")))
    assert not again.repeated and again.messages[0].seq == 2
    abandon(store)
    assert contents(tmp_path) == ["before", "retried"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB, where mounting is permitted."""
    with mounted(tmp_path / "small", 200) as disk:
        yield disk.home


def test_a_really_full_disk_loses_nothing_and_is_survived(small_disk: Path) -> None:
    import gevent

    store = open_store(small_disk / "data", SETTINGS)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 100_000)
    stored = 0
    with pytest.raises(Unavailable, match="space"):
        for number in range(1000):
            store.commit(Append(message("y" * 1000, client_id=f"k{number}")))
            stored += 1
    assert stored and store.conversation("lobby").last_seq == stored
    ballast.unlink()
    eventually(lambda: gevent.sleep(0.05) or store.status()["writable"])
    store.commit(Append(message("space again")))
    abandon(store)
    assert len(contents(small_disk / "data")) == stored + 1


def test_a_backup_is_whole_and_restores(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data", SETTINGS)
    for number in range(30):
        store.commit(Append(message(f"m{number}")))
    store.backup(str(tmp_path / "copy"))
    store.commit(Append(message("after the backup")))
    store.close()
    report = copying.restore(tmp_path / "copy", tmp_path / "data", force=True)
    assert contents(tmp_path / "data") == [f"m{n}" for n in range(30)]
    assert len(contents(Path(report["kept"]))) == 31


def old_format(directory: Path) -> None:
    """A directory as the systems before chatd kept it."""
    directory.mkdir()
    with TinyDB(directory / "chatd.json") as old:
        for number, status in ((1_730_000_000, "closed"), (1_730_009_000, "open")):
            id = f"TKT-{number}"
            old.table("tickets").insert(
                {"ticket_id": id, "status": status, "customer_name": "Аня", "created_at": "2024"}
            )
            for text in ("привет", "ответ"):
                sender = "customer" if text == "привет" else "admin"
                old.table("messages").insert(
                    {"ticket_id": id, "sender_type": sender, "sender_name": "x", "message": text}
                )


def test_the_format_before_is_migrated_and_kept(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    old_format(directory)
    for _ in range(2):
        store = open_store(directory, SETTINGS)
        assert [one.id for one in store.tickets()] == ["TKT-1730009000", "TKT-1730000000"]
        assert [one.id for one in store.open_tickets()] == ["TKT-1730009000"]
        messages = store.history("TKT-1730000000")
        assert [(one.seq, one.sender_type, one.content) for one in messages] == [
            (1, "customer", "привет"),
            (2, "admin", "ответ"),
        ]
        store.close()
    assert (directory / "chatd.json.migrated").exists()
    assert checking.verify(directory)["messages_in_files"] == 4


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_migration_that_was_interrupted_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    directory = tmp_path / "data"
    old_format(directory)
    left = iter(range(cut))

    def interrupted(*given: object, **named: object) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    for name in ("write_all", "sync", "rename", "sync_directory"):
        real = getattr(filesystem, name)
        monkeypatch.setattr(
            filesystem, name, lambda *given, real=real: (interrupted(), real(*given))[1]
        )
    with suppress(KeyboardInterrupt):
        open_store(directory, SETTINGS).close()
    monkeypatch.undo()
    store = open_store(directory, SETTINGS)
    assert len(store.tickets()) == 2 and len(store.history("TKT-1730009000")) == 2
    store.close()
