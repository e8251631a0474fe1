"""What the terminals read is what the daemon tells: no member that there is not, none of another
kind. They read less of it, and forgive what is left out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import Struct

from chatd.protocol import calling, companions, events, results, views
from chatd.terminal.console.board import Row
from chatd.terminal.console.session import Colleague, Mention
from chatd.terminal.core import shapes

DIALOGS = (companions.Direct, companions.Group)
READ: dict[type[Struct], tuple[type[Struct], ...]] = {
    shapes.Me: (views.Me,),
    shapes.LastMessage: (views.LastMessage,),
    shapes.Place: (views.Room, views.Ticket, *DIALOGS),
    shapes.Listed: (views.Room, views.Ticket, *DIALOGS),
    shapes.Companion: (companions.Companion,),
    shapes.News: (events.DialogNews,),
    shapes.Person: (views.Participant,),
    shapes.Snapshot: (views.Draft,),
    shapes.Typing: (events.TypingStart, events.TypingStop),
    shapes.MessageUpdate: (views.Message, views.Reactions),
    shapes.DraftEdit: (events.DraftEdit,),
    shapes.PresenceUpdate: (events.PresenceUpdate,),
    shapes.ReceiptUpdate: (views.Receipt,),
    shapes.DialogUpdate: (events.DialogUpdate,),
    shapes.Voice: (calling.VoiceParty,),
    shapes.VoiceUpdate: (events.VoiceUpdate,),
    shapes.QueueTicket: (views.QueueRow, views.Ticket),
    shapes.QueueUpdate: (events.QueueUpdate,),
    Mention: (events.NoteMention, results.Mention),
    Row: (views.QueueRow, views.Ticket),
    Colleague: (views.Operator,),
}
# What the terminal adds to what it was told.
ADDED = {Row: {"beside"}}


def kinds(kind: type[Struct]) -> dict[str, set[str]]:
    """Of each member the kinds of JSON that it may be."""
    _, components = msgspec.json.schema_components([kind], ref_template="{name}")
    return {
        name: json_kinds(schema) for name, schema in components[kind.__name__]["properties"].items()
    }


def json_kinds(schema: dict[str, Any]) -> set[str]:
    """The kinds, as JSON calls them."""
    if "anyOf" in schema:
        return set().union(*map(json_kinds, schema["anyOf"]))
    if "enum" in schema:
        return {"string"}
    return {"object" if "$ref" in schema else schema["type"]}


@pytest.mark.parametrize("shape", READ, ids=lambda shape: shape.__name__)
def test_a_shape_reads_what_is_told(shape: type[Struct]) -> None:
    read, told = kinds(shape), [kinds(one) for one in READ[shape]]
    for name in read.keys() - ADDED.get(shape, set()):
        may_be = read[name]
        told_as = set().union(*(one.get(name, set()) for one in told))
        assert told_as, f"{name} is never told"
        assert told_as <= may_be, name


def test_each_structure_that_is_read_of_an_event_is_judged() -> None:
    own = {
        one
        for one in vars(shapes).values()
        if isinstance(one, type) and issubclass(one, Struct) and one.__module__ == shapes.__name__
    }
    answers = {shapes.Frame, shapes.Welcome, shapes.Page, shapes.Joined}
    answers |= {shapes.Queue, shapes.Canned, shapes.FileShown, shapes.OneDialog}
    assert own - answers <= READ.keys()
