"""Who acts just now: what the log says of each line that is logged on the way."""

from __future__ import annotations

from contextvars import ContextVar

# The principal of the command that this greenlet carries out, or the name of its task.
WHO: ContextVar[str] = ContextVar("who", default="")
