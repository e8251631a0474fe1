"""The codec of raw WebSocket connections: the JSON envelope, each in a text frame of its own."""

from __future__ import annotations

from typing import Any

from chatd.delivery.codec import Codec
from chatd.errors import ChatdError
from chatd.net.frames import encode_text
from chatd.protocol import envelope
from chatd.protocol.commands import Command
from chatd.protocol.envelope import CallerId


class JsonFrames(Codec):
    """The envelope in text frames."""

    def decode(
        self, frame: str | bytes, longest_text: int, *, known: bool
    ) -> tuple[CallerId, Command]:
        """A message as the caller's id and a command, or BadCommand."""
        return envelope.decode(envelope.check_text(frame), longest_text, known=known)

    def answer(self, caller_id: CallerId, result: Any) -> bytes:
        """An ``ack``."""
        return encode_text(envelope.answer(caller_id, result))

    def refusal(self, caller_id: CallerId, error: ChatdError) -> bytes:
        """An ``error``."""
        return encode_text(envelope.refusal(caller_id, error))

    def event(self, name: str, data: bytes) -> bytes:
        return encode_text(envelope.event(name, data))


JSON_FRAMES = JsonFrames()
