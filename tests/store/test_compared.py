"""The store beside a model in memory, whatever is asked of both in whatever order."""

from __future__ import annotations

from pathlib import Path

from hypothesis import settings as rules
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chatd.domain.message import revise
from chatd.store.base import Advance, Append, Put, Replace, Touch
from chatd.store.memory import MemoryStore
from chatd.store.tiny.store import open_store
from tests.store.backends import (
    SETTINGS,
    abandon,
    message,
    ticket,
)


class Compared(RuleBasedStateMachine):
    """Whatever is done, in whatever order, with checkpoints, crashes and reopenings in between:
    the default store answers as the one in memory does."""

    directory: Path

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.directory = Path(tempfile.mkdtemp())
        self.tiny = open_store(self.directory, SETTINGS)
        self.memory = MemoryStore()
        self.versions: dict[str, int] = {}

    dialogs = st.sampled_from(["lobby", "TKT-1730053200", "TKT-1730053200/notes"])

    @rule(dialog=dialogs, text=st.text(max_size=20), key=st.sampled_from([None, "a", "b", "c"]))
    def append(self, dialog: str, text: str, key: str | None) -> None:
        made = message(text, dialog, client_id=key)
        assert self.tiny.commit(Append(made)) == self.memory.commit(Append(made))

    @rule(dialog=dialogs, seq=st.integers(1, 30), text=st.text(max_size=20))
    def change(self, dialog: str, seq: int, text: str) -> None:
        stored = self.memory.message(dialog, seq)
        if stored:
            for store in (self.tiny, self.memory):
                store.commit(Replace(revise(stored, content=text)))

    @rule(dialog=dialogs)
    def touch(self, dialog: str) -> None:
        for store in (self.tiny, self.memory):
            store.commit(Touch(dialog))

    @rule(dialog=dialogs, delivered=st.integers(0, 30), read=st.integers(0, 30))
    def advance(self, dialog: str, delivered: int, read: int) -> None:
        for store in (self.tiny, self.memory):
            store.commit(Advance(dialog, "p-9-z", delivered, read))

    @rule(number=st.integers(0, 3), status=st.sampled_from(["bot", "waiting", "active", "closed"]))
    def put(self, number: int, status: str) -> None:
        id = f"TKT-{1_730_053_200 + number * 5000}"
        self.versions[id] = self.versions.get(id, 0) + 1
        for store in (self.tiny, self.memory):
            store.commit(Put(ticket(id, status=status, version=self.versions[id])))

    @rule()
    def checkpoint(self) -> None:
        self.tiny.checkpoint()

    @rule()
    def reopen(self) -> None:
        self.tiny.close()
        self.tiny = open_store(self.directory, SETTINGS)

    @rule()
    def crash(self) -> None:
        abandon(self.tiny)
        self.tiny = open_store(self.directory, SETTINGS)

    @invariant()
    def same(self) -> None:
        for dialog in ("lobby", "TKT-1730053200", "TKT-1730053200/notes"):
            assert self.tiny.conversation(dialog) == self.memory.conversation(dialog)
            assert list(self.tiny.history(dialog, limit=50)) == list(
                self.memory.history(dialog, limit=50)
            )
            now = self.memory.conversation(dialog)
            for rev in {0, now.rev // 2, max(0, now.rev - 2), now.rev}:
                for seq in {now.last_seq, now.last_seq // 2}:
                    asked = {"rev": rev, "seq": seq, "limit": 5}
                    assert self.tiny.list_changed(dialog, **asked) == self.memory.list_changed(
                        dialog, **asked
                    )
        assert list(self.tiny.tickets()) == list(self.memory.tickets())

    def teardown(self) -> None:
        import shutil

        self.tiny.close()
        shutil.rmtree(self.directory)


Compared.TestCase.settings = rules(max_examples=30, stateful_step_count=25, deadline=None)
TestCompared = Compared.TestCase
