"""What a crash leaves of a journal is dropped, told and kept for a look; nothing else is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chatd.errors import Damaged
from chatd.store.base import Append
from chatd.store.tiny import checking, journal
from chatd.store.tiny.journal import BLOCK, FIRST_LINE, HEADER
from chatd.store.tiny.store import open_store
from tests.store.backends import SETTINGS, abandon, message

BIG = "z" * 5_000


def contents(directory: Path) -> list[str]:
    """What a store that is opened there has; left as a kill leaves it."""
    store = open_store(directory, SETTINGS)
    found = [one.content for one in store.history("lobby", limit=100)]
    abandon(store)
    return found


@pytest.fixture
def written(memory: Path) -> Path:
    """The journal of three acknowledged messages and a last one, large, that is not."""
    store = open_store(memory / "data", SETTINGS)
    for text in ("m0", "m1", "m2", BIG):
        store.commit(Append(message(text)))
    abandon(store)
    (path,) = journal.journals(memory / "data" / "journal")
    return path


def last_frame(data: bytes) -> int:
    return data.rindex(b"\nF ") + 1


def test_a_block_that_was_never_written_ends_the_journal(written: Path, said: list[str]) -> None:
    whole = written.read_bytes()
    at = last_frame(whole)
    first = at - at % BLOCK
    for block in range(first, len(whole), BLOCK):
        begin, end = max(at, block), min(block + BLOCK, len(whole))
        torn = whole[:begin] + b"\0" * (end - begin) + whole[end:]
        copy = written.parents[2] / f"copy{block}"
        shutil.copytree(written.parents[1], copy)
        path = copy / "journal" / written.name
        path.write_bytes(torn)
        assert contents(copy) == ["m0", "m1", "m2"], block
        assert contents(copy) == ["m0", "m1", "m2"], "nor when it is not the last"
        kept = path.with_name(f"{path.name}.torn").read_bytes()
        assert kept == torn[at:], "what was dropped is there for a look"
        told = f"dropped {len(torn) - at} bytes at byte {at} of {path}"
        assert any(told in line for line in said)
        checking.verify(copy)


def test_zeros_that_no_block_explains_are_damage(written: Path) -> None:
    whole = written.read_bytes()
    at = last_frame(whole)
    for begin, length in ((at + HEADER + 700, BLOCK - 1), (at + HEADER + 10, 1), (at + 2, 4)):
        written.write_bytes(whole[:begin] + b"\0" * length + whole[begin + length :])
        with pytest.raises(Damaged):
            open_store(written.parents[1], SETTINGS)


def test_a_hole_before_the_last_frame_is_damage(written: Path) -> None:
    store = open_store(written.parents[1], SETTINGS)
    for text in (BIG, "behind it"):
        store.commit(Append(message(text)))
    abandon(store)
    path = journal.journals(written.parent)[-1]
    whole = path.read_bytes()
    for block in (BLOCK, 2 * BLOCK):
        path.write_bytes(whole[:block] + b"\0" * BLOCK + whole[block + BLOCK :])
        with pytest.raises(Damaged):
            open_store(written.parents[1], SETTINGS)
    path.write_bytes(whole)
    assert contents(written.parents[1])[-1] == "behind it"


@pytest.mark.parametrize("length", [0, 1, FIRST_LINE // 2, FIRST_LINE - 1])
@pytest.mark.parametrize("zeros", [0, 1, 5_000])
def test_a_file_without_a_whole_first_line_holds_nothing_wherever_it_stands(
    written: Path, said: list[str], length: int, zeros: int
) -> None:
    begun = written.read_bytes()[:length] + b"\0" * zeros
    for serial in (0, 2, 3):
        written.with_name(f"{serial:08d}.log").write_bytes(begun)
    expected = ["m0", "m1", "m2", BIG]
    assert contents(written.parents[1]) == expected
    assert contents(written.parents[1]) == expected
    assert sum("its first line is not whole" in line for line in said) >= 3
    store = open_store(written.parents[1], SETTINGS)
    store.commit(Append(message("goes on")))
    store.close()
    assert contents(written.parents[1]) == [*expected, "goes on"]


@pytest.mark.parametrize("at", [0, 8, FIRST_LINE - 2])
def test_a_first_line_with_anything_behind_it_is_damage(written: Path, at: int) -> None:
    whole = written.read_bytes()
    for wrong in (b"\0", b"x"):
        written.write_bytes(whole[:at] + wrong + whole[at + 1 :])
        with pytest.raises(Damaged):
            open_store(written.parents[1], SETTINGS)


def test_every_dropped_tail_is_told(written: Path, said: list[str]) -> None:
    whole = written.read_bytes()
    written.write_bytes(whole[:-20])
    assert contents(written.parents[1]) == ["m0", "m1", "m2"]
    assert "the file ends inside it; a copy is in 00000001.log.torn" in " ".join(said)
    written.write_bytes(whole[: last_frame(whole)] + b"\0" * 100)
    contents(written.parents[1])
    assert any("dropped 100 bytes" in line and "zero bytes" in line for line in said)


def test_copies_of_dropped_tails_are_bounded(written: Path) -> None:
    for number in range(40):
        written.with_name(f"9{number:07d}.log.torn").write_bytes(b"x")
    written.write_bytes(written.read_bytes()[:-20])
    contents(written.parents[1])
    assert len(list(written.parent.glob("*.torn"))) == 16
