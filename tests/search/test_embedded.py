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


def kept(directory: Path) -> bytes:
    return b"".join(one.read_bytes() for one in (directory / "search").iterdir())


def test_what_was_put_behind_others_is_found_and_changed_once_whatever_becomes_of_them(
    index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatd.search.embedded.place_of", lambda one: 1_000 * one.at)
    at_once = [entry(1, f"apple {name}", dialog_id=name, at=5) for name in ("a", "b", "c", "d")]
    index.put(at_once[:2])
    index.put(at_once[1:])
    index.put([entry(2, "lime", dialog_id=name, at=4) for name in ("a", "e")])
    assert (len(found(index, "apple")), len(found(index, "lime")), index.count()) == (4, 2, 6)
    index.put([entry(1, "pear", dialog_id="c", at=5, rev=2, changed=True)])
    index.forget("b")
    index.put([entry(1, "", dialog_id="a", at=5, rev=3, changed=True)])
    assert found(index, "apple") == [1] and found(index, "pear") == [1] and index.count() == 4
    index.put([entry(1, "plum", dialog_id=name, at=5, rev=9, changed=True) for name in ("c", "d")])
    index.put([entry(1, "plum", dialog_id=name, at=5, rev=9) for name in ("b", "d")])
    assert found(index, "apple pear") == found(index, "apple") == found(index, "pear") == []
    assert len(found(index, "plum")) == 3 and index.count() == 5


def test_what_was_written_anew_at_another_time_takes_the_place_of_what_was(
    index: EmbeddedIndex, tmp_path: Path
) -> None:
    index.put([entry(1, "apple"), entry(2, "apple tamarind"), entry(2, "plum", dialog_id="other")])
    index.put([entry(2, "apple", at=9_000, rev=2)])
    assert found(index, "apple") == [2, 1] and found(index, "tamarind") == []
    index.tidy(now=True)
    assert found(index, "plum") == [2] and b"tamarind" not in kept(tmp_path)


def test_capitals_and_length_tell_conversations_apart(index: EmbeddedIndex) -> None:
    names = ["lobby", "Lobby", "lo bby", "", "лобби", "l" * 17, "l" * 18, "l" * 19, '"=d', "a=b"]
    index.put([entry(n, "apple", dialog_id=name) for n, name in enumerate(names, 1)])
    for n, name in enumerate(names, 1):
        assert found(index, "apple", dialogs=(name,)) == [n], name
    assert found(index, "dlobby") == found(index, "=dlobby") == found(index, "lob*") == []


def test_an_index_of_another_format_is_made_anew(index: EmbeddedIndex, tmp_path: Path) -> None:
    index.put([entry(1, "apple")])
    index._note(format=2)
    index.seal()
    index.close()
    newer = EmbeddedIndex(tmp_path / "search" / "index.db")
    newer.claim()
    newer.open()
    assert not newer.whole and newer.count() == 0
    newer.close()


def test_what_says_the_same_as_before_stays(index: EmbeddedIndex) -> None:
    index.put([entry(1, "one lemon")])
    index.put([entry(1, "one lemon", rev=5)])
    assert not index.untidy and index.position("lobby") == Position(rev=5, seq=1)
    index.put([entry(1, "one lemon", rev=6), entry(1, "", rev=7)])
    assert found(index, "lemon") == [] and index.count() == 0


def test_of_what_is_taken_out_no_file_keeps_a_word(index: EmbeddedIndex, tmp_path: Path) -> None:
    index.put([entry(seq, f"pear {seq}") for seq in range(1, 50)])
    index.put([entry(50, "tamarind"), entry(51, "rambutan", dialog_id="gone")])
    assert b"tamarind" in kept(tmp_path) and b"rambutan" in kept(tmp_path)
    index.put([entry(50, "", rev=51)])
    index.forget("gone")
    left = kept(tmp_path)
    assert b"tamarind" not in left and b"rambutan" not in left and b"pear" in left


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
