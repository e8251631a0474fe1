"""The body of a request: bounded in bytes, values and time, JSON without ambiguity, read once."""

from __future__ import annotations

import json
import math
from typing import Any

import falcon
import gevent
import msgspec

from chatd.errors import ChatdError, Malformed, TooLarge
from chatd.protocol.bounds import check_shape, most_bytes
from chatd.protocol.commands import Command
from chatd.protocol.unreadable import invalid, why_unreadable
from chatd.service.context import Services

BODY_SECONDS = 10.0


class UnsupportedMedia(ChatdError):
    """A body that is not JSON."""

    code, status = "unsupported_media_type", 415


def body_of(services: Services, request: falcon.Request, command: type[Command]) -> dict[str, Any]:
    """The JSON object in the body, ``{}`` for none; nothing is read that is too long for this
    command."""
    config = services.config
    limit = min(config.server.max_body_bytes, most_bytes(command, config.longest_text))
    data = read_body(request, limit)
    if not data:
        return {}
    if (request.content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMedia("a body is application/json")
    body = decode_json(data)
    if not isinstance(body, dict):
        raise Malformed("the body is a JSON object")
    return body


def read_body(request: falcon.Request, limit: int) -> bytes:
    """All of the body. Read as the server gives it, which knows chunked ones, too."""
    too_large = TooLarge(f"a body holds at most {limit} bytes", limit=limit)
    if (request.content_length or 0) > limit:
        raise too_large
    try:
        with gevent.Timeout(BODY_SECONDS, Malformed(f"the body took over {BODY_SECONDS:.0f} s")):
            data: bytes = request.env["wsgi.input"].read(limit + 1)
    except OSError:
        raise Malformed("the body broke off") from None
    if len(data) > limit:
        raise too_large
    return data


def decode_json(data: bytes) -> Any:
    """JSON without NaN and lone surrogates, and with no member named twice: two readers of such a
    body could take it for two different ones."""
    check_shape(data)
    try:
        body = _decoder.decode(data.decode())
        if b"\\u" in data:
            msgspec.json.encode(body)
    except (ValueError, RecursionError) as error:
        raise no_json(why_unreadable(error, data)) from None
    return body


def no_json(why: str) -> Malformed:
    """The refusal of a body, and why."""
    return Malformed(f"the body is not JSON: {why}")


def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; Malformed when a member is named twice."""
    found = dict(members)
    if len(found) != len(members):
        raise no_json("a member is named twice")
    return found


def finite(text: str) -> float:
    """A number that is one; Malformed for ``NaN``, ``Infinity`` and ``1e999``."""
    number = float(text)
    if not math.isfinite(number):
        raise no_json(f"{text[:32]} is no number")
    return number


_decoder = json.JSONDecoder(object_pairs_hook=once, parse_float=finite, parse_constant=finite)


def form(fields: dict[str, Any], type: Any, where: str) -> Any:
    """Fields as a typed form; Invalid names the field."""
    try:
        return msgspec.convert(fields, type)
    except msgspec.ValidationError as error:
        raise invalid(error, type, where) from None
