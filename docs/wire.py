"""What the daemon announces and shows, as a page and as TypeScript: from the types of the code."""

from __future__ import annotations

import inspect
import json
import textwrap
from typing import Any, get_args

import msgspec
from msgspec import Struct

from chatd.domain import topics
from chatd.protocol import canned, sites, views
from chatd.protocol.commands import Command
from chatd.protocol.envelope import COMMANDS
from chatd.protocol.events import EVENTS, Event
from chatd.protocol.results import NotJoined, Result

GENERATED = "Written by docs/generate.py; change the code, not this file."
WIDTH = 100
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}
PLAIN["null"] = "null"


def view_types() -> list[type[Struct]]:
    """The structures of ``protocol/views.py``, those of sites and canned answers."""
    return [
        one
        for module in (views, sites, canned)
        for one in vars(module).values()
        if inspect.isclass(one) and issubclass(one, Struct) and one.__module__ == module.__name__
        if not issubclass(one, (Command, Result))
    ]


def schemas() -> dict[str, dict[str, Any]]:
    """Every structure that is told of, by its name, as JSON schema."""
    events = [one for one in EVENTS.values() if one.shape is None]
    results = dict.fromkeys(one.result for one in COMMANDS.values())
    told = [*view_types(), *events, *results, NotJoined]
    return msgspec.json.schema_components(told, ref_template="{name}")[1]


def shape_of(event: type[Event]) -> str:
    """What the data of an event are, in TypeScript."""
    shape = event.shape or event
    return " | ".join(one.__name__ for one in get_args(shape) or (shape,))


def typed(schema: dict[str, Any]) -> str:
    """A JSON schema as a TypeScript type."""
    if "$ref" in schema:
        return str(schema["$ref"])
    if "anyOf" in schema:
        return " | ".join(typed(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(one, ensure_ascii=False) for one in schema["enum"])
    if schema.get("type") == "array":
        item = typed(schema.get("items", {}))
        return f"({item})[]" if "|" in item else f"{item}[]"
    if schema.get("type") == "object":
        return f"Record<string, {typed(schema.get('additionalProperties', {}))}>"
    return PLAIN.get(schema.get("type", ""), "unknown")


def members(schema: dict[str, Any]) -> list[tuple[str, str]]:
    """A structure's members with their types; ``?`` behind one that may be left out."""
    required = schema.get("required", [])
    return [
        (name if name in required else f"{name}?", typed(one))
        for name, one in schema["properties"].items()
    ]


def said(schema: dict[str, Any]) -> str:
    """What a structure says of itself, in one line."""
    return " ".join(schema.get("description", "").split()).replace("``", "`")


def typescript() -> str:
    """Every structure as an interface, and the events by their names."""
    lines = [f"// {GENERATED}", ""]
    for name, schema in schemas().items():
        lines += [*comment(said(schema)), f"export interface {name} {{"]
        for member, kind in members(schema):
            lines += declaration(member, kind)
        lines += ["}", ""]
    lines += ["/** A room, a ticket or a ticket's notes. */"]
    lines += [f"export type Dialog = {typed(dialog())};", ""]
    lines += ["/** The events by their names: what their data are. */"]
    lines += ["export interface Events {"]
    lines += [f"  {json.dumps(name)}: {shape_of(event)};" for name, event in EVENTS.items()]
    lines += ["}", "", "/** The commands by their names: what they are answered with. */"]
    lines += ["export interface Answers {"]
    lines += [
        f"  {json.dumps(name)}: {command.result.__name__};" for name, command in COMMANDS.items()
    ]
    return "\n".join([*lines, "}", ""])


def answer(command: type[Any]) -> list[str]:
    """What a command is answered with, as a list."""
    name = command.result.__name__
    return [f"- *answered with:* {said(schemas()[name])}", *indented(listed(schemas()[name]))]


def indented(lines: list[str]) -> list[str]:
    """A list in a list."""
    return [f"  {line}" for line in lines]


def comment(text: str) -> list[str]:
    """A comment of one line, or of several."""
    if len(text) <= WIDTH:
        return [f"/** {text} */"]
    return ["/**", *(f" * {line}" for line in textwrap.wrap(text, WIDTH)), " */"]


def declaration(member: str, kind: str) -> list[str]:
    """A member of an interface; what is one of many, on lines of their own."""
    if len(kind) <= WIDTH - len(member):
        return [f"  {member}: {kind};"]
    choices = [f"    | {one}" for one in kind.split(" | ")]
    return [f"  {member}:", *choices[:-1], f"{choices[-1]};"]


def dialog() -> dict[str, Any]:
    """The schema of any dialog."""
    return msgspec.json.schema_components([views.Dialog], ref_template="{name}")[0][0]


def page() -> str:
    """Every event: what it tells, to whom, whether it may be dropped; and every structure."""
    lines = ["# Events and what they show", "", f"<!-- {GENERATED} -->", INTRODUCTION]
    for name, event in EVENTS.items():
        lines += [f"## `{name}`", "", one_line(event), ""]
        lines += [f"- *to:* {', '.join(AUDIENCES[one] for one in event.audience)}"]
        lines += [f"- *under pressure:* {pressure(event)}"]
        lines += told(event)
    lines += ["# What is shown", ""]
    for kind in view_types():
        lines += [f"## {kind.__name__}", "", said(schemas()[kind.__name__]), ""]
        lines += [*listed(schemas()[kind.__name__]), ""]
    return "\n".join(lines).rstrip() + "\n"


def told(event: type[Event]) -> list[str]:
    """The members of an event, or the structure that its data are."""
    if event.shape is None:
        return [*listed(schemas()[event.__name__]), ""]
    return [f"- *data:* {shape_of(event).replace(' | ', ' or ')}, as below", ""]


def listed(schema: dict[str, Any]) -> list[str]:
    """Members as a list."""
    return [f"- `{name}`: `{kind}`" for name, kind in members(schema)]


def one_line(event: type[Event]) -> str:
    """What an event says of itself."""
    return " ".join((event.__doc__ or "").split()).replace("``", "`")


def pressure(event: type[Event]) -> str:
    """Whether an event may be dropped, and for which newer one."""
    if event.key is Event.key:
        return "always arrives, or the connection is closed to resume"
    return f"may be dropped for a newer one. {' '.join((event.key.__doc__ or '').split())}"


AUDIENCES = {
    topics.DIALOG: "who follows the dialog",
    topics.STAFF: "the operators who have the ticket open",
    topics.CUSTOMER: "the customer who has the ticket open",
    topics.PARTICIPANT: "the participant, on all their connections",
    topics.ROOM_LIST: "who watches the list of rooms",
    topics.PEER: "the one connection that is in the call",
    topics.LIST: "the participant, where they watch the list of their dialogs",
    topics.QUEUE: "who watches the queue of these sites",
    topics.VISITORS: "who watches the visitors of the site",
    topics.EVENTS: "who watches the events at the machine",
}
INTRODUCTION = """
What each means is told in [protocol.md](protocol.md). A member with a `?` is left out where it is
not for its reader, or does not apply. Ignore members that you do not know: they grow. The same for
TypeScript is in [protocol.d.ts](../chatd/web/shared/protocol.d.ts).
"""
