"""The JSON envelope ``{"event", "id"?, "data"?}``: typed commands in, answers and events out."""

from __future__ import annotations

import json
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import fields as fields_of

from chatd.config.explaining import choices, meaning
from chatd.errors import ChatdError, Invalid, Malformed
from chatd.protocol import (
    commands,
    errands,
    files,
    groups,
    operating,
    people,
    pushing,
    support,
    transcripts,
)
from chatd.protocol.bounds import check_bytes, check_frame, check_shape
from chatd.protocol.commands import Command

CallerId = int | str | None
READ_AGAIN = 65_536

COMMANDS: dict[str, type[Command]] = {
    command.event: command
    for command in (
        *commands.COMMANDS,
        *support.COMMANDS,
        *operating.COMMANDS,
        *errands.COMMANDS,
        *files.COMMANDS,
        *transcripts.COMMANDS,
        *pushing.COMMANDS,
        *people.COMMANDS,
        *groups.COMMANDS,
    )
}


class Envelope(Struct):
    """What a peer sent: the name of a command, the caller's id for the answer, the arguments."""

    event: str
    id: CallerId = None
    data: Raw = Raw(b"{}")


class BadCommand(Exception):
    """A frame that is no command; carries the caller's ``id``, as far as it could be read."""

    def __init__(self, caller_id: CallerId, error: ChatdError) -> None:
        super().__init__(error.message)
        self.caller_id = caller_id
        self.error = error


_envelopes = msgspec.json.Decoder(Envelope)
_decoders = {name: msgspec.json.Decoder(command) for name, command in COMMANDS.items()}
_encoder = msgspec.json.Encoder()
_ids: msgspec.json.Decoder[CallerId] = msgspec.json.Decoder(CallerId)
encode_json = _encoder.encode


def decode(
    frame: str | bytes, longest_text: int = 8_000, *, known: bool = True
) -> tuple[CallerId, Command]:
    """A frame as the caller's id and a typed command, or BadCommand saying what is wrong. Neither
    it nor what is in it is decoded before its size is judged; ``known``: of who has said hello."""
    try:
        check_frame(frame, longest_text, known=known)
    except ChatdError as error:
        raise BadCommand(None, error) from None
    try:
        envelope = _envelopes.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        unread = Malformed(f"not a command envelope: {reason(error)}")
        raise BadCommand(readable_id(frame), unread) from None
    return envelope.id, decode_command(envelope.id, envelope.event, envelope.data, longest_text)


def check_text(frame: str | bytes) -> str:
    """A frame that is text; BadCommand for a binary one."""
    if isinstance(frame, bytes):
        raise BadCommand(None, Malformed("a binary frame: commands are JSON text"))
    return frame


def decode_command(
    caller_id: CallerId, name: str, data: str | bytes | Raw, longest_text: int
) -> Command:
    """A command's arguments, whatever they came in, or BadCommand saying what is wrong."""
    decoder = _decoders.get(name)
    if decoder is None:
        raise BadCommand(caller_id, unknown_command(name))
    arguments = data.encode(errors="surrogatepass") if isinstance(data, str) else bytes(data)
    try:
        check_bytes(COMMANDS[name], len(arguments), longest_text)
        check_shape(arguments)
    except ChatdError as error:
        raise BadCommand(caller_id, error) from None
    try:
        return decoder.decode(arguments)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadCommand(caller_id, invalid(error, COMMANDS[name], name)) from None


def readable_id(frame: str | bytes) -> CallerId:
    """The caller's id in a frame that is no command but nearly JSON, as one with half a character:
    who asked shall know that this was refused."""
    if len(frame) > READ_AGAIN:
        return None
    try:
        found = json.loads(frame)
        return _ids.decode(_encoder.encode(found.get("id")))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def convert(command: type[Command], fields: dict[str, Any], *, strict: bool = True) -> Command:
    """A command from plain values (a query, a shell line); Invalid names the field.

    ``strict`` false: text is taken for numbers and booleans where these are wanted.
    """
    try:
        return msgspec.convert(fields, command, strict=strict)
    except msgspec.ValidationError as error:
        raise invalid(error, command, command.event) from None


def answer(caller_id: CallerId, data: Any) -> bytes:
    """The acknowledgement of a command."""
    return _encoder.encode({"event": "ack", "id": caller_id, "data": data})


def refusal(caller_id: CallerId, error: ChatdError) -> bytes:
    """The error that answers a command, or that answers no command at all (``id`` null)."""
    return _encoder.encode({"event": "error", "id": caller_id, "data": error.as_dict()})


def event(name: str, data: bytes) -> bytes:
    """What is announced to those who follow; its data is JSON already."""
    return b'{"event":"' + name.encode() + b'","data":' + data + b"}"


def invalid(error: Exception, kind: type[Struct], where: str) -> ChatdError:
    """A decoding error as the peer sees it: which field, what was expected or is allowed."""
    text = reason(error)
    if not isinstance(error, msgspec.ValidationError):
        return Malformed(f"{where}: {text}")
    expected, _, path = text.replace("at `key` in `$", "at `$").partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    if missing := missing_field(expected):
        field = f"{field}.{missing}".lstrip(".")
        return Invalid(f"{where}: '{field}' is missing", field=field)
    if words := words_for(kind, field):
        return Invalid(words, field=field)
    if needed := needs(kind, field):
        allowed = {"allowed": some} if (some := choices(kind, field)) else {}
        return Invalid(f"{where}: '{field}' must be {needed}", field=field, **allowed)
    return Invalid(f"{where}: {expected} in '{field or 'data'}'", field=field or "data")


def needs(kind: type[Struct], field: str) -> str:
    """What a field of a command may hold; nothing where it is not one of its own."""
    return next((meaning(one.type) for one in fields_of(kind) if one.name == field), "")


def words_for(kind: type[Struct], field: str) -> str:
    """What a field has to be, in words for people, where its type has some."""
    hint = get_type_hints(kind, include_extras=True).get(field.partition("[")[0])
    hints = (hint, *get_args(hint))
    metas = [one for each in hints for one in getattr(each, "__metadata__", ())]
    return next((meta.description for meta in metas if meta.description), "")


def missing_field(text: str) -> str:
    """The field that msgspec says is missing, or nothing."""
    _, found, rest = text.partition("missing required field `")
    return rest.partition("`")[0] if found else ""


def unknown_command(name: str) -> ChatdError:
    """Says which commands there are."""
    shown = name if len(name) <= 64 else f"{name[:64]}…"
    return Malformed(f"unknown command {shown!r}", allowed=sorted(COMMANDS))


def reason(error: Exception) -> str:
    """An error's own words, short."""
    return "too deeply nested" if isinstance(error, RecursionError) else str(error)[:300]
