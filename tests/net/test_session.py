"""One connection's life, frame by frame, in the test's own process: who overlaps with whom, who is
let go, and what is said of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event
from loguru import logger

from chatd.delivery.codec import Codec
from chatd.errors import Banned
from chatd.log.often import by_loguru, often
from chatd.net.codec import JsonFrames
from chatd.net.session import IN_FLIGHT, PIPELINED, Session
from chatd.net.turnstile import Turnstile
from chatd.protocol import envelope
from chatd.protocol.commands import SendMessage
from chatd.runtime.asking import ASKED
from tests.handlers.stage import Heard, Stage


class Line:
    """What carries a connection."""

    def __init__(self) -> None:
        self.outbox = Heard()
        self.more = False
        self.close_code: int | None = None
        self.close_reason = self.closed_by = ""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Ends it, once."""
        if self.close_code is None:
            self.close_code, self.close_reason, self.closed_by = code, reason, "we"

    def traffic(self) -> dict[str, int]:
        """None."""
        return {}

    def said(self) -> list[Any]:
        """What was sent, frame by frame."""
        frames, self.outbox.frames = self.outbox.frames, []
        return [json.loads(frame) for frame in frames]


class Bare(JsonFrames):
    """The envelope without frames around it."""

    def answer(self, caller_id: Any, result: Any) -> bytes:
        return envelope.answer(caller_id, result)

    def refusal(self, caller_id: Any, error: Any) -> bytes:
        return envelope.refusal(caller_id, error)


class Talk:
    """A session, and who is at the other end."""

    def __init__(self, stage: Stage, codec: Codec | None = None, **more: Any) -> None:
        self.stage, self.line = stage, Line()
        given: dict[str, Any] = {
            "dispatcher": stage.dispatcher,
            "services": stage.services,
            "transport": "websocket",
            "address": "198.51.100.3",
            "agent": "test",
            "origin": None,
            "sites": None,
            "turnstile": Turnstile(),
            **more,
        }
        self.session = Session(self.line, codec or Bare(), **given)
        self.session.begin()

    def give(self, event: str, id: int = 1, **data: Any) -> None:
        """A frame came."""
        self.session.take(json.dumps({"event": event, "id": id, "data": data}))

    def ask(self, event: str, **data: Any) -> Any:
        """What is answered."""
        self.give(event, **data)
        (answer,) = (one for one in self.line.said() if one["event"] in ("ack", "error"))
        return answer["data"]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def talk(stage: Stage) -> Talk:
    return Talk(stage)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the log says."""
    lines: list[str] = []
    monkeypatch.setattr(often, "tell", by_loguru)
    sink = logger.add(lines.append, format="{message} {extra}")
    yield lines
    logger.remove(sink)


def test_each_command_is_answered_under_its_id(talk: Talk) -> None:
    talk.give("hello", 7, name="Anna")
    (hello,) = talk.line.said()
    assert (hello["event"], hello["id"]) == ("ack", 7)
    talk.give("ping", 8)
    talk.give("nonsense", 9)
    talk.session.take("{")
    answers = talk.line.said()
    assert [(one["event"], one["id"]) for one in answers] == [
        ("ack", 8),
        ("error", 9),
        ("error", None),
    ]
    assert talk.session.connection.commands == 4 and talk.line.close_code is None


def test_who_is_nobody_may_say_less(talk: Talk) -> None:
    long = {"dialog_id": "lobby", "content": "x" * 60_000}
    assert "at most" in talk.ask("message:send", **long)["message"]
    talk.ask("hello", name="Anna")
    assert talk.ask("message:send", **long)["code"] in ("too_large", "invalid")
    assert talk.ask("message:send", dialog_id="lobby", content="x")["message"]["content"] == "x"


class Other:
    """Carries commands out in another way."""

    def __init__(self, carry_out: Callable[[Any, Any], Any]) -> None:
        self.carry_out = carry_out


def hold(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], Event]:
    """Messages wait, once they have begun, until they are let go; pings do not."""
    begun: list[Any] = []
    gate, carry_out = Event(), talk.stage.dispatcher.carry_out

    def waiting(caller: Any, command: Any) -> Any:
        begun.append(command)
        if isinstance(command, SendMessage):
            ASKED.get()()
            gate.wait(10)
        return carry_out(caller, command)

    monkeypatch.setattr(talk.session, "_dispatcher", Other(waiting))
    return begun, gate


def send(talk: Talk, number: int) -> None:
    talk.give("message:send", number, dialog_id="lobby", content=str(number))


def test_messages_overlap_in_their_order_and_reads_wait_for_them(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.ask("hello", name="Anna")
    begun, gate = hold(talk, monkeypatch)
    talk.line.more = True
    for number in range(5):
        send(talk, number)
        assert [one.content for one in begun] == [str(one) for one in range(number + 1)]
    talk.line.more = False
    reading = gevent.spawn(talk.give, "history:get", 99, dialog_id="lobby")
    gevent.sleep(0.005)
    assert len(begun) == 5 and talk.line.said() == [], "it waits for what was written before it"
    gate.set()
    reading.join(10)
    answers = talk.line.said()
    assert [one["id"] for one in answers] == [*range(5), 99]
    texts = [one["content"] for one in answers[-1]["data"]["messages"]]
    assert texts == [str(number) for number in range(5)]
    assert talk.session._window.counter == IN_FLIGHT


def test_so_many_overlap_and_not_one_more(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.ask("hello", name="Anna")
    talk.stage.services.limiter.apply(talk.stage.limits(messages_per_participant="999/second"))
    begun, gate = hold(talk, monkeypatch)
    talk.line.more = True
    for number in range(IN_FLIGHT):
        send(talk, number)
    late = gevent.spawn(send, talk, IN_FLIGHT)
    gevent.sleep(0.005)
    assert len(begun) == IN_FLIGHT == 64 and not late.ready()
    gate.set()
    late.join(10)
    with gevent.Timeout(10):
        talk.session._settle()
    assert len(begun) == IN_FLIGHT + 1
    assert [one["id"] for one in talk.line.said()] == [*range(IN_FLIGHT + 1)]


def test_only_what_is_decided_by_nothing_stored_overlaps() -> None:
    assert {"message:send", "receipt:delivered", "receipt:read"} == PIPELINED


def test_one_that_is_alone_is_done_before_the_next_is_looked_at(talk: Talk) -> None:
    talk.ask("hello", name="Anna")
    send(talk, 5)
    (answer,) = talk.line.said()
    assert answer["id"] == 5 and talk.session._window.counter == IN_FLIGHT


def test_who_does_not_say_who_they_are_in_time_is_let_go(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk, known = Talk(stage), Talk(stage)
    known.ask("hello", name="Anna")
    for one in (talk, known):
        one.session._hurry()
    assert (talk.line.close_code, talk.line.close_reason) == (4002, "no hello in time")
    assert known.line.close_code is None
    timer = talk.session._patience
    talk.session.wait_for_hello()
    assert talk.session._patience is not timer and talk.session._patience.active
    talk.session.finish()
    assert not talk.session._patience.active


def test_a_fault_of_ours_ends_the_connection_and_no_other(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    talk.ask("hello", name="Anna")
    incidents = talk.stage.services.metrics.incidents._value.get()

    def fail(*_: Any) -> None:
        raise KeyError("a fault")

    monkeypatch.setattr(talk.session, "_dispatcher", Other(fail))
    talk.give("ping")
    assert (talk.line.close_code, talk.line.close_reason) == (1011, "the daemon failed")
    assert talk.line.said() == []
    assert talk.stage.services.metrics.incidents._value.get() == incidents + 1
    assert [line for line in said if "failed" in line and "connections" in line]


@pytest.mark.parametrize("event", ["message:send", "dialog:join"])
def test_a_fault_beside_ends_the_connection_and_keeps_nobody_waiting(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    talk.ask("hello", name="Anna")

    def fail(*_: Any) -> None:
        raise KeyError("a fault")

    monkeypatch.setattr(talk.session, "_dispatcher", Other(fail))
    talk.line.more = True
    with gevent.Timeout(10):
        talk.give(event, dialog_id="lobby", **({"content": "x"} if event == "message:send" else {}))
    gevent.sleep(0.01)
    assert talk.line.close_code == 1011 and talk.session._window.counter == IN_FLIGHT


def test_who_is_banned_meanwhile_is_told_and_let_go(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.ask("hello", name="Anna")

    def refuse(*_: Any) -> None:
        raise Banned("you are banned", until=None, target="p-1")

    monkeypatch.setattr(talk.session, "_dispatcher", Other(refuse))
    talk.give("ping")
    assert (talk.line.close_code, talk.line.close_reason) == (4004, "you are banned")
    assert talk.line.said()[0]["data"]["code"] == "forbidden"


def test_the_end_is_told_with_who_it_was_and_why(talk: Talk, said: list[str]) -> None:
    talk.ask("hello", name="Anna")
    connection = talk.session.connection
    assert talk.stage.services.connections.of(connection.principal.id)
    talk.line.close(1008, "slow")
    said.clear()
    talk.session.finish()
    assert not talk.stage.services.connections.of(connection.principal.id)
    (line,) = (one for one in said if one.startswith("connection closed"))
    assert "'code': 1008" in line and "'reason': 'slow'" in line and "'commands': 1" in line
    assert connection.id in line and "198.51.100.3" in line
    seconds = re.search(r"'seconds': (\d+\.\d)[,}]", line)
    assert seconds and float(seconds[1]) < 60


def test_what_a_peer_says_of_the_end_is_not_repeated(talk: Talk, said: list[str]) -> None:
    talk.line.close_code, talk.line.close_reason, talk.line.closed_by = 1000, "secret", "peer"
    talk.session.finish()
    (line,) = (one for one in said if one.startswith("connection closed"))
    assert "'reason': ''" in line and "secret" not in line


@pytest.mark.parametrize(
    ("code", "by", "reason"),
    [
        (4008, "we", "slow_reader"),
        (1009, "we", "cap"),
        (4008, "peer", None),
        (1000, "we", None),
        (None, "", None),
    ],
)
def test_who_is_let_go_for_too_much_is_counted(
    talk: Talk, said: list[str], code: int | None, by: str, reason: str | None
) -> None:
    talk.line.close_code, talk.line.close_reason, talk.line.closed_by = code, "too much", by
    talk.session.finish()
    found = [line for line in said if "refused (" in line]
    assert len(found) == (reason is not None)
    assert all(f"refused ({reason})" in line and "too much" in line for line in found)


def test_nonsense_is_limited_and_noted(talk: Talk, said: list[str]) -> None:
    talk.stage.services.limiter.apply(talk.stage.limits(commands_per_connection="3/minute"))
    for _ in range(5):
        talk.session.take("{")
    codes = [one["data"]["code"] for one in talk.line.said()]
    assert codes == ["malformed"] * 3 + ["rate_limited"] * 2
    assert [line for line in said if "refused (malformed)" in line]


def test_who_asks_for_pages_waits_a_turn_for_each(stage: Stage) -> None:
    class Counting(Turnstile):
        def wait(self, address: str) -> None:
            waited.append(address)

    waited: list[str] = []
    talk = Talk(stage, turnstile=Counting())
    talk.ask("hello", name="Anna")
    for event, fields, pages in (
        ("ping", {}, 0),
        ("history:get", {"dialog_id": "lobby"}, 1),
        ("dialog:join", {"dialog_id": "lobby"}, 1),
    ):
        waited.clear()
        talk.ask(event, **fields)
        assert waited == ["198.51.100.3"] * pages, event


def test_nothing_is_sent_where_no_answer_is_wanted(stage: Stage) -> None:
    class Silent(Bare):
        def answer(self, caller_id: Any, result: Any) -> bytes:
            return b""

    talk = Talk(stage, Silent())
    talk.give("hello", name="Anna")
    assert talk.line.outbox.frames == []


def test_what_came_meanwhile_follows_its_answer_or_ends_the_connection(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.ask("hello", name="Anna")
    released: list[str] = []

    def release(follower: Any) -> bool:
        released.append(follower.id)
        return len(released) < 2

    monkeypatch.setattr(talk.stage.services.hub, "release", release)
    talk.give("ping")
    assert released == [talk.session.connection.id] and talk.line.close_code is None
    talk.give("ping")
    assert talk.line.close_code == 4008 and "come back and resume" in talk.line.close_reason


def test_all_that_is_received_is_taken_until_there_is_none(stage: Stage) -> None:
    talk = Talk(stage)
    frames = iter(['{"event":"hello","id":1,"data":{"name":"A"}}', '{"event":"ping","id":2}', None])
    talk.session.run(lambda: next(frames))
    assert [one["id"] for one in talk.line.said()] == [1, 2]
    assert not stage.services.connections.of(talk.session.connection.principal.id)


@pytest.mark.parametrize(("own", "sites"), [(True, None), (False, ("shop",))])
def test_our_own_page_is_of_no_site(stage: Stage, own: bool, sites: Any) -> None:
    talk = Talk(stage, sites=("shop",), own=own)
    assert talk.session.connection.sites == sites
