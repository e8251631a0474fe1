"""``/openapi.json``, made from the table of routes and the types of the commands."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import falcon
import msgspec

from chatd import __version__
from chatd.net.http import tables
from chatd.net.http.identity import COOKIE
from chatd.net.http.route import Route
from chatd.net.http.routes import ROUTES
from chatd.net.http.transcripts import ENDINGS
from chatd.net.http.views import MessageView
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
COMPONENTS = "#/components/schemas/"
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
                "schemas": schemas(MessageView, *dict.fromkeys(route.result for route in ROUTES)),
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
    if route.written:
        content = answers[str(route.status)]["content"]
        content |= {kind: {"schema": {"type": "string"}} for kind in ENDINGS}
    if route.table:
        answers[str(route.status)]["content"][tables.CSV] = {"schema": {"type": "string"}}
    return answers | {str(status): answer(text, ERROR) for status, text in FAILURES.items()}


def data(route: Route) -> dict[str, Any]:
    """What is in a success; a page that asks for a cookie is given no token."""
    name = route.result.__name__
    if not route.takes and route.cookie != "begin":
        return {"$ref": f"{COMPONENTS}{name}"}
    found = schema(route.result)
    if route.takes:
        return dict(found["properties"][route.takes])
    return found | {"required": [one for one in found["required"] if one != "token"]}


def answer(text: str, shape: dict[str, Any]) -> dict[str, Any]:
    """One kind of answer."""
    return {"description": text, "content": {"application/json": {"schema": shape}}}


def schema(type: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields of a command or form."""
    found: dict[str, Any] = schemas(type)[type.__name__]
    return found


def schemas(*types: type[msgspec.Struct]) -> dict[str, Any]:
    """Structures as JSON schema, with what these are made of, messages as HTTP shows them; in
    regular expressions, which are JavaScript's, ``$`` is the very end."""
    found = msgspec.json.schema_components(types, ref_template=f"{COMPONENTS}{{name}}")[1]
    found.pop("Message", None)
    said = msgspec.json.encode(found).replace(rb"\\Z", b"$")
    said = said.replace(f'{COMPONENTS}Message"'.encode(), f'{COMPONENTS}MessageView"'.encode())
    return msgspec.json.decode(said)  # type: ignore[no-any-return]
