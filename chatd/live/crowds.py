"""Which rooms have so many people that only their number is told, and how far the first are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chatd.protocol.views import Receipt

# Of two at least one is not the author, so each message is seen to be read as soon as anybody has.
LEADERS = 2


class Leaders:
    """The two of a crowd who were told to have received, or read, the most."""

    def __init__(self) -> None:
        self._seqs: dict[str, int] = {}

    def passes(self, participant_id: str, seq: int) -> bool:
        """Whether fewer than two others were told to be as far."""
        others = (told for id, told in self._seqs.items() if id != participant_id)
        return sum(told >= seq for told in others) < LEADERS

    def lead(self, participant_id: str, seq: int) -> None:
        """Somebody is told to be as far as this."""
        self._seqs[participant_id] = seq
        if len(self._seqs) > LEADERS:
            del self._seqs[min(self._seqs, key=self._seqs.__getitem__)]


class Crowds:
    """Rooms that are a crowd, and whether anybody came or went there since it was told."""

    def __init__(self) -> None:
        self._moved: dict[str, bool] = {}
        self._leaders: dict[str, tuple[Leaders, Leaders]] = {}

    def __contains__(self, room_id: str) -> bool:
        return room_id in self._moved

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._moved))

    def move(self, room_id: str) -> None:
        """Somebody came or went; the room is a crowd from now on if it was none."""
        self._moved[room_id] = True

    def settle(self, room_id: str) -> bool:
        """How many are there is told now; True when they are not as many, or others, than when it
        was told last."""
        moved, self._moved[room_id] = self._moved[room_id], False
        return moved

    def hears(self, receipt: Receipt) -> bool:
        """Whether all of a crowd are told how far somebody is."""
        who = receipt.participant_id
        return any(leaders.passes(who, seq) for leaders, seq in self._seqs(receipt))

    def lead(self, receipt: Receipt) -> None:
        """All of a crowd are told how far somebody is."""
        for leaders, seq in self._seqs(receipt):
            if leaders.passes(receipt.participant_id, seq):
                leaders.lead(receipt.participant_id, seq)

    def _seqs(self, receipt: Receipt) -> Iterable[tuple[Leaders, int]]:
        delivered, read = self._leaders.setdefault(receipt.dialog_id, (Leaders(), Leaders()))
        return (delivered, receipt.delivered), (read, receipt.read)

    def end(self, room_id: str) -> None:
        """A crowd no longer."""
        del self._moved[room_id]
        self._leaders.pop(room_id, None)
