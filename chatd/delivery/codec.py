"""What a transport makes of commands, answers and events: ready frames, without any socket."""

from __future__ import annotations

from typing import Any, Protocol

from chatd.errors import ChatdError
from chatd.protocol.commands import Command
from chatd.protocol.envelope import CallerId


class EventCodec(Protocol):
    """As far as the hub needs it: followers that share one are encoded for once."""

    def event(self, name: str, data: bytes) -> bytes:
        """What is announced, its data as JSON, as a frame."""


class Codec(EventCodec, Protocol):
    """A transport's whole half of the wire."""

    def decode(
        self, frame: str | bytes, longest_text: int, *, known: bool
    ) -> tuple[CallerId, Command]:
        """A frame as the caller's id and a typed command, or BadCommand saying what is wrong;
        ``known``: of who has said hello."""

    def answer(self, caller_id: CallerId, result: Any) -> bytes:
        """The acknowledgement of a command."""

    def refusal(self, caller_id: CallerId, error: ChatdError) -> bytes:
        """The error that answers a command, or that answers no command at all (``None``)."""
