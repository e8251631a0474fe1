"""What a sender sent last in a conversation, by client id: for retries."""

from __future__ import annotations

from msgspec import Struct, field

REMEMBERED = 256


class Sent(Struct):
    """A sender's latest messages by client id, for retries; and when the last one came."""

    at: str = ""
    seqs: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Sent:
        """One that changes without this one."""
        return Sent(self.at, dict(self.seqs))

    def merge(self, later: Sent) -> Sent:
        """This and what came later."""
        seqs = self.seqs | later.seqs
        newest = list(seqs)[-REMEMBERED:]
        return Sent(max(self.at, later.at), {client_id: seqs[client_id] for client_id in newest})

    def remember(self, client_id: str, seq: int, at: str) -> None:
        """One more was sent; the oldest of too many goes."""
        self.at = max(self.at, at)
        self.seqs[client_id] = seq
        if len(self.seqs) > REMEMBERED:
            del self.seqs[next(iter(self.seqs))]
