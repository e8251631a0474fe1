"""Engine.IO's own refusals, by its numbers."""

from __future__ import annotations

from typing import Any

from chatd.errors import ChatdError

UNKNOWN_TRANSPORT = 0, "Transport unknown"
UNKNOWN_SID = 1, "Session ID unknown"
BAD_METHOD = 2, "Bad handshake method"
BAD_REQUEST = 3, "Bad request"
FORBIDDEN = 4, "Forbidden"
UNSUPPORTED = 5, "Unsupported protocol version"


class Refused(ChatdError):
    """A request that is none of a session's: ``number`` is Engine.IO's for it."""

    code, status = "malformed", 400
    reason = "malformed"

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


def describe(error: ChatdError) -> dict[str, Any]:
    """An error with Engine.IO's number for it."""
    number = error.number if isinstance(error, Refused) else FORBIDDEN[0]
    return {"code": number, "message": error.message}
