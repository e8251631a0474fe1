"""What an index is given is found, as it is now; and of what is taken out nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.errors import Unavailable
from chatd.search.base import Entry, Filter, Position
from chatd.search.embedded import EmbeddedIndex, remove
from chatd.search.query import parse
from chatd.search.words import Stems

STEMS = Stems()


def entry(seq: int, content: str, **fields: Any) -> Entry:
    given = {"dialog_id": "lobby", "rev": seq, "at": 1_000 * seq, "kind": "room", "site": ""}
    return Entry(**{**given, "sender_id": "p-1-a", "seq": seq, "content": content, **fields})


@pytest.fixture
def index(tmp_path: Path) -> Iterator[EmbeddedIndex]:
    made = EmbeddedIndex(tmp_path / "search" / "index.db")
    made.open()
    yield made
    made.close()


def found(index: EmbeddedIndex, typed: str, *, limit: int = 100, **among: Any) -> list[int]:
    hits = index.find(parse(typed, STEMS), Filter(**among), before=0, limit=limit)
    return [hit.seq for hit in hits]


SAID = {
    1: "Посылка пришла вчера, спасибо!",
    2: "Где моя красная посылка?",
    3: "красной посылки нет, есть зелёная",
    4: "The red parcels were delivered",
    5: "delivering a parcel, red",
    6: "anna@shop.example wrote",
}
WHAT = {
    "посылку": [3, 2, 1],
    "красная посылка": [3, 2],
    '"посылка красная"': [],
    '"красная посылка"': [3, 2],
    "посылка -красный": [1],
    "посылка -красный -вчера": [],
    "зеленые": [3],
    "deliver": [5, 4],
    "deliv*": [5, 4],
    "пос*": [3, 2, 1],
    '"red parcel"': [4],
    'parcel -"red parcel"': [5],
    "anna@shop.example": [6],
    "shop anna": [6],
    '"shop anna"': [],
    "NEAR(red parcel)": [],
    'red" OR "посылка': [],
    "body parcel": [],
    "red* parcel*": [5, 4],
    "facets words": [],
}


def test_words_phrases_beginnings_and_what_is_not_there(index: EmbeddedIndex) -> None:
    index.put([entry(seq, content) for seq, content in SAID.items()])
    assert {typed: found(index, typed) for typed in WHAT} == WHAT
    assert index.count() == len(SAID)


def test_a_message_put_again_is_there_once_and_as_it_is_now(index: EmbeddedIndex) -> None:
    index.put([entry(1, "one lemon"), entry(2, "")])
    index.put([entry(1, "one lemon"), entry(1, "one melon", rev=3)])
    assert (found(index, "lemon"), found(index, "melon"), index.count()) == ([], [1], 1)
    assert index.position("lobby") == Position(rev=3, seq=2)
    index.put([entry(1, "", rev=4)])
    assert (found(index, "melon"), index.count()) == ([], 0)


def test_it_is_found_among_what_is_asked_for(index: EmbeddedIndex) -> None:
    index.put(
        [
            entry(1, "apple"),
            entry(2, "apple", dialog_id="TKT-1", kind="ticket", site="shop", sender_id="p-2-b"),
            entry(3, "apple", dialog_id="TKT-1/notes", kind="notes", site="shop", sender_id="op-x"),
            entry(4, "apple", dialog_id="TKT-2", kind="ticket", site="bank"),
        ]
    )
    assert found(index, "apple", dialogs=("TKT-1",)) == [2]
    assert found(index, "apple", kinds=("ticket",)) == [4, 2]
    assert found(index, "apple", sites=("shop",)) == [3, 2]
    assert found(index, "apple", sites=("shop", "")) == [3, 2, 1]
    assert found(index, "apple", sender="op-x") == [3]
    assert found(index, "apple", sender='op-x" OR "p-2-b') == []
    assert found(index, "apple", since=2_000, until=4_000) == [3, 2]
    assert found(index, "apple", dialogs=("lobby", "TKT-2"), kinds=("ticket",)) == [4]
    many = tuple(f"dlg-{number}" for number in range(500))
    assert found(index, "apple", dialogs=(*many, "lobby"), sites=many) == []
    assert found(index, "apple", dialogs=(*many, "lobby")) == [1]
    index.forget("TKT-1")
    assert found(index, "apple") == [4, 3, 1] and index.position("TKT-1") == Position()
    assert set(index.dialogs()) == {"lobby", "TKT-2", "TKT-1/notes"}


def test_what_is_written_at_one_moment_is_found_in_pages_whatever_comes(
    index: EmbeddedIndex,
) -> None:
    index.put([entry(seq, "apple", at=5_000, dialog_id=f"d{seq % 7}") for seq in range(1, 41)])
    wanted, seen, before = parse("apple", STEMS), list[int](), 0
    while page := index.find(wanted, Filter(), before=before, limit=7):
        seen += [hit.seq for hit in page]
        before = page[-1].place
        index.put([entry(100 + len(seen), "apple", at=9_000)])
    assert sorted(seen) == list(range(1, 41))


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
