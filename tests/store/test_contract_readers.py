"""How far people have read, by every backend: it moves forward, and of whoever writes with it."""

from __future__ import annotations

from chatd.domain.message import Cursor
from chatd.store.base import Advance, Append
from chatd.store.tiny.state import READERS
from tests.store.backends import Bench, message


def test_of_receipts_those_of_the_latest_readers_are_kept(bench: Bench) -> None:
    bench.store.commit(*(Advance("lobby", f"p-{n}", read=1) for n in range(READERS)))
    bench.store.commit(Advance("lobby", "p-0", read=2))
    bench.again()
    bench.store.commit(Advance("lobby", "p-new", read=3))
    kept = bench.store.conversation("lobby").receipts
    assert len(kept) == READERS and "p-1" not in kept
    assert kept["p-0"].read == 2 and kept["p-new"].read == 3


def test_of_many_readers_those_who_are_farthest_are_told_and_one_more(bench: Bench) -> None:
    assert bench.store.readers("lobby", limit=3, also="p-1") == {}
    bench.store.commit(*(Advance("lobby", f"p-{n}", delivered=n) for n in range(1, 11)))
    store = bench.again()
    told = store.readers("lobby", limit=3, also="p-2")
    assert dict(told) == {f"p-{n}": Cursor(n, 0) for n in (10, 9, 8, 2)}
    assert set(store.readers("lobby", limit=2, also="nobody")) == {"p-10", "p-9"}
    assert set(store.readers("lobby", limit=2, also="p-10")) == {"p-10", "p-9"}
    assert len(store.readers("lobby", limit=10, also="p-1")) == 10


def test_who_has_not_read_all_is_behind_and_who_writes_has(bench: Bench) -> None:
    assert not bench.store.is_behind("lobby", "p-1-a"), "there is nothing to read"
    said = message("x")
    bench.store.commit(Append(said))
    store = bench.again()
    assert store.is_behind("lobby", "nobody") and not store.is_behind("other", "nobody")
    assert not store.is_behind("lobby", said.sender_id)
    store.commit(Advance("lobby", "p-2-b", delivered=1))
    assert store.is_behind("lobby", "p-2-b"), "what has arrived is not read"
    store.commit(Advance("lobby", "p-2-b", read=1))
    assert not bench.again().is_behind("lobby", "p-2-b")


def test_receipts_move_forward_only(bench: Bench) -> None:
    for _ in range(5):
        bench.store.commit(Append(message("x")))
    bench.store.commit(Advance("lobby", "p-2-b", delivered=4))
    bench.store.commit(Advance("lobby", "p-2-b", read=3))
    bench.store.commit(Advance("lobby", "p-2-b", delivered=1, read=1))
    conversation = bench.again().conversation("lobby")
    assert conversation.receipt("p-2-b") == Cursor(4, 3)
    assert conversation.unread("p-2-b") == 2 and conversation.unread("p-1-a") == 0
