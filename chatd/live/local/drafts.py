"""The drafts that are being written now; held in memory, never stored, never logged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

from chatd.domain.draft import MAX_DRAFT, Draft, Op
from chatd.domain.principal import Principal
from chatd.protocol import views

PER_NETWORK = 64_000
PER_DIALOG = 500


class Written(Struct):
    """A draft, whose it is, the network that it comes from, and the connection that wrote last."""

    who: Principal
    draft: Draft
    network: str
    connection: str = ""


class Drafts:
    """At most one draft per participant and conversation; of a conversation the latest ones, and
    of all that come from one network so many characters together."""

    def __init__(self) -> None:
        self._dialogs: dict[str, dict[str, Written]] = {}
        self._written_in: dict[str, set[str]] = {}
        self._characters: Counter[str] = Counter()

    def edit(
        self,
        dialog_id: str,
        who: Principal,
        seq: int,
        ops: Sequence[Op],
        network: str = "",
        *,
        connection: str = "",
    ) -> Draft:
        """Applies ops; Conflict asks for a reset."""
        with self._changing(dialog_id, who, network, connection) as (draft, longest):
            draft.edit(seq, ops, longest)
        return draft

    def reset(
        self,
        dialog_id: str,
        who: Principal,
        seq: int,
        text: str,
        network: str = "",
        *,
        connection: str = "",
    ) -> Draft:
        """Starts over with the full text."""
        with self._changing(dialog_id, who, network, connection) as (draft, longest):
            draft.reset(seq, text, longest)
        return draft

    def clear(self, dialog_id: str, participant_id: str, connection: str | None = None) -> bool:
        """The draft became a message, or its writer left. True if there was one to be seen."""
        if dialog_id not in self._written_in.get(participant_id, ()):
            return False  # as most: this is asked with every message
        people = self._dialogs[dialog_id]
        if connection is not None and not self._is_of(connection, people.get(participant_id)):
            return False
        known = people.pop(participant_id)
        if not people:
            del self._dialogs[dialog_id]
        written_in = self._written_in[participant_id]
        written_in.discard(dialog_id)
        if not written_in:
            del self._written_in[participant_id]
        self._weigh(known.network, -len(known.draft.text))
        return bool(known.draft.text)

    def has(self, dialog_id: str, participant_id: str) -> bool:
        """Whether there is one to be seen."""
        known = self._dialogs.get(dialog_id, {}).get(participant_id)
        return known is not None and bool(known.draft.text)

    def forget(self, participant_id: str, connection: str | None = None) -> list[str]:
        """Clears all that a participant has half-written; the conversations where it was seen."""
        dialogs = sorted(self._written_in.get(participant_id, ()))
        return [one for one in dialogs if self.clear(one, participant_id, connection)]

    def within(self, dialog_id: str) -> Iterator[tuple[Principal, views.Draft]]:
        """Every draft of a conversation that has any text, with its writer, the latest first."""
        for one in reversed(self._dialogs.get(dialog_id, {}).values()):
            if one.draft.text:
                draft = views.Draft(one.who.id, one.who.name, one.draft.seq, one.draft.text)
                yield one.who, draft

    @staticmethod
    def _is_of(connection: str, known: Written | None) -> bool:
        return known is not None and known.connection == connection

    @contextmanager
    def _changing(
        self, dialog_id: str, who: Principal, network: str, connection: str
    ) -> Iterator[tuple[Draft, int]]:
        """A draft, how long it may become, and afterwards what it weighs; now it is the latest."""
        people = self._dialogs.setdefault(dialog_id, {})
        known = people.pop(who.id, None)
        people[who.id] = one = known or Written(who, Draft(), network)
        self._written_in.setdefault(who.id, set()).add(dialog_id)
        before = len(one.draft.text)
        left = PER_NETWORK - self._characters[one.network] + before
        refused = True
        try:
            yield one.draft, min(MAX_DRAFT, max(before, left))
            refused = False
            one.connection = connection
        finally:
            self._weigh(one.network, len(one.draft.text) - before)
            if refused and known is None:
                self.clear(dialog_id, who.id)
        if len(people) > PER_DIALOG:
            self.clear(dialog_id, next(iter(people)))

    def _weigh(self, network: str, characters: int) -> None:
        self._characters[network] += characters
        if not self._characters[network]:
            del self._characters[network]
