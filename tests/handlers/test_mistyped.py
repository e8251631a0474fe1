"""Of a mistyped target the audit log keeps no words: whoever is forgotten is in it by ids alone."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.dispatch import auditing
from chatd.domain.principal import Principal
from chatd.protocol.commands import ReactToMessage
from chatd.protocol.operating import AddBan, KickConnection
from chatd.protocol.operators import Login
from chatd.protocol.people import CreateUser
from chatd.protocol.saved_views import RemoveView, SaveView
from chatd.protocol.support import PostSystem, TagTicket, TransferTicket, UpdateTicket
from chatd.protocol.visitors import InviteVisitor
from chatd.service.context import Caller
from tests.handlers.stage import Stage

OPERATOR = Principal(kind="operator", id="operator:artem", name="Artem", operator="artem")


def named(command: Any) -> str:
    """What a command was asked of."""
    name = next(one for one in auditing.TARGETS if one in command.__struct_fields__)
    return str(getattr(command, name))


WORDS = "Анна Петрова"
BLURRED = "(12 characters)"


@pytest.mark.parametrize(
    ("command", "target", "arguments"),
    [
        (UpdateTicket(ticket_id="plan=gold"), "(9 characters)", {}),
        (UpdateTicket(ticket_id=f"TKT-1 {WORDS}"), "(18 characters)", {}),
        (UpdateTicket(ticket_id="word"), "(4 characters)", {}),
        (PostSystem(dialog_id="lobbi", message="x"), "(5 characters)", {}),
        (ReactToMessage(message_id=f"{WORDS}:1", emoji="👍"), "(14 characters)", None),
        (AddBan(target=WORDS), BLURRED, {}),
        (KickConnection(connection=WORDS), BLURRED, {}),
        (TransferTicket(ticket_id="TKT-1", operator=WORDS), "TKT-1", {"operator": BLURRED}),
        (
            TagTicket(ticket_id="TKT-1", add=["vip", WORDS]),
            "TKT-1",
            {"add": f"['vip', '{BLURRED}']"},
        ),
        (Login(username=WORDS, password="x"), BLURRED, {}),
        (Login(username="anna@mail.example", password="x"), "(17 characters)", {}),
        (RemoveView(name=WORDS), BLURRED, {}),
    ],
)
def test_of_what_is_no_id_only_the_length_is_told(
    stage: Stage, command: Any, target: str, arguments: dict[str, Any] | None
) -> None:
    caller = Caller(OPERATOR, "192.0.2.1")
    typed = named(command)
    for refused in ("not_found", "forbidden", "invalid", "rate_limited"):
        told = auditing.entry(
            stage.services, caller, command, refused, f"no such: {typed.removesuffix(':1')}"
        )
        assert told["target"] == target and arguments in (told["arguments"], None)
        assert WORDS not in str(told)
        assert ("why" in told) == (typed == target), "it would repeat what was typed"


@pytest.mark.parametrize(
    "command",
    [
        UpdateTicket(ticket_id="TKT-1730053200"),
        PostSystem(dialog_id="lobby", message="x"),
        PostSystem(dialog_id="dlg-67a1b2c3-0011aabbccdd", message="x"),
        ReactToMessage(message_id="TKT-1/notes:12", emoji="+1"),
        ReactToMessage(message_id="lobby:7", emoji="+1"),
        AddBan(target="192.0.2.0/24"),
        AddBan(target="2001:db8::1"),
        AddBan(target="p-67a1b2c3-2-0011aabbccdd"),
        KickConnection(connection="c-67a1b2c3-0011aabbccdd"),
        InviteVisitor(participant_id="p-67a1b2c3-0011aabbccdd", text="x"),
        Login(username="artem", password="x"),
        RemoveView(name="mine"),
    ],
)
def test_what_has_the_shape_of_an_id_is_told_also_where_there_is_no_such(
    stage: Stage, command: Any
) -> None:
    typed = named(command)
    told = auditing.entry(stage.services, Caller(OPERATOR, ""), command, "not_found", f"no {typed}")
    assert (told["target"], told["why"]) == (typed, f"no {typed}")


def test_what_was_found_is_told_as_it_is_called(stage: Stage) -> None:
    for ended in ("done", "conflict"):
        told = auditing.entry(
            stage.services, Caller(OPERATOR, ""), RemoveView(name=WORDS), ended, ""
        )
        assert told["target"] == WORDS


def test_why_something_was_refused_repeats_nothing_that_is_not_told(stage: Stage) -> None:
    caller = Caller(OPERATOR, "")
    told = {
        why: auditing.entry(stage.services, caller, command, "invalid", why).get("why")
        for command, why in (
            (UpdateTicket(ticket_id="TKT-1", attributes={WORDS: True}), f"no name: {WORDS!r}"),
            (UpdateTicket(ticket_id="TKT-1", contact="a@b.example"), "no letter to A@b.example"),
            (
                PostSystem(dialog_id="lobby", message="one\nof two lines"),
                r"not 'one\nof two lines'",
            ),
            (UpdateTicket(ticket_id="TKT-1", attributes={"a": "b"}), "at most 32 attributes"),
            (PostSystem(dialog_id="lobby", message=WORDS), "lobby is read-only"),
        )
    }
    assert [why for why, kept in told.items() if kept == why] == [
        *("at most 32 attributes", "lobby is read-only"),
    ]
    assert set(told.values()) == {None, "at most 32 attributes", "lobby is read-only"}


def test_neither_what_a_view_is_of_nor_the_name_of_who_gets_an_account_is_told(
    stage: Stage,
) -> None:
    view = SaveView(name="mine", was="old", tag="vip", site="shop", operator="artem")
    invited = InviteVisitor(participant_id="p-1", text=WORDS)
    made = CreateUser(username="anna", password="a secret", display_name=WORDS)
    told = [
        auditing.entry(stage.services, Caller(OPERATOR, ""), command, "done", "")
        for command in (view, invited, made)
    ]
    assert [(one["command"], one["target"], one["arguments"]) for one in told] == [
        ("view:save", "mine", {"was": "old"}),
        ("visitor:invite", "p-1", {}),
        ("user:create", "anna", {}),
    ]
