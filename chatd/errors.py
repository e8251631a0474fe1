"""The errors that peers see: each has a stable ``code``, an HTTP status and a shell exit code.

The text of an error is written for the peer. What went wrong inside the daemon
is logged, never sent.
"""

from __future__ import annotations

from typing import Any, ClassVar


class ChatdError(Exception):
    """An error that is told to the peer; ``details`` are extra members of the error object.

    ``public``: what peers are told instead, where the message is for who operates the daemon.
    ``reason``: what kind of refusal is counted and logged with it. ``noted``: that was done.
    """

    public: ClassVar[str | None] = None
    reason: ClassVar[str] = ""
    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.noted = False

    def for_peers(self) -> ChatdError:
        """What peers are told; files and offsets are none of their business."""
        return self if self.public is None else type(self)(self.public)

    def as_dict(self) -> dict[str, Any]:
        """The error object of the wire: ``code``, ``message`` and the details."""
        return {"code": self.code, "message": self.message, **self.details}


class Malformed(ChatdError):
    """The request cannot be read at all: not JSON, no envelope, an unknown command."""

    code, status, exit_code = "malformed", 400, 2


class Invalid(ChatdError):
    """The request can be read, but a field is wrong; ``field`` names it."""

    code, status, exit_code = "invalid", 422, 2


class Rejected(Invalid):
    """The words are right, what they lead to is not: nothing has changed."""

    exit_code = 1


class Unauthenticated(ChatdError):
    """Nobody is identified: no token, an unknown or an expired one, a wrong password."""

    code, status, exit_code = "unauthenticated", 401, 4


class Forbidden(ChatdError):
    """The principal may not do this."""

    code, status, exit_code = "forbidden", 403, 4


class ForeignOrigin(Forbidden):
    """The page that asks may not; ``origin`` says which it is."""

    reason = "origin"

    def __init__(self, message: str, origin: str | None) -> None:
        super().__init__(message, origin=(origin or "")[:200])


class Banned(Forbidden):
    """Who asks is kept out, or where they come from; ``until`` says for how long. ``target``, which
    the log has and no peer is told: by which ban."""

    reason = "ban"

    def __init__(self, message: str, *, until: str | None, target: str) -> None:
        super().__init__(message, banned=True, until=until)
        self.target = target


class NotFound(ChatdError):
    """No such thing, or none that this principal may know of."""

    code, status, exit_code = "not_found", 404, 5


class Conflict(ChatdError):
    """It was done already, by somebody else, or the state does not allow it."""

    code, status, exit_code = "conflict", 409, 6


class TooManyOpen(Conflict):
    """As many of one's own as one may have."""

    reason = "cap"


class Overtaken(Conflict):
    """What was read to decide by is not what is there any more: somebody else was faster."""


class TooLarge(ChatdError):
    """More bytes, characters or items than allowed; says how many are."""

    code, status, exit_code = "too_large", 413, 2
    reason = "cap"


class RateLimited(ChatdError):
    """Too often; ``retry_after`` says in how many seconds to try again."""

    code, status, exit_code = "rate_limited", 429, 1
    reason = "limit"


class LockedOut(RateLimited):
    """Too many wrong passwords for this account."""

    reason = "lockout"


class TooMany(RateLimited):
    """As many at once from one address as there may be."""

    reason = "cap"


class Unavailable(ChatdError):
    """The daemon cannot do this now: storage failing, draining, a limit of the machine."""

    code, status, exit_code = "unavailable", 503, 1


class Full(Unavailable):
    """As many at once as there may be."""

    reason = "cap"


class Damaged(ChatdError):
    """A file of the store is damaged; says which, where, and what can be done."""

    code = "damaged"
    public = "what is stored here is damaged; who operates this daemon has been told"


class Internal(ChatdError):
    """A fault of the daemon's own; the log has it under the ``incident`` that the peer is told."""


class ConfigError(Exception):
    """The configuration is refused; the text names the file, the key and what is allowed."""


def in_words(error: Exception) -> str:
    """An error as people read it: the system's words and which file, without its number."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error) or type(error).__name__
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def race_lost(id: str, **told: Any) -> Overtaken:
    """Somebody else changed it since it was read."""
    return Overtaken(f"{id} was changed by somebody else meanwhile", **told)


def fault_of_ours(incident: str) -> Internal:
    """A fault of ours, under the number that the log has it under."""
    return Internal("the daemon failed at this; the incident is logged", incident=incident)


def nobody() -> Unauthenticated:
    """Who asks is nobody yet."""
    return Unauthenticated("say hello first, or log in: nobody is identified here")


def needs_enrolling() -> Forbidden:
    """Who asks has to have a second factor first."""
    return Forbidden("a second factor is needed first: factor:begin, factor:confirm", enrol=True)


def foreign_token() -> Forbidden:
    """Who asks is somebody, but not on this page's site."""
    return Forbidden("this token belongs to another site")


def strange_page(origin: str) -> ForeignOrigin:
    """No site lets pages of this origin ask."""
    return ForeignOrigin("this page's origin may not ask", origin)
