"""The codec of the admin socket: requests, answers and events are lines of JSON.

A request is ``{"verb", "fields", "stay"?}``, its answer ``{"ok": true, "result", "said"}`` or
``{"ok": false, "error", "exit"}``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chatd.admin.verb import Verb
from chatd.admin.verbs import TABLE
from chatd.config.explaining import excerpt
from chatd.delivery.codec import Codec
from chatd.errors import ChatdError, Invalid, Malformed
from chatd.protocol import envelope
from chatd.protocol.commands import Command
from chatd.protocol.envelope import BadCommand, CallerId, convert, encode_json
from chatd.protocol.unreadable import needs, why_unreadable, words_for

COUNT = "a whole number of at least 1"  # of rows; more than a page holds are asked for page by page


class Asked(msgspec.Struct):
    """A request as it comes."""

    verb: str
    fields: dict[str, Any] = {}
    stay: bool = False


class Lines(Codec):
    """What one client and the daemon say. ``asked``: the last request, which is the one that an
    answer is to: none is read before the one before it is answered."""

    def __init__(self) -> None:
        self.asked = Asked("")

    @property
    def verb(self) -> Verb:
        """That of the last request."""
        return TABLE[self.asked.verb]

    def decode(
        self, frame: str | bytes, longest_text: int, *, known: bool
    ) -> tuple[CallerId, Command]:
        """A line as the command that its words are; what is watched stays in the request. Answers
        need no id: they come in order."""
        try:
            self.asked = read_request(frame)
            return None, to_command(self.verb, {} if self.verb.stream else self.asked.fields)
        except ChatdError as error:
            raise BadCommand(None, error) from None

    def answer(self, caller_id: CallerId, result: Any) -> bytes:
        """A result, and in a sentence what was done."""
        plain = msgspec.to_builtins(result)
        said = self.verb.done(self.asked.fields, plain) if self.verb.done else ""
        return encode_json({"ok": True, "result": plain, "said": said}) + b"\n"

    def refusal(self, caller_id: CallerId, error: ChatdError) -> bytes:
        """An error, and the status that a command ends with for it."""
        told = {"ok": False, "error": spell_fields(self.asked.verb, error), "exit": error.exit_code}
        return encode_json(told) + b"\n"

    def event(self, name: str, data: bytes) -> bytes:
        """Its name and its data, as JSON."""
        return envelope.event(name, data) + b"\n"


def spell_fields(verb: str, error: ChatdError) -> dict[str, Any]:
    """An error with the fields that it quotes called as who typed them knows them: ``--until``."""
    told = error.as_dict()
    if isinstance(error, Invalid) and (known := TABLE.get(verb)):
        names = [one.name for one in known.params] + [one.field for one in known.options]
        for name in names:
            told["message"] = told["message"].replace(f"'{name}'", known.spell(name))
    return told


LINES = Lines()  # of all who watch: what is announced is encoded for all of them at once


def to_command(verb: Verb, fields: dict[str, Any]) -> Command:
    """The command that the words are; Invalid names the word as it is written, not the field."""
    try:
        return convert(verb.command, fields, strict=False)
    except Invalid as error:
        name = error.details.get("field", "")
        needed = COUNT if verb.paged and name == "limit" else needs(verb.command, name)
        if words_for(verb.command, name) or not needed:
            raise
        field, said = find_said(fields, name)
        text = f"{verb.spell(field)} must be {needed}, not {excerpt(said)}"
        raise Invalid(text, **error.details) from None


def find_said(fields: dict[str, Any], name: str) -> tuple[str, Any]:
    """A field and what was said for it, or for the one of several that is meant: ``scopes[1]``."""
    field, _, at = name.rstrip("]").partition("[")
    said = fields.get(field)
    return (field, said[int(at)]) if at.isdecimal() and isinstance(said, list) else (name, said)


def read_request(line: str | bytes) -> Asked:
    """A line as a request, or Malformed."""
    try:
        asked = msgspec.json.decode(line, type=Asked)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(f"not a request: {why_unreadable(error, line)}") from None
    if asked.verb not in TABLE:
        raise Malformed(f"no such verb {asked.verb[:40]!r}")
    return asked
