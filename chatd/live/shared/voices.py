"""Who is in which voice channel, over all nodes: what each tells of its own connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import convert, to_builtins

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.voice import Voice
from chatd.live.local import voices as local
from chatd.live.shared.facts import Fact, Facts


class Voices(local.Voices):
    """See :class:`chatd.live.calls.Voices`. ``note_change``: told in which conversation somebody
    came, left, or is otherwise, by what another node says."""

    def __init__(self, exchange: Exchange, note_change: Callable[[str], None]) -> None:
        super().__init__()
        self._note_change = note_change
        self._facts = Facts(exchange, "voices", self)

    def put(self, dialog_id: str, voice: Voice) -> None:
        super().put(dialog_id, voice)
        self._facts.hold((dialog_id, voice.id), to_builtins(voice))

    def drop(self, dialog_id: str, participant_id: str) -> None:
        super().drop(dialog_id, participant_id)
        self._facts.drop((dialog_id, participant_id))

    def believe(self, fact: Fact, value: Any) -> None:
        """See :class:`chatd.live.shared.facts.Believer`: who goes on over another node is here no
        more; what that one told before may come behind it."""
        dialog_id, participant_id = fact
        voice, before = convert(value, Voice), self.find(participant_id)
        if before and before[1].joined_at > voice.joined_at:
            return
        super().put(dialog_id, voice)
        if before:
            self._facts.drop((before[0], participant_id))
        for id in {dialog_id, before[0] if before else dialog_id}:
            self._note_change(id)

    def forget_fact(self, fact: Fact) -> None:
        super().drop(*fact)
        self._note_change(fact[0])
