"""What is refused is counted by its reason and said in the log, and no attack floods the log."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from loguru import logger
from websockets.exceptions import InvalidStatus

from chatd.errors import Conflict, ForeignOrigin, RateLimited
from chatd.live.refusals import LINES, Refusals
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually


@pytest.fixture
def said() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line).strip()), format="{message}", level=0)
    yield lines
    logger.remove(sink)


def test_the_first_is_said_at_once_and_how_many_more_there_were_at_the_end(said: list[str]) -> None:
    counted: Counter[str] = Counter()
    refusals = Refusals(lambda reason: counted.update([reason]))
    for seconds in range(500):
        error = RateLimited(f"try again in {seconds} s", limit="messages_per_address")
        refusals.note(error, "192.0.2.1", "p-1")
        refusals.note(error, "192.0.2.1", "p-1")
    assert counted == {"limit": 500}, "one error that passes two fences counts once"
    assert said == ["refused (limit): messages_per_address; p-1 from 192.0.2.1"]
    refusals.tell()
    assert said[1:] == ["refused (limit): messages_per_address; 499 more from 192.0.2.1"]
    refusals.tell()
    refusals.note(RateLimited("", limit="messages_per_address"), "192.0.2.1", "p-1")
    assert len(said) == 3, "quiet when nothing was refused, and said anew when it is again"


def test_an_attack_from_everywhere_has_few_lines_and_hides_no_other_kind(said: list[str]) -> None:
    counted: Counter[str] = Counter()
    refusals = Refusals(lambda reason: counted.update([reason]))
    for number in range(5_000):
        origin = f"https://{number}.example"
        refusals.note(ForeignOrigin("no", origin), f"2001:db8:{number:x}::1")
    assert len(said) == LINES
    refusals.count("slow_reader", "too slow", "192.0.2.1")
    assert said[-1] == "refused (slow_reader): too slow; somebody from 192.0.2.1"
    refusals.tell()
    assert said[-1] == f"refused (origin): {5_000 - LINES} more from other addresses"
    assert len(said) == LINES + 2
    assert counted == {"origin": 5_000, "slow_reader": 1}


def test_what_is_no_refusal_of_this_kind_is_neither_said_nor_counted(said: list[str]) -> None:
    refusals = Refusals(lambda reason: pytest.fail(reason))
    refusals.note(Conflict("somebody else was first"), "192.0.2.1")
    assert said == []


def counters(daemon: Daemon) -> dict[str, int]:
    text = daemon.http_full("GET", "/metrics")[2].decode()
    found = re.findall(r'^chatd_refusals_total\{reason="(\w+)"\} (\d+)', text, re.MULTILINE)
    return {reason: int(count) for reason, count in found}


def connected(daemon: Daemon) -> Client | None:
    """A connection; none while one that has ended still takes its place."""
    try:
        return Client(daemon.address)
    except InvalidStatus:
        return None


def test_every_transport_says_and_counts_it(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(
        {
            "limits": {"visitors_per_address": "2/hour"},
            "server": {"max_body_bytes": 1000, "max_connections_per_address": 4},
            "websocket": {"max_message_bytes": 1000},
        }
    )
    clients = [Client(daemon.address) for _ in range(3)]
    for one in clients[:2]:
        one.hello(name="Ann")
    with pytest.raises(Refused):
        clients[2].hello(name="Eve")
    foreign = {"Origin": "https://evil.example"}
    assert daemon.http("GET", "/api/rooms", headers=foreign)[0] == 403
    with pytest.raises(Exception, match="403"):
        Client(daemon.address, origin="https://evil.example")
    status, _ = daemon.http("POST", "/api/support/send-message", {"message": "x" * 2000})
    assert status == 413
    with Client(daemon.address) as fat:
        fat.ws.send("x" * 2000)
        assert fat.close_code() == 1009
    extra = [eventually(lambda: connected(daemon))]
    with pytest.raises(Exception, match="429"):
        extra.append(Client(daemon.address))
    for one in (*clients, *extra):
        one.ws.close()
    counted = counters(daemon)
    assert counted.pop("cap") >= 3 and counted == {"limit": 1, "origin": 2}
    for line in (
        r"refused \(limit\): visitors_per_address; somebody from 127\.0\.0\.1",
        r"refused \(origin\): https://evil\.example is not among sites.NAME.origins; somebody",
        r"refused \(cap\): a body holds at most 1000 bytes; somebody from 127\.0\.0\.1",
        r"refused \(cap\): .* from 127\.0\.0\.1",
        r"refused \(cap\): this address has as many connections as it may; somebody",
    ):
        assert re.search(line, daemon.logged()), daemon.logged()


def test_who_reads_too_slowly_is_let_go_and_that_is_told(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"websocket": {"outbox_bytes": 100_000, "close_seconds": 0.5}})
    slow = Client(daemon.address, max_queue=1)
    slow.hello(name="Slow")
    slow.join("lobby")
    with Client(daemon.address) as writer:
        writer.hello(name="Writer")
        for _ in range(1_500):
            writer.say("lobby", "x" * 8_000)
            if "slow_reader" in daemon.logged():
                break
        told = rf"refused \(slow_reader\): .*; {slow.id} from 127"
        eventually(lambda: re.search(told, daemon.logged()))
        assert counters(daemon) == {"slow_reader": 1}
    slow.ws.close()
