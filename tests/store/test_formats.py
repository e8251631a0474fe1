"""What a data directory says of itself, whose it is, and when it is nothing to start from."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatd.errors import Conflict, Damaged, NotFound, Unavailable
from chatd.store.tiny import maintenance
from chatd.store.tiny.lock import DirectoryLock
from chatd.store.tiny.maintenance import FORMAT, Format

SEGMENT = 10


def write(directory: Path, **fields: Any) -> Format:
    """A directory that says this."""
    made = Format(**{"format": FORMAT, "segment_messages": SEGMENT, **fields}).seal()
    (directory / maintenance.FORMAT_FILE).write_bytes(msgspec.json.encode(made))
    return made


def test_a_new_directory_is_of_the_present_format(memory: Path) -> None:
    made = maintenance.prepare(memory / "data", SEGMENT)
    assert (made.format, made.segment_messages, made.counts_from) == (FORMAT, SEGMENT, 0)
    assert made == maintenance.format_of(memory / "data") == made.seal()
    assert maintenance.prepare(memory / "data", SEGMENT) == made


def test_how_many_a_segment_has_belongs_to_the_data(memory: Path, said: list[str]) -> None:
    made = maintenance.prepare(memory / "data", SEGMENT)
    assert not any("without effect" in line for line in said)
    assert maintenance.prepare(memory / "data", 99) == made
    assert any("store.segment_messages = 99 is without effect" in line for line in said)


@pytest.mark.parametrize("older", [6, 7])
def test_of_an_older_one_only_the_number_changes(memory: Path, older: int) -> None:
    before = write(memory, format=older, counts_from=77)
    after = maintenance.prepare(memory, SEGMENT)
    assert (
        after
        == maintenance.format_of(memory)
        == msgspec.structs.replace(before, format=FORMAT).seal()
    )


@pytest.mark.parametrize("number", [1, FORMAT + 1])
def test_a_format_that_is_not_known_is_refused(memory: Path, number: int) -> None:
    write(memory, format=number)
    with pytest.raises(Unavailable, match=f"has data format {number}, this chatd knows {FORMAT}"):
        maintenance.format_of(memory)


def test_what_says_the_format_is_sealed_since_there_are_lists(memory: Path) -> None:
    write(memory, format=2)
    (memory / maintenance.FORMAT_FILE).write_bytes(b'{"format":2}')
    assert maintenance.format_of(memory) == Format(2)
    for said in (b'{"format":3}', b'{"format":8,"segment_messages":10,"crc32":"00000000"}', b"{"):
        (memory / maintenance.FORMAT_FILE).write_bytes(said)
        with pytest.raises(Damaged, match=r"format\.json"):
            maintenance.format_of(memory)
    one = Format(FORMAT, SEGMENT)
    seals = {one.seal().crc32, Format(FORMAT, 11).seal().crc32, Format(7, SEGMENT).seal().crc32}
    assert len(seals | {Format(FORMAT, SEGMENT, counts_from=1).seal().crc32}) == 4
    assert all(len(seal) == 8 for seal in seals)


def test_without_what_says_the_format_there_may_be_no_data(memory: Path) -> None:
    (memory / "messages").mkdir()
    with pytest.raises(Damaged, match=r"it is missing beside .*messages"):
        maintenance.prepare(memory, SEGMENT)
    assert maintenance.format_of(memory) is None


def test_after_a_set_back_numbers_are_such_that_none_was_told(memory: Path) -> None:
    maintenance.set_back(memory)
    assert not [*memory.iterdir()], "of nothing nothing is gone"
    write(memory)
    before = time.time_ns() // 1_000
    maintenance.set_back(memory)
    first = maintenance.format_of(memory)
    assert first and before <= first.counts_from <= time.time_ns() // 1_000
    write(memory, counts_from=1 << 52)
    maintenance.set_back(memory)
    second = maintenance.format_of(memory)
    assert second and second.counts_from == (1 << 52) + 1, "though the clock was ahead then"


def test_what_is_half_copied_is_nothing_to_start_from(memory: Path) -> None:
    write(memory)
    (memory / maintenance.UNFINISHED).touch()
    acts: list[Callable[[], Any]] = [
        lambda: maintenance.prepare(memory, SEGMENT),
        lambda: maintenance.refuse_none(memory),
        lambda: maintenance.bring_up(memory, SEGMENT, dry_run=True, damaged=False),
    ]
    for act in acts:
        with pytest.raises(Unavailable, match="interrupted backup or restore"):
            act()
    with pytest.raises(NotFound, match="no data directory of chatd"):
        maintenance.refuse_none(memory / "none")


def test_a_restore_that_lacks_its_last_step_is_to_be_ended_first(
    memory: Path, said: list[str]
) -> None:
    data, beside = memory / "data", memory / "data.restoring"
    maintenance.refuse_half_restored(data)
    beside.mkdir()
    with pytest.raises(Unavailable, match=f"rename {beside} to {data}"):
        maintenance.refuse_half_restored(data)
    (beside / maintenance.UNFINISHED).touch()
    maintenance.refuse_half_restored(data)
    (beside / maintenance.UNFINISHED).unlink()
    maintenance.prepare(data, SEGMENT)
    maintenance.refuse_half_restored(data)
    assert any("left of an interrupted restore" in line for line in said)


def test_what_is_there_already_is_left_alone(memory: Path) -> None:
    write(memory)
    for dry_run in (True, False):
        told = maintenance.bring_up(memory, SEGMENT, dry_run=dry_run, damaged=False)
        assert told == f"data format {FORMAT} already, nothing is to be done"
    DirectoryLock(memory).release()
    write(memory, format=2)
    (memory / maintenance.FORMAT_FILE).write_bytes(b'{"format":2}')
    with pytest.raises(Conflict, match="older than 3"):
        maintenance.bring_up(memory, SEGMENT, dry_run=True, damaged=False)
    DirectoryLock(memory).release()
    held = DirectoryLock(memory)
    with pytest.raises(Unavailable, match="in use"):
        maintenance.bring_up(memory, SEGMENT, dry_run=True, damaged=False)
    held.release()


def test_only_its_own_directory_is_taken(memory: Path) -> None:
    maintenance.refuse_strange(memory / "none")
    (memory / "file").touch()
    maintenance.refuse_strange(memory / "file")
    data = memory / "data"
    data.mkdir()
    maintenance.refuse_strange(data)
    for name in ("audit.log", "journal", "messages", "bytes", "uploads", "contents.new"):
        (data / name).mkdir()
    maintenance.refuse_strange(data)
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(data, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/any.sock")
        os.close(here)
        maintenance.refuse_strange(data)
    for name in ("zebra", "letter.txt", "letter.new.txt"):
        (data / name).touch()
    with pytest.raises(Conflict, match=r"is not chatd's: there is 'letter\.new\.txt' in it"):
        maintenance.refuse_strange(data)
    for mark in ("format.json", "unfinished", "lock", "conversations", "participants"):
        (data / mark).touch()
        maintenance.refuse_strange(data)
        (data / mark).unlink()
    with pytest.raises(Conflict):
        maintenance.refuse_strange(data)
