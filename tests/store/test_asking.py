"""Asking for what is not there keeps nothing and reads nothing again, whatever is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from chatd.config.settings import StoreSettings
from chatd.domain.errand import Errand
from chatd.domain.ids import WINDOW_BITS
from chatd.domain.message import Message
from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.domain.ticket import Ticket
from chatd.store.base import Append, Put
from chatd.store.tiny import datafiles, naming, reading, sealed
from chatd.store.tiny.reading import RECENT
from chatd.store.tiny.store import TinyStore, open_store

MADE_UP = 300_000
BIG = "x" * 2_000
WINDOWS = range(400_000, 400_008)
"""The times, of 4,096 seconds each, in which there is something."""
FOLDERS = ("participants", "tickets", "conversations", "messages", "errands", "contents")

Ask = Callable[[TinyStore, str, int], Any]


def heard(store: TinyStore, dialog_id: str, number: int) -> Any:
    """Every question about a message, in turn."""
    return (
        store.message(dialog_id, 1 + number)
        or store.history(dialog_id)
        or store.find_sent(dialog_id, "p-1-a", f"c{number}")
    )


def stored(kind: type[Any]) -> Ask:
    """Asks for a document."""
    return lambda store, id, _: store.get(kind, id)


ASKING: dict[str, tuple[str, Ask]] = {
    "participants": ("p-{second:x}-{number:012x}", stored(Participant)),
    "newcomers of a busy hour": ("p-{second:x}-{number:x}-{number:012x}", stored(Participant)),
    "tickets": ("TKT-{second}", stored(Ticket)),
    "errands": ("e-{second:x}-{number:012x}", stored(Errand)),
    "sessions": ("s-{second:x}-{number:012x}", stored(LoginSession)),
    "operators": ("operator{number}", stored(Operator)),
    "conversations": ("TKT-{second}", lambda store, id, _: store.conversation(id).last_seq),
    "notes": ("TKT-{second}/notes", lambda store, id, _: store.conversation(id).last_seq),
    "rooms": ("room{number}", lambda store, id, _: store.conversation(id).last_seq),
    "messages": ("TKT-{second}", heard),
    "messages of rooms": ("room{number}", heard),
    "messages to come": ("hall{window}", lambda store, id, n: store.message(id, 2 + n)),
}
"""Kinds of ids, and how each is asked for; the last digits of a second are those of a number."""


def made_up(pattern: str, windows: range) -> Iterator[str]:
    """Ids that were never given, as many as anybody likes, through those times in turn."""
    number = 10
    while True:
        for window in windows:
            number += 1
            yield pattern.format(
                second=(window << WINDOW_BITS) + 1 + number % 4_000, number=number, window=window
            )


def fill(store: TinyStore) -> None:
    """In each of the times one document of every kind, and in each conversation a message."""
    for window in WINDOWS:
        second = window << WINDOW_BITS
        ticket = f"TKT-{second}"
        store.commit(
            Put(participant(f"p-{second:x}-a")),
            Put(Errand(id=f"e-{second:x}-a", kind="webhook", target=BIG, type="x", created_at="")),
            Put(
                Ticket(
                    id=ticket, site="default", status="closed", customer_id="", customer_name=BIG,
                    created_at="", updated_at="",
                )
            ),
            *(Append(message(dialog)) for dialog in (ticket, f"{ticket}/notes", f"hall{window}")),
        )  # fmt: skip
    store.checkpoint()


def participant(id: str) -> Participant:
    """One who needs some room."""
    return Participant(
        id=id, name=BIG, site="default", token_hash="", created_at="", expires_at="~"
    )


def message(dialog_id: str) -> Message:
    """One that needs some room."""
    return Message(
        dialog_id=dialog_id, sender_type="customer", sender_id="p", sender_name="",
        content=BIG, created_at="",
    )  # fmt: skip


def kept(store: TinyStore) -> tuple[int, int, int]:
    """Files in the cache, their bytes, and who was lately here."""
    files = store._datafiles
    assert files.cached_bytes == sum(datafiles.weight(*one) for one in files._cache.items())
    return len(files._cache), files.cached_bytes, len(store._recent)


def ask_for(store: TinyStore, what: str, windows: range, count: int) -> None:
    """So many of a kind, none of which is there."""
    pattern, ask = ASKING[what]
    for number, id in enumerate(islice(made_up(pattern, windows), count)):
        assert not ask(store, id, number), id


def test_of_made_up_ids_nothing_is_kept_and_nothing_is_read_again(memory: Path) -> None:
    """In the times that have files, and in as many as there are ids that have none."""
    store = open_store(memory, StoreSettings(sync=False))
    fill(store)
    for what in ASKING:
        ask_for(store, what, WINDOWS, len(WINDOWS))
    known = kept(store)
    assert known[0] >= 4 * len(WINDOWS), "a file of each kind, and the lists that they are in"
    for name in FOLDERS:
        (memory / name).rename(memory / f"{name}.away")  # what is read again is now missing
    share = MADE_UP // len(ASKING) // 2 + 1
    for what in ASKING:
        ask_for(store, what, WINDOWS, share)
        ask_for(store, what, range(10, 10 + share), share)
        assert kept(store) == known, what
    for cache in (sealed.path_of, naming.folder, naming.segment_name):
        assert cache.cache_info().currsize <= 16_384
    assert not store.status()["damaged"]
    for name in FOLDERS:
        (memory / f"{name}.away").rename(memory / name)
    store.close()


@pytest.mark.parametrize("cache_bytes", [1, 50_000, 200_000])
def test_the_cache_stays_within_its_bytes(memory: Path, cache_bytes: int) -> None:
    """However many files made-up ids have read: one alone may be larger."""
    store = open_store(memory, StoreSettings(sync=False, cache_bytes=cache_bytes))
    fill(store)
    for what in ASKING:
        for _ in range(5):
            ask_for(store, what, WINDOWS, 2 * len(WINDOWS))
            files, size, recent = kept(store)
            assert size <= cache_bytes or files == 1, (what, files, size)
            assert recent <= RECENT
    store.close()


def test_who_was_asked_for_last_is_kept_in_memory_and_so_many_of_them(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert RECENT == 4_096
    monkeypatch.setattr(reading, "RECENT", 3)
    fields = {"site": "s", "token_hash": "", "created_at": "", "expires_at": "9"}
    ids = [f"p-67a1b2c3-{number:012x}" for number in range(6)]
    store = open_store(memory, StoreSettings(sync=False))
    store.commit(*(Put(Participant(id=id, name=id, **fields)) for id in ids))
    store.checkpoint()
    for id in (*ids, ids[3], "p-67a1b2c3-none"):
        found = store.get(Participant, id)
        assert found is None or found.name == id
    assert [*store._recent] == [ids[4], ids[5], ids[3]]
    store.close()
