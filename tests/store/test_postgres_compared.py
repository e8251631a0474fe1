"""Whatever is done, PostgreSQL answers as the store in memory."""

from __future__ import annotations

import random
from typing import Any

from chatd.domain.message import revise
from chatd.domain.ticket import Ticket
from chatd.errors import NotFound, Overtaken
from chatd.store.base import Advance, Append, Change, Forget, Put, Replace, Touch
from chatd.store.memory import MemoryStore
from tests.store.backends import Open, message, ticket

DIALOGS = ["lobby", "TKT-1730053200", "TKT-1730053200/notes"]


class Chances:
    """Commits made up by chance, from what the store in memory has."""

    def __init__(self, near: MemoryStore) -> None:
        self._near = near
        self._chance = random.Random(11)

    def commit(self) -> list[Change]:
        """One to three changes; what is changed is changed once."""
        makers = [*(self.append,) * 3, self.edit, self.advance, self.put, self.forget, self.touch]
        changes = [
            one
            for _ in range(self._chance.randrange(1, 4))
            for one in self._chance.choice(makers)(self._chance.choice(DIALOGS))
        ]
        return list({key_of(one): one for one in changes}.values())

    def append(self, dialog: str) -> list[Change]:
        key = self._chance.choice([None, "a", "b", "c"])
        sender = self._chance.choice(["p-1-a", "p-1-b"])
        return [Append(message("x", dialog, sender=sender, client_id=key))]

    def edit(self, dialog: str) -> list[Change]:
        known = self._near.message(dialog, self._chance.randrange(1, 20))
        stale = self._chance.random() < 0.2
        return [Replace(known if stale else revise(known, content="y"))] if known else []

    def advance(self, dialog: str) -> list[Change]:
        numbers = self._chance.randrange(20), self._chance.randrange(20)
        return [Advance(dialog, f"p-{self._chance.randrange(4)}", *numbers)]

    def put(self, dialog: str) -> list[Change]:
        id = f"TKT-{1_730_053_200 + self._chance.randrange(3)}"
        known = self._near.get(Ticket, id)
        version = (known.version if known else 0) + 1 + (self._chance.random() < 0.2)
        status = self._chance.choice(["bot", "waiting", "active", "closed"])
        return [Put(ticket(id, status=status, version=version))]

    def forget(self, dialog: str) -> list[Change]:
        return [Forget(dialog, ("p-1-a", "p-2"))]

    def touch(self, dialog: str) -> list[Change]:
        return [Touch(dialog)]


def test_whatever_is_done_it_answers_as_the_one_in_memory(opened: Open) -> None:
    store, near = opened(), MemoryStore()
    chances = Chances(near)
    for _ in range(300):
        changes = chances.commit()
        assert outcome(store, changes) == outcome(near, changes), changes
    for dialog in DIALOGS:
        last = near.conversation(dialog)
        assert store.conversation(dialog) == last
        assert list(store.conversation(dialog).receipts) == list(last.receipts)
        assert list(store.history(dialog, limit=500)) == list(near.history(dialog, limit=500))
        for rev in range(0, last.rev, 7):
            asked = {"rev": rev, "seq": last.last_seq - rev % 3, "limit": 9}
            assert store.list_changed(dialog, **asked) == near.list_changed(dialog, **asked)
    assert list(store.tickets()) == list(near.tickets())


def key_of(change: Change) -> object:
    """What a change is about, where only one of a commit may be."""
    if isinstance(change, Put):
        return change.document.id
    if isinstance(change, Replace):
        return change.message.dialog_id, change.message.seq
    if isinstance(change, Append):
        return change.message.dialog_id, change.message.sender_id, change.message.client_id
    return object()


def outcome(store: Any, changes: list[Change]) -> object:
    """What a commit answers, or how it is refused."""
    try:
        return store.commit(*changes)
    except (Overtaken, NotFound) as refused:
        return type(refused)
