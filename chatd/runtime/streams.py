"""Standard streams as they may be: closed, full, not UTF-8, no terminal; never a traceback."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from chatd.errors import in_words

ESCAPED = "chatd-escaped"
FAILED, BROKEN = 1, 141
NO_SCREEN = ("", "dumb", "unknown")


def prepare() -> None:
    """Descriptors 0 to 2 are open, so that no file of ours is taken for one of them; and what an
    encoding cannot say is escaped, what cannot be read stays as it came."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if not is_open(number):
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
    codecs.register_error(ESCAPED, escape)
    reconfigure(sys.stdin, "surrogateescape")
    reconfigure(sys.stdout, ESCAPED)
    reconfigure(sys.stderr, ESCAPED)
    lenient: Any = Lenient(sys.stderr)
    sys.stderr = lenient


class Lenient:
    """Where words go: what was done is done, whether it can be said or not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Says it, if anybody takes it."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            forget(self._stream)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def is_open(descriptor: int) -> bool:
    """Whether there is anything behind it."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def reconfigure(stream: Any, errors: str) -> None:
    """What a stream does with characters that it has no bytes for; not every stream can."""
    with contextlib.suppress(AttributeError, OSError):
        stream.reconfigure(errors=errors)


def escape(error: UnicodeError) -> tuple[str, int]:
    """Characters as JSON escapes them, which is right inside of JSON and legible elsewhere."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end


def guard(work: Callable[[], Any]) -> Any:
    """Does it; ends with a line instead of a traceback where a stream fails. What nobody reads
    any more ends quietly."""
    status: Any = FAILED
    fault: str | None = None
    try:
        work()
    except SystemExit as ended:
        status = ended.code
    except BrokenPipeError:
        status = BROKEN
    except OSError as error:
        fault = in_words(error) if error.filename else f"stdin or stdout: {in_words(error)}"
    # Whether a stream whose write has failed fails again now is not the same in every Python.
    if fault := unwritten() or fault:
        complain(fault)
    sys.exit(status or (FAILED if fault else status))


def unwritten() -> str | None:
    """Why the last of stdout cannot be written, and then nobody tries again; of what nobody reads
    any more, nothing."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        forget(sys.stdout)
    except OSError as error:
        forget(sys.stdout)
        return f"stdout: {error.strerror}"
    return None


def forget(stream: TextIO) -> None:
    """Whatever is still to be written there goes nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(f"chatd: {text}\n")


def has_screen(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a terminal on which a full screen can be drawn and typed."""
    if environ.get("TERM", "") in NO_SCREEN:
        return False
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
