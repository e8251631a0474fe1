"""The body of a request: bounded in bytes and time, JSON without ambiguity, as a typed form."""

from __future__ import annotations

import json
from typing import Any

import falcon
import gevent
import msgspec

from chatd.context import Services
from chatd.errors import ChatdError, Malformed, TooLarge
from chatd.protocol.envelope import invalid, reason

BODY_SECONDS = 10.0


class UnsupportedMedia(ChatdError):
    """A body that is not JSON."""

    code, status = "unsupported_media_type", 415


def body_of(services: Services, request: falcon.Request) -> dict[str, Any]:
    """The JSON object in the body, ``{}`` for none; nothing is read that is too long."""
    data = received(request, services.config.server.max_body_bytes)
    if not data:
        return {}
    if (request.content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMedia("a body is application/json")
    body = decoded(data)
    if not isinstance(body, dict):
        raise Malformed("the body is a JSON object")
    return body


def received(request: falcon.Request, limit: int) -> bytes:
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


def decoded(data: bytes) -> Any:
    """JSON as msgspec reads it (no NaN, no lone surrogates), if no member is named twice: two
    readers of such a body could take it for two different ones."""
    try:
        body = msgspec.json.decode(data)
        _members.decode(data.decode())
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Malformed(f"the body is not JSON: {reason(error)}") from None
    return body


def once(members: list[tuple[str, Any]]) -> None:
    """ValueError when a member of an object is named twice."""
    if len(dict(members)) != len(members):
        raise ValueError("a member is named twice")


_members = json.JSONDecoder(object_pairs_hook=once, parse_int=str, parse_float=str)


def form(fields: dict[str, Any], type: Any, where: str) -> Any:
    """Fields as a typed form; Invalid names the field."""
    try:
        return msgspec.convert(fields, type)
    except msgspec.ValidationError as error:
        raise invalid(error, type, where) from None
