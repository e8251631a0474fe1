"""Every kind of store, near and far, with what makes it read its files again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from msgspec import UNSET

from chatd.config.settings import StoreSettings
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.errors import Overtaken
from chatd.store.base import Store
from chatd.store.postgres.store import PostgresStore
from chatd.store.tiny.store import TinyStore, open_store
from tests.waiting import Waiting

Open = Callable[[], PostgresStore]
SETTINGS = StoreSettings(segment_messages=10, cache_bytes=20_000)


def message(
    text: str, dialog_id: str = "lobby", sender: str = "p-1-a", client_id: str | None = None
) -> Message:
    return Message(
        dialog_id=dialog_id,
        sender_type="member",
        sender_id=sender,
        sender_name="Аня",
        content=text,
        created_at="2026-11-21T10:00:00.123Z",
        client_id=client_id or UNSET,
    )


OPERATOR = {"id": "artem", "name": "Артём", "password_hash": "-", "created_at": ""}


def ticket(id: str, **changes: Any) -> Ticket:
    fields: dict[str, Any] = {
        "id": id,
        "site": "shop",
        "status": "waiting",
        "customer_id": "p-1-a",
        "customer_name": "Аня",
        "created_at": "2026-11-21T10:00:00.000Z",
        "updated_at": "2026-11-21T10:00:00.000Z",
    }
    return Ticket(**{**fields, **changes})


class Bench:
    """A store, and a way to have it opened again."""

    def __init__(self, make: Callable[[], Store], step: Callable[[Store], Store]) -> None:
        self.store = make()
        self._step = step

    def again(self) -> Store:
        """The same data, read anew where the backend can."""
        self.store = self._step(self.store)
        return self.store


def reopen(directory: Path) -> Callable[[Store], Store]:
    def step(store: Store) -> Store:
        store.close()
        return open_store(directory, SETTINGS)

    return step


def crash(directory: Path) -> Callable[[Store], Store]:
    """What a kill leaves: nothing is flushed, the lock is gone with the process."""

    def step(store: Store) -> Store:
        assert isinstance(store, TinyStore)
        abandon(store)
        return open_store(directory, SETTINGS)

    return step


def abandon(store: TinyStore) -> None:
    """Leaves a directory as a kill would, and nothing of the store in this process."""
    store._committer._greenlet.kill()
    store._beside.stop()
    for left in {store._committer.journal, store._half_made} - {None}:
        left.close()
    store._lock.release()


def checkpointed(store: Store) -> Store:
    store.checkpoint()
    return store


def far(make: Callable[[], Store]) -> Callable[[], Store]:
    """The same, a millisecond away."""
    return lambda: cast(Store, Waiting(make()))


def near(store: Any) -> Store:
    """What is behind the distance."""
    return store.near if isinstance(store, Waiting) else store


def run_again(act: Callable[[], None]) -> None:
    """As the dispatcher does with who was overtaken: again from the reads."""
    while True:
        with suppress(Overtaken):
            return act()


KINDS = ["memory", "tiny", "checkpointed", "reopened", "crashed", "postgres", "postgres, reopened"]
