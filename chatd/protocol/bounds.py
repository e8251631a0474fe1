"""How large what peers send may be, judged before it is decoded: bytes, values, depth."""

from __future__ import annotations

from chatd.errors import Malformed, TooLarge
from chatd.protocol.commands import Command

MOST_BYTES = 57_344  # a hello with all its joins, and where one is
META_BYTES = 98_304  # of a ticket that is opened: meta, attributes, the answers of a form
ENVELOPE_BYTES = 1_024  # the name of a command and the caller's id, around its arguments
BYTES_OF_CHAR = 4  # at most, as it is sent
BYTES_PER_CHAR = 12  # an emoji, written in JSON as two escapes
MOST_VALUES = 2_048
MOST_DEPTH = 32
MOST_QUOTES = 4 * MOST_VALUES  # two for a value, two for its name
NO_STRUCTURE = bytes(set(range(256)) - set(b"{}[],"))


def most_bytes(command: type[Command], longest_text: int) -> int:
    """How many bytes of JSON a command may have: few, and so many more where a text is in it."""
    return bytes_with(longest_text) if command.has_text else MOST_BYTES


def bytes_with(longest_text: int) -> int:
    """How many a command has at most that has a text in it."""
    return MOST_BYTES + longest_text * BYTES_PER_CHAR + META_BYTES


def check_frame(frame: str | bytes, longest_text: int, *, known: bool) -> None:
    """TooLarge for a frame that is longer than any command may be, or, of who is nobody yet and
    may give none that has a text, longer than any other."""
    limit = ENVELOPE_BYTES + (bytes_with(longest_text) if known else MOST_BYTES)
    if len(frame) * BYTES_OF_CHAR <= limit:
        return
    sent = frame.encode(errors="surrogatepass") if isinstance(frame, str) else frame
    if len(sent) > limit:
        raise TooLarge(f"a command has at most {limit} bytes here", limit=limit)


def check_bytes(command: type[Command], size: int, longest_text: int) -> None:
    """TooLarge for arguments that are longer than any that are good."""
    limit = most_bytes(command, longest_text)
    if size > limit:
        raise TooLarge(f"{command.event} has at most {limit} bytes", limit=limit)


def check_shape(data: bytes) -> None:
    """TooLarge for JSON of more values than anything of ours has, Malformed for deeper nesting;
    what is inside of strings does not count."""
    if len(data) <= MOST_VALUES and data.count(b"{") + data.count(b"[") <= MOST_DEPTH:
        return  # whatever is in it
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    if unescaped.count(b'"') > MOST_QUOTES:
        raise TooLarge(f"JSON of more than {MOST_VALUES} values", limit=MOST_VALUES)
    structure = b"".join(unescaped.split(b'"')[::2]).translate(None, NO_STRUCTURE)
    if depth_of(structure[: 2 * MOST_VALUES]) > MOST_DEPTH:
        raise Malformed(f"too deeply nested: {MOST_DEPTH} levels are allowed")
    if len(structure) - structure.count(b"}") - structure.count(b"]") > MOST_VALUES:
        raise TooLarge(f"JSON of more than {MOST_VALUES} values", limit=MOST_VALUES)


def depth_of(structure: bytes) -> int:
    """How deep brackets nest."""
    depth = deepest = 0
    for byte in structure.replace(b",", b""):
        depth += 1 if byte in b"{[" else -1
        deepest = max(deepest, depth)
    return deepest
