"""What is asked of all nodes at once: each carries it out as if it had been asked there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType, convert, to_builtins

from chatd.domain.principal import Principal
from chatd.errors import ChatdError
from chatd.protocol.commands import Command
from chatd.protocol.envelope import COMMANDS
from chatd.protocol.results import Result
from chatd.protocol.views import NodeAnswer
from chatd.service.context import Caller, Context

SILENT = "did not answer in time"
R = TypeVar("R", bound=Result)


class Question(msgspec.Struct):
    """A command, by whom, from where."""

    event: str
    data: dict[str, Any]
    principal: Principal
    address: str = ""


def ask(cx: Context, command: Command, node: str | None = None) -> list[NodeAnswer]:
    """What the others answer, each or the one that is named; nothing, where one of them asks."""
    if cx.caller.here_only:
        return []
    question = Question(command.event, to_builtins(command), cx.principal, cx.caller.address)
    answers = cx.services.nodes.ask(to_builtins(question), node)
    return [answer_of(name, answer) for name, answer in sorted(answers.items())]


def answer_of(node: str, answer: Mapping[str, Any] | None) -> NodeAnswer:
    """What one has answered, as it is shown."""
    if answer is None:
        return NodeAnswer(node=node, error=SILENT)
    return NodeAnswer(node=node, result=answer.get("result"), error=answer.get("error"))


def others(cx: Context, command: Command) -> list[NodeAnswer] | UnsetType:
    """The same, where there are any."""
    return ask(cx, command) or UNSET


def results(answers: list[NodeAnswer], kind: type[R]) -> list[R]:
    """What those have answered who did."""
    return [convert(one.result, kind) for one in answers if one.result is not None]


def silent(answers: list[NodeAnswer]) -> list[str] | UnsetType:
    """Those that did not answer."""
    return [one.node for one in answers if one.result is None] or UNSET


def reply(carry_out: Callable[[Caller, Command], Any], question: Any) -> dict[str, Any]:
    """What this node answers to another one's question."""
    asked = convert(question, Question)
    caller = Caller(asked.principal, address=asked.address, here_only=True)
    try:
        command = convert(asked.data, COMMANDS[asked.event])
        return {"result": to_builtins(carry_out(caller, command))}
    except ChatdError as error:
        return {"error": error.message}
    except (KeyError, msgspec.ValidationError):
        return {"error": "this chatd is another version, and does not know that"}
