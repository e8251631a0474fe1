"""``/openapi.json``, made from the table of routes and the types of the commands."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import falcon
import msgspec

from chatd import __version__
from chatd.net.http.identity import COOKIE
from chatd.net.http.routes import ROUTES, Route
from chatd.net.http.views import MessageView
from chatd.protocol import views
from chatd.protocol.envelope import encode_json

FAILURES = {
    400: "malformed",
    401: "not identified",
    403: "forbidden",
    404: "absent",
    409: "conflict",
    413: "too large",
    415: "not JSON",
    422: "a field is wrong",
    429: "too often; Retry-After says when to try again",
    503: "not now; Retry-After says when to try again",
}
ERROR = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        },
    },
}
OBJECTS = {"type": "array", "items": {"type": "object"}}


def shown(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """What looks like one of ``protocol/views.py``, or like a message over HTTP."""
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def list_of(*kinds: type[msgspec.Struct]) -> dict[str, Any]:
    """Several that look so, or so."""
    if len(kinds) == 1:
        return {"type": "array", "items": shown(kinds[0])}
    return {"type": "array", "items": {"anyOf": [shown(kind) for kind in kinds]}}


SHOWN = (MessageView, views.Ticket, views.QueueRow, views.Room, views.Operator)
MESSAGE = shown(MessageView)
MEMBERS: dict[str, dict[str, Any]] = {
    "canned": OBJECTS,
    "changed": list_of(MessageView),
    "connections": OBJECTS,
    "cursor": {"type": ["string", "null"]},
    "expected_wait_s": {"type": ["number", "null"]},
    "message": MESSAGE,
    "messages": list_of(MessageView),
    "more": {"type": "boolean"},
    "operator": shown(views.Operator),
    "operators": list_of(views.Operator),
    "operators_online": {"type": "integer"},
    "position": {"type": "integer"},
    "resync": {"type": "boolean"},
    "rev": {"type": "integer"},
    "rooms": list_of(views.Room),
    "texts": {"type": "object", "additionalProperties": {"type": "string"}},
    "ticket": shown(views.Ticket),
    "ticket_id": {"type": "string"},
    "tickets": list_of(views.Ticket, views.QueueRow),
    "token": {"type": "string"},
    "waiting": {"type": "integer"},
}


class Document:
    """The document, made once."""

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """→ OpenAPI 3.1."""
        response.data = document()

    on_head = on_get


@cache
def document() -> bytes:
    """The document as JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(public_path(route), {})[route.method.lower()] = operation(route)
    return encode_json(
        {
            "openapi": "3.1.0",
            "info": {"title": "chatd", "version": __version__},
            "paths": paths,
            "components": {
                "schemas": schemas(*SHOWN),
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer"},
                    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                },
            },
        }
    )


def public_path(route: Route) -> str:
    """The path as OpenAPI writes it, without falcon's converters."""
    return re.sub(r"{(\w+):\w+}", r"{\1}", route.path)


def operation(route: Route) -> dict[str, Any]:
    """One route."""
    in_path = set(re.findall(r"{(\w+)}", public_path(route)))
    fields = schema(route.form or route.command)
    described: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}{re.sub(r'[^a-z]+', '_', public_path(route))}",
        "security": [*([{}] if route.open else []), {"token": []}, {"session": []}],
        "parameters": [parameter(name, "path", fields, True) for name in sorted(in_path)],
        "responses": responses(route),
    }
    free = {
        name: one
        for name, one in fields["properties"].items()
        if name not in in_path and name not in route.fixed
    }
    if route.method == "POST":
        described["requestBody"] = body(route, fields, free)
    else:
        required = fields.get("required", [])
        described["parameters"] += [
            parameter(name, "query", fields, name in required) for name in free
        ]
    return described


def parameter(name: str, place: str, fields: dict[str, Any], required: bool) -> dict[str, Any]:
    """A field in the path or the query."""
    return {
        "name": name,
        "in": place,
        "required": required,
        "schema": fields["properties"].get(name, {"type": "string"}),
    }


def body(route: Route, fields: dict[str, Any], free: dict[str, Any]) -> dict[str, Any]:
    """The JSON object that a POST takes."""
    renamed = route.renamed
    required = [renamed.get(one, one) for one in fields.get("required", []) if one in free]
    properties = {renamed.get(name, name): one for name, one in free.items()}
    described = {"type": "object", "properties": properties, "required": required}
    return {"required": bool(required), "content": {"application/json": {"schema": described}}}


def responses(route: Route) -> dict[str, Any]:
    """What may be answered."""
    success = {
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"const": True}, "data": data(route)},
    }
    answers: dict[str, Any] = {str(route.status): answer(route.summary, success)}
    return answers | {str(status): answer(text, ERROR) for status, text in FAILURES.items()}


def data(route: Route) -> dict[str, Any]:
    """What is in a success."""
    if route.takes[:1] == ("*message",):
        return MESSAGE
    if route.action is None and hasattr(route.command, "result"):
        return over_http(schema(route.command.result))
    names = route.gives or route.takes
    properties = {name: MEMBERS[name] for name in (*names, *route.may_give) if name in MEMBERS}
    return {"type": "object", "required": list(names), "properties": properties}


def over_http(shape: dict[str, Any]) -> dict[str, Any]:
    """The same with messages as HTTP shows them."""
    said = msgspec.json.encode(shape).replace(b'schemas/Message"', b'schemas/MessageView"')
    return msgspec.json.decode(said)  # type: ignore[no-any-return]


def answer(text: str, shape: dict[str, Any]) -> dict[str, Any]:
    """One kind of answer."""
    return {"description": text, "content": {"application/json": {"schema": shape}}}


def schema(type: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields of a command or form."""
    found: dict[str, Any] = schemas(type)[type.__name__]
    return found


def schemas(*types: type[msgspec.Struct]) -> dict[str, Any]:
    """Structures as JSON schema, with what these are made of; in regular expressions, which are
    JavaScript's, ``$`` is the very end."""
    found = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")[1]
    said = msgspec.json.encode(found).replace(rb"\\Z", b"$")
    return msgspec.json.decode(said)  # type: ignore[no-any-return]
