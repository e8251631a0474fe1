"""Data format 3, which does not count the changes of its conversations: read as it is, and counted
from there on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatd.domain.message import revise
from chatd.errors import Damaged
from chatd.store.base import Append, Put, Replace, Store
from chatd.store.tiny import checking, copying, journal, maintenance, sealed
from chatd.store.tiny.store import open_store
from tests.store.backends import SETTINGS, abandon, message, ticket

TICKET = "TKT-1730053200"
NEW = ("rev", "changed", "unknown_to")


def without(value: Any) -> Any:
    """What the chatd before would have written of it."""
    if isinstance(value, list):
        return [without(one) for one in value]
    if isinstance(value, dict):
        return {name: without(one) for name, one in value.items() if name not in NEW}
    return value


def as_format_3(directory: Path) -> None:
    """What the chatd before would have written."""
    for path in directory.rglob("*/*.json"):
        name = str(path.relative_to(directory).with_suffix(""))
        number = sealed.read_seal(path, path.read_bytes())[1].number
        table = msgspec.json.decode(path.read_bytes())[name.partition("/")[0]]
        sealed.write(directory, name, without(table), number)
    for path in journal.journals(directory / "journal"):
        data, at = path.read_bytes(), journal.FIRST_LINE
        written = data[:at]
        while header := journal.read_header(data, at):
            number, end, _ = header
            commits = msgspec.json.decode(data[at + journal.HEADER : end])
            written += journal.encode_frame(number, [*map(msgspec.json.encode, without(commits))])
            at = end
        path.write_bytes(written)
    made = maintenance.Format(3, SETTINGS.segment_messages).seal()
    (directory / "format.json").write_bytes(msgspec.json.encode(made))


def work(store: Store) -> None:
    """Messages, changes of them, a ticket."""
    for number in range(12):
        store.commit(Append(message(f"m{number}")), Append(message(f"m{number}", TICKET)))
    for seq in (3, 4, 3):
        stored = store.message("lobby", seq)
        assert stored
        store.commit(Replace(revise(stored, content="changed")))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A directory of format 3 with files and a journal, as a kill leaves it."""
    directory = tmp_path / "data"
    store = open_store(directory, SETTINGS)
    store.commit(Put(ticket(TICKET)))
    work(store)
    store.checkpoint()
    work(store)
    abandon(store)
    as_format_3(directory)
    assert b"rev" not in b"".join(
        path.read_bytes() for path in directory.rglob("*.*") if path.is_file()
    )
    return directory


def check_counted_from_here_on(directory: Path, first: int = 24) -> None:
    store = open_store(directory, SETTINGS)
    for dialog_id in ("lobby", TICKET):
        found = store.history(dialog_id, limit=100)
        assert [one.rev for one in found] == [one.seq for one in found] == list(range(1, 25))
        assert store.conversation(dialog_id).rev == 24
        assert store.list_changed(dialog_id, rev=24, seq=24, limit=10) == []
    for _ in range(2):
        work(store)
        store.checkpoint()
        abandon(store)
        store = open_store(directory, SETTINGS)
    assert store.conversation("lobby").rev == first + 2 * 15
    seqs = [one.seq for one in store.list_changed("lobby", rev=first, seq=24, limit=10) or ()]
    assert seqs == [3, 4]
    revs = [one.rev for one in store.history("lobby", limit=100)]
    assert len(set(revs)) == len(revs) == 48 and max(revs) == first + 30
    store.close()
    checking.verify(directory)
    found_format = maintenance.format_of(directory)
    assert found_format and (found_format.format, found_format.segment_messages) == (
        maintenance.FORMAT,
        10,
    )


def test_format_3_is_read_as_it_is_and_counted_from_there_on(old: Path) -> None:
    assert checking.verify(old)["messages_in_files"] == 24
    files = {path: path.read_bytes() for path in old.rglob("*/*.json")}
    abandon(open_store(old, SETTINGS))
    listed = {old / "contents" / name for name in ("journal.json", "all.json")}
    for path, before in files.items():
        assert path in listed or path.read_bytes() == before, path
    check_counted_from_here_on(old)


def test_a_backup_of_format_3_is_restored(old: Path, tmp_path: Path) -> None:
    """What was told after the backup was made is gone, and its numbers with it."""
    copying.restore(old, tmp_path / "restored")
    found = maintenance.format_of(tmp_path / "restored")
    assert found and found.format == 3
    check_counted_from_here_on(tmp_path / "restored", found.counts_from)


def test_a_format_that_does_not_match_its_seal_is_refused(old: Path) -> None:
    path = old / "format.json"
    path.write_bytes(path.read_bytes().replace(b":10", b":20"))
    with pytest.raises(Damaged, match="checksum"):
        open_store(old, SETTINGS)
