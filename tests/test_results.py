"""Every command is answered with what it says. The answers that any test of the suite gets over a
WebSocket are judged likewise, in ``tests/client.py``."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from chatd.daemon.assembly import FAMILIES
from chatd.dispatch.registry import merge
from chatd.protocol.commands import Command
from chatd.protocol.envelope import COMMANDS
from tests.shapes import check_answer

HANDLERS = merge(FAMILIES)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda one: one.event)
def test_a_handler_returns_what_its_command_says(command: type[Command]) -> None:
    assert get_type_hints(HANDLERS[command])["return"] is command.result


def test_what_is_unknown_or_missing_in_an_answer_is_noticed(message: dict[str, Any]) -> None:
    check_answer("ticket:reply", {"message": message})
    for wrong in ({}, {"message": message, "more": 1}, {"message": {**message, "reactors": {}}}):
        with pytest.raises(AssertionError):
            check_answer("ticket:reply", wrong)


@pytest.fixture
def message() -> dict[str, Any]:
    return {
        "id": "lobby:1",
        "dialog_id": "lobby",
        "seq": 1,
        "rev": 1,
        "sender_type": "member",
        "sender_id": "p-1",
        "sender_name": "Ян",
        "type": "text",
        "content": "x",
        "meta": {},
        "created_at": "2026-01-01T00:00:00.000Z",
    }
