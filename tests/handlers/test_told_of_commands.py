"""What the audit log and the log are told of a command: who, what, on what, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from loguru import logger
from msgspec.structs import replace

from chatd.dispatch import auditing, commandlog
from chatd.dispatch.registry import merge
from chatd.domain.place import NOTHING, RoomPlace
from chatd.domain.principal import Principal
from chatd.domain.room import Room
from chatd.domain.times import to_text
from chatd.errors import ChatdError, Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from chatd.protocol.commands import Hello, Ping, ReactToMessage, SendMessage, SetPresence
from chatd.protocol.operating import AddBan, GetStats, KickConnection, ListRooms
from chatd.protocol.operators import Login, Logout
from chatd.protocol.support import AcceptTicket, CloseTicket, ReplyTicket, TransferTicket
from chatd.service.context import Caller
from tests.handlers.stage import Stage
from tests.trust.house import SHELL

OPERATOR = Principal(kind="operator", id="operator:artem", name="Artem", operator="artem")
VISITOR = Principal(kind="visitor", id="p-1", name="Anna", site="shop")
SYSTEM = Principal(kind="system", id="system")


class Written:
    """What was written, and whether anybody waited for it."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.waits: list[bool | str] = []

    def write(self, entry: dict[str, Any], *, wait: bool = True) -> None:
        """Of what was done, or refused to staff."""
        self.entries.append(entry)
        self.waits.append(wait)

    def write_failure(self, entry: dict[str, Any]) -> None:
        """Of a log-in that failed."""
        self.entries.append(entry)
        self.waits.append("failure")


@pytest.fixture
def written(stage: Stage) -> Written:
    """The audit log of the house."""
    made = Written()
    stage.services.audit = made  # type: ignore[assignment]
    return made


def record(stage: Stage, who: Principal, command: Any, outcome: str = "done", **more: Any) -> None:
    """A command has ended."""
    why = more.pop("why", "")
    caller = Caller(who, "192.0.2.1", **more)
    auditing.record(stage.services, caller, command, outcome, why)


def test_what_staff_do_is_told_and_nothing_of_anybody_else(stage: Stage, written: Written) -> None:
    acts = CloseTicket(ticket_id="TKT-1")
    for who in (OPERATOR, SHELL, SYSTEM):
        record(stage, who, acts)
        for command in (ListRooms(), GetStats(), Ping(), Hello()):
            record(stage, who, command)
    assert [one["who"] for one in written.entries] == ["operator:artem", SHELL.label, SYSTEM.label]
    written.entries.clear()
    for command in (acts, SendMessage(dialog_id="lobby", content="x"), ListRooms(), Ping()):
        record(stage, VISITOR, command)
    assert written.entries == []


def test_nobody_waits_for_what_is_told_of_many_times_or_of_who_leaves(
    stage: Stage, written: Written
) -> None:
    for command in (
        CloseTicket(ticket_id="TKT-1"),
        SendMessage(dialog_id="lobby", content="x"),
        SetPresence(status="away"),
        Logout(),
        AddBan(target="192.0.2.9"),
    ):
        record(stage, OPERATOR, command)
    assert written.waits == [True, False, False, False, True]


def test_a_log_in_is_told_of_whoever_tries_it(stage: Stage, written: Written) -> None:
    command = Login(username="artem", password="secret")
    for outcome in ("done", "unauthenticated", "aborted"):
        record(stage, VISITOR, command, outcome)
    assert written.waits == [True, "failure", "failure"]
    assert "secret" not in str(written.entries)
    assert {one["target"] for one in written.entries} == {"artem"}


def test_an_entry_says_who_did_what_to_whom_and_how_it_ended(
    stage: Stage, written: Written
) -> None:
    process = {"uid": 1, "gid": 2, "pid": 3}
    ban = AddBan(target="192.0.2.9", seconds=60, reason="x" * 300)
    record(stage, SHELL, ban, "conflict", why="y" * 300, process=process)
    (entry,) = written.entries
    assert entry == {
        "at": to_text(stage.now),
        "who": SHELL.label,
        "via": "shell",
        "address": "192.0.2.1",
        **process,
        "command": "ban:add",
        "target": "192.0.2.9",
        "as": None,
        "arguments": {"seconds": 60, "reason": "x" * 200},
        "outcome": "conflict",
        "why": "y" * 200,
    }
    record(stage, OPERATOR, CloseTicket(ticket_id="TKT-1"))
    assert not {"why", "uid", "gid", "pid"} & written.entries[-1].keys()


def test_who_is_acted_for_is_told_apart_from_who_is_acted_on(
    stage: Stage, written: Written
) -> None:
    record(stage, SHELL, AcceptTicket(ticket_id="TKT-1", operator="artem"))
    record(stage, SHELL, ReplyTicket(ticket_id="TKT-1", message="words", operator="artem"))
    record(stage, SHELL, TransferTicket(ticket_id="TKT-1", operator="artem"))
    record(stage, OPERATOR, ReactToMessage(message_id="lobby:1", emoji="👍", remove=True))
    told = [(one["target"], one["as"], one["arguments"]) for one in written.entries]
    assert told == [
        ("TKT-1", "artem", {}),
        ("TKT-1", "artem", {}),
        ("TKT-1", None, {"operator": "artem"}),
        ("lobby:1", None, {"emoji": "👍", "remove": True}),
    ]


def test_over_what_somebody_came_is_told(stage: Stage, written: Written) -> None:
    command = CloseTicket(ticket_id="TKT-1")
    for who in (OPERATOR, SHELL, SYSTEM):
        record(stage, who, command)
    record(stage, OPERATOR, command, connection=stage.connect())
    assert [one["via"] for one in written.entries] == ["http", "shell", "signal", "websocket"]


def test_an_argument_is_kept_short_and_numbers_as_they_are() -> None:
    values = (None, True, 7, "x" * 201, 1.5, ["shop"])
    told = [auditing.brief(one) for one in values]
    assert told == [None, True, 7, "x" * 200, "1.5", "['shop']"]


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The lines of the log that are of commands: level, area and fields."""
    seen: list[dict[str, Any]] = []

    def keep(message: Any) -> None:
        line = message.record
        if "command" in line["extra"]:
            seen.append({"level": line["level"].name, **line["extra"]})

    sink = logger.add(keep, level="DEBUG")
    yield seen
    logger.remove(sink)


def note(who: Principal, command: Any, outcome: str = "done", seconds: float = 0.0) -> None:
    """What the log is told of the end of a command."""
    place = RoomPlace("lobby", Room(id="lobby")) if command.about else NOTHING
    commandlog.note_outcome(Caller(who, "192.0.2.1"), command, place, outcome, seconds)


def test_what_changes_the_daemon_is_told_and_all_else_where_that_was_asked_for(
    stage: Stage, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commandlog, "TOLD", set())
    note(SHELL, AddBan(target="192.0.2.9"), seconds=1.234567)
    note(SHELL, AddBan(target="192.0.2.9"), "conflict")
    note(VISITOR, SendMessage(dialog_id="lobby", content="x"))
    (line,) = lines
    assert (line["level"], line["area"], line["outcome"]) == ("INFO", "connections", "done")
    assert (line["target"], line["principal"]) == ("192.0.2.9", SHELL.label)
    assert (line["ms"], line["connection"], line["dialog"]) == (1234.57, None, None)
    lines.clear()
    monkeypatch.setattr(commandlog, "TOLD", {"rooms"})
    note(VISITOR, SendMessage(dialog_id="lobby", content="x"), "conflict", 0.0004)
    note(VISITOR, Ping())
    (line,) = lines
    assert (line["level"], line["area"], line["outcome"]) == ("DEBUG", "rooms", "conflict")
    assert (line["dialog"], line["target"], line["ms"]) == ("lobby", None, 0.4)
    monkeypatch.setattr(commandlog, "TOLD", {"connections"})
    lines.clear()
    connection = stage.connect()
    caller = Caller(VISITOR, "192.0.2.1", connection)
    commandlog.note_outcome(caller, Ping(), NOTHING, "done", 0.0)
    note(SHELL, KickConnection(connection="c-" + "9" * 100))
    assert [(one["level"], one["connection"]) for one in lines] == [
        ("DEBUG", connection.id),
        ("INFO", None),
    ]
    assert lines[1]["target"] == "c-" + "9" * 78


def test_a_command_is_told_of_in_its_own_area() -> None:
    for event, of_place, area in (
        ("message:send", "tickets", "tickets"),
        ("message:send", "rooms", "rooms"),
        ("ticket:close", "rooms", "tickets"),
        ("ping", "rooms", "connections"),
        ("stats:get", "rooms", "admin"),
        ("webhook:test", "rooms", "errands"),
        ("unheard:of", "rooms", "admin"),
    ):
        assert commandlog.area_of(event, of_place) == area


def refuse(stage: Stage, who: Principal, command: Any, error: ChatdError) -> None:
    """Somebody is refused something."""
    caller = Caller(who, "192.0.2.1")
    commandlog.note_refusal(stage.services, caller, command, NOTHING, error)


def test_what_staff_did_not_get_is_told_each_time(
    stage: Stage, lines: list[dict[str, Any]]
) -> None:
    for who in (OPERATOR, SHELL):
        for _ in range(2):
            refuse(stage, who, CloseTicket(ticket_id="TKT-1"), Conflict("x" * 300))
    assert [one["principal"] for one in lines] == [OPERATOR.label] * 2 + [SHELL.label] * 2
    assert {one["level"] for one in lines} == {"INFO"}
    assert {one["why"] for one in lines} == {"x" * 200}
    assert {(one["outcome"], one["dialog"]) for one in lines} == {("conflict", "TKT-1")}
    lines.clear()
    refuse(stage, VISITOR, CloseTicket(ticket_id="TKT-1"), Conflict("no"))
    assert lines == []


def test_of_strangers_only_what_was_denied_is_news() -> None:
    send = SendMessage(dialog_id="lobby", content="x")
    for command in (send, Ping(), SetPresence(status="away")):
        for error in (Forbidden("no"), NotFound("no"), Unauthenticated("no")):
            assert commandlog.is_news(command, error) is not bool(error.reason)
        for told in (Conflict("no"), Invalid("no")):
            assert not commandlog.is_news(command, told)
    assert commandlog.is_news(Hello(), Conflict("no"))
    noted = NotFound("no")
    noted.noted = True
    assert not commandlog.is_news(send, noted)
    reasoned = NotFound("no")
    reasoned.reason = "ban"
    assert not commandlog.is_news(send, reasoned)


def test_what_a_stranger_is_denied_is_counted_with_what_it_was_about(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[tuple[Any, ...]] = []

    def count(reason: str, what: str, address: str, who: str, **fields: str) -> None:
        counted.append((reason, what, address, who, fields))

    monkeypatch.setattr(stage.services.refusals, "count", count)
    refuse(stage, VISITOR, SendMessage(dialog_id="lobby", content="x"), NotFound("no such"))
    refuse(stage, VISITOR, SetPresence(status="away"), Forbidden("no"))
    assert counted == [
        (
            *("not_found", "message:send lobby no such", "192.0.2.1", "p-1"),
            {"command": "message:send", "dialog": "lobby"},
        ),
        (
            *("forbidden", "presence:set no", "192.0.2.1", "p-1"),
            {"command": "presence:set", "dialog": ""},
        ),
    ]


def test_a_command_about_something_long_is_told_of_shortly() -> None:
    long = replace(CloseTicket(ticket_id="TKT-1"), ticket_id="x" * 99)
    assert commandlog.dialog_of(long) == "x" * 80
    assert commandlog.dialog_of(Ping()) is commandlog.target_of(Ping()) is None


def test_no_command_has_two_handlers() -> None:
    def one(*_: Any) -> Any:
        """Whatever."""

    assert merge([{Ping: one}, {}, {Hello: one}]) == {Ping: one, Hello: one}
    with pytest.raises(ValueError, match="ping has two handlers"):
        merge([{Ping: one}, {Ping: one}])
