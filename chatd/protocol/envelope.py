"""The JSON envelope ``{"event", "id"?, "data"?}``: typed commands in, answers and events out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import Raw, Struct

from chatd.errors import ChatdError, Malformed
from chatd.protocol import (
    assisting,
    belongings,
    board,
    calls,
    canned,
    commands,
    customers,
    endings,
    erasing,
    errands,
    files,
    groups,
    managing,
    muting,
    operating,
    operators,
    passkeys,
    people,
    programs,
    pushing,
    reports,
    saved_views,
    searching,
    second_factors,
    sessions,
    sites,
    support,
    transcripts,
    visitors,
    work,
)
from chatd.protocol.bounds import check_bytes, check_frame, check_shape
from chatd.protocol.commands import Command
from chatd.protocol.unreadable import READ_AGAIN, invalid, why_unreadable

CallerId = int | str | None

LONGEST_SHOWN = 64

COMMANDS: dict[str, type[Command]] = {
    command.event: command
    for command in (
        *commands.COMMANDS,
        *support.COMMANDS,
        *operators.COMMANDS,
        *work.COMMANDS,
        *operating.COMMANDS,
        *errands.COMMANDS,
        *files.COMMANDS,
        *endings.COMMANDS,
        *erasing.COMMANDS,
        *transcripts.COMMANDS,
        *belongings.COMMANDS,
        *pushing.COMMANDS,
        *passkeys.COMMANDS,
        *people.COMMANDS,
        *programs.COMMANDS,
        *reports.COMMANDS,
        *board.COMMANDS,
        *groups.COMMANDS,
        *muting.COMMANDS,
        *searching.COMMANDS,
        *second_factors.COMMANDS,
        *sessions.COMMANDS,
        *customers.COMMANDS,
        *sites.COMMANDS,
        *canned.COMMANDS,
        *managing.COMMANDS,
        *visitors.COMMANDS,
        *saved_views.COMMANDS,
        *calls.COMMANDS,
        *assisting.COMMANDS,
    )
}

FAMILIES: dict[str, dict[str, str]] = {}  # by their first word and their second
for _name in COMMANDS:
    FAMILIES.setdefault(_name.partition(":")[0], {})[_name.partition(":")[2]] = _name


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
        unread = Malformed(f"not a command envelope: {why_unreadable(error, frame)}")
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
        raise BadCommand(caller_id, invalid(error, COMMANDS[name], name, arguments)) from None


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


def unknown_command(name: str) -> ChatdError:
    """Says which one may have been meant, and where all are."""
    shown = name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}…"
    near = nearest_command(name[:LONGEST_SHOWN])
    meant, told = (f", perhaps {near!r}", {"nearest": near}) if near else ("", {})
    return Malformed(f"unknown command {shown!r}{meant}: all are in docs/commands.md", **told)


def nearest_command(name: str) -> str:
    """The one that is written nearly so, nothing where none is; by its first word, then its second,
    each begun alike: all with all would take longer than to do what was asked."""
    first, _, second = name.partition(":")
    for family in nearest_key(first, FAMILIES):
        for near in nearest_key(second, FAMILIES[family]):
            return FAMILIES[family][near]
    return ""


def nearest_key(word: str, keys: Iterable[str]) -> list[str]:
    """The one of these that is nearest, of those that begin with the same letter."""
    return get_close_matches(word, [one for one in keys if one[:1] == word[:1]], 1)
