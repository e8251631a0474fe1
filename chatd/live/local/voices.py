"""Who is in which voice channel, in one memory."""

from __future__ import annotations

from chatd.domain.voice import Voice


class Voices:
    """See :class:`chatd.live.calls.Voices`."""

    def __init__(self) -> None:
        self._channels: dict[str, dict[str, Voice]] = {}
        self._where: dict[str, str] = {}

    def put(self, dialog_id: str, voice: Voice) -> None:
        before = self._where.get(voice.id)
        if before not in (None, dialog_id):
            self.drop(before, voice.id)
        self._channels.setdefault(dialog_id, {})[voice.id] = voice
        self._where[voice.id] = dialog_id

    def drop(self, dialog_id: str, participant_id: str) -> None:
        channel = self._channels.get(dialog_id, {})
        if channel.pop(participant_id, None):
            del self._where[participant_id]
        if not channel:
            self._channels.pop(dialog_id, None)

    def within(self, dialog_id: str) -> list[Voice]:
        everybody = self._channels.get(dialog_id, {}).values()
        return sorted(everybody, key=lambda one: one.joined_at)

    def find(self, participant_id: str) -> tuple[str, Voice] | None:
        where = self._where.get(participant_id)
        return (where, self._channels[where][participant_id]) if where else None

    def channels(self) -> list[str]:
        return sorted(self._channels)
