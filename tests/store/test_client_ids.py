"""A retry is known as long as its sender is: for a week after their last message, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.config.settings import StoreSettings
from chatd.domain.message import Message
from chatd.domain.times import to_text
from chatd.store.base import Append
from chatd.store.tiny.store import TinyStore, open_store

DAY, WEEK = 86_400, 7 * 86_400
NOW = 1_800_000_000.0
MANY = 20


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TinyStore]:
    opened = open_store(tmp_path, StoreSettings(sync=False))
    yield opened
    opened.close()


def say(store: TinyStore, sender: str, client_id: str, at: float) -> Any:
    """One message of a sender."""
    made = Message(
        dialog_id="lobby",
        sender_type="member",
        sender_id=sender,
        sender_name=sender,
        content="x",
        created_at=to_text(at),
        client_id=client_id,
    )
    return store.commit(Append(made))


def many(store: TinyStore, at: float) -> None:
    """So many others write that it is worth to forget somebody."""
    for number in range(MANY):
        say(store, f"p-{number}", "k", at)


def test_who_was_silent_for_longer_than_a_week_is_forgotten(store: TinyStore) -> None:
    say(store, "long gone", "k", NOW - WEEK - 1)
    say(store, "just here", "k", NOW - WEEK + 1)
    say(store, "came back", "first", NOW - 2 * WEEK)
    say(store, "came back", "second", NOW - DAY)
    many(store, NOW)
    store.checkpoint()
    assert say(store, "just here", "k", NOW).repeated
    assert say(store, "came back", "first", NOW).repeated
    assert say(store, "came back", "second", NOW).repeated
    assert not say(store, "long gone", "k", NOW).repeated


def test_where_few_write_nobody_is_forgotten(store: TinyStore) -> None:
    say(store, "long gone", "k", NOW - 52 * WEEK)
    say(store, "other", "k", NOW)
    store.checkpoint()
    assert say(store, "long gone", "k", NOW).repeated
