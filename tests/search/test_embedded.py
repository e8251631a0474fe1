"""The index in a file: of what is taken out nothing is kept, and what is damaged is made anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.errors import Unavailable
from chatd.search.base import Position
from chatd.search.embedded import EmbeddedIndex, remove
from tests.search.test_index import entry, found


@pytest.fixture
def index(tmp_path: Path) -> Iterator[EmbeddedIndex]:
    made = EmbeddedIndex(tmp_path / "search" / "index.db")
    made.open()
    yield made
    made.close()


def test_it_knows_how_much_of_what_it_has(index: EmbeddedIndex) -> None:
    index.put([entry(1, "one lemon"), entry(2, ""), entry(1, "one melon", rev=3)])
    index.put([entry(1, "pear", dialog_id="TKT-1"), entry(1, "pear", dialog_id="TKT-1/notes")])
    assert index.position("lobby") == Position(rev=3, seq=2)
    index.forget("TKT-1")
    assert index.position("TKT-1") == Position() and len(found(index, "pear")) == 1
    assert set(index.dialogs()) == {"lobby", "TKT-1/notes"}


def test_what_says_the_same_as_before_stays(index: EmbeddedIndex) -> None:
    index.put([entry(1, "one lemon")])
    index.put([entry(1, "one lemon", rev=5)])
    assert not index.untidy and index.position("lobby") == Position(rev=5, seq=1)
    index.put([entry(1, "one lemon", rev=6), entry(1, "", rev=7)])
    assert found(index, "lemon") == [] and index.count() == 0


def test_of_what_is_taken_out_no_file_keeps_a_word(index: EmbeddedIndex, tmp_path: Path) -> None:
    index.put([entry(seq, f"pear {seq}") for seq in range(1, 50)])
    index.put([entry(50, "tamarind"), entry(51, "rambutan", dialog_id="gone")])
    kept = lambda: b"".join(one.read_bytes() for one in (tmp_path / "search").iterdir())  # noqa: E731
    assert b"tamarind" in kept() and b"rambutan" in kept()
    index.put([entry(50, "", rev=51)])
    index.forget("gone")
    assert b"tamarind" not in kept() and b"rambutan" not in kept() and b"pear" in kept()


def test_it_is_whole_only_if_it_was_left_so(index: EmbeddedIndex, tmp_path: Path) -> None:
    index.put([entry(1, "apple")])

    def again() -> EmbeddedIndex:
        made = EmbeddedIndex(tmp_path / "search" / "index.db")
        made.claim()
        made.open()
        return made

    other = again()
    assert not other.whole and other.untidy, "killed"
    other.seal()
    other.close()
    other = again()
    assert other.whole and not other.untidy and found(other, "apple") == [1]
    assert not again().whole, "killed since"
    other.seal()
    remove(tmp_path / "search" / "index.db")
    assert not again().whole, "it was taken away"
    other.clear()
    assert not other.whole and other.count() == 0
    other.close()


def test_what_is_damaged_is_let_go(index: EmbeddedIndex, tmp_path: Path) -> None:
    index.put([entry(seq, f"apple {seq}") for seq in range(1, 300)])
    index.seal()
    index.close()
    path = tmp_path / "search" / "index.db"
    for harm in (b"x" * 4_096, path.read_bytes()[:5_000] + b"\0" * 5_000, b""):
        path.write_bytes(harm)
        hurt = EmbeddedIndex(path)
        for _ in range(3):
            try:
                hurt.open()
                hurt.put([entry(1, "apple")])
                assert found(hurt, "apple")[:1]
                break
            except OSError as error:
                assert "damaged" in str(error)
        assert hurt.count() == 1
        hurt.close()


def test_who_asks_too_much_is_told_so(index: EmbeddedIndex, monkeypatch: Any) -> None:
    index.put([entry(seq, "apple pear") for seq in range(1, 3_000)])
    monkeypatch.setattr("chatd.search.embedded.LONGEST_S", 0.0)
    monkeypatch.setattr("chatd.search.embedded.STEPS", 1)
    with pytest.raises(Unavailable, match="too long to find; look for less"):
        found(index, "apple pear -plum")
    monkeypatch.setattr("chatd.search.embedded.LONGEST_S", 60.0)
    assert found(index, "apple", limit=1) == [2_999], "and it goes on"
