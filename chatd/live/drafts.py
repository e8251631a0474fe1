"""The drafts that are being written now; held in memory, never stored, never logged."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from chatd.domain.draft import Draft, Op
from chatd.domain.principal import Principal


class LiveDraft(Struct, frozen=True):
    """A snapshot of one draft, for who joins in mid-word."""

    participant_id: str
    name: str
    seq: int
    text: str


class Drafts:
    """At most one draft per participant and conversation."""

    def __init__(self) -> None:
        self._dialogs: dict[str, dict[str, tuple[Principal, Draft]]] = {}
        self._written_in: dict[str, set[str]] = {}

    def edit(self, dialog_id: str, who: Principal, seq: int, ops: Sequence[Op]) -> Draft:
        """Applies ops; Conflict asks for a reset."""
        draft = self._of(dialog_id, who)
        draft.edit(seq, ops)
        return draft

    def reset(self, dialog_id: str, who: Principal, seq: int, text: str) -> Draft:
        """Starts over with the full text."""
        draft = self._of(dialog_id, who)
        draft.reset(seq, text)
        return draft

    def clear(self, dialog_id: str, participant_id: str) -> bool:
        """The draft became a message, or its writer left. True if there was one to be seen."""
        people = self._dialogs.get(dialog_id, {})
        known = people.pop(participant_id, None)
        if not people:
            self._dialogs.pop(dialog_id, None)
        written_in = self._written_in.get(participant_id, set())
        written_in.discard(dialog_id)
        if not written_in:
            self._written_in.pop(participant_id, None)
        return known is not None and bool(known[1].text)

    def forget(self, participant_id: str) -> list[str]:
        """Clears all that a participant has half-written; the conversations where it was seen."""
        dialogs = sorted(self._written_in.get(participant_id, ()))
        return [dialog_id for dialog_id in dialogs if self.clear(dialog_id, participant_id)]

    def within(self, dialog_id: str) -> list[tuple[Principal, LiveDraft]]:
        """Every draft of a conversation that has any text, with its writer."""
        return [
            (who, LiveDraft(who.id, who.name, draft.seq, draft.text))
            for who, draft in self._dialogs.get(dialog_id, {}).values()
            if draft.text
        ]

    def _of(self, dialog_id: str, who: Principal) -> Draft:
        people = self._dialogs.setdefault(dialog_id, {})
        if who.id not in people:
            people[who.id] = (who, Draft())
            self._written_in.setdefault(who.id, set()).add(dialog_id)
        return people[who.id][1]
