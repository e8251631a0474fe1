"""The benchmarks and the soak still work: every row, small, with chatd and a peer or two that need
no installing. What they measure is not judged here."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from benchmarks import report, several
from benchmarks.dialects import Plain
from benchmarks.measuring import Figures, Plan, Row, against, rounds, within
from benchmarks.operators import data_with_operators
from benchmarks.prepare import prepare_drain
from benchmarks.rows import (
    crowd,
    drafts,
    durable,
    failing_over,
    fanout,
    idle,
    nodes,
    page,
    polling,
    queue,
    reconnect,
    shell,
    socketio,
    stored,
    support,
    terminal,
    visitors,
)
from benchmarks.servers import CALLS, CHATD, EXCHANGES, HERE, TYPING, Peer, rooms, started
from benchmarks.soak import document, soaked
from benchmarks.sockets import Broken

TINY = Plan(rounds=1, seconds=0.4, share=0.04)


def peer(name: str, script: Path) -> Peer:
    """A relay run by this very Python."""
    return Peer(name, (sys.executable, str(script)), Plain())


WEBSOCKETS = peer("websockets", HERE / "peers" / "websockets_server.py")
FALCON = peer("falcon", HERE / "peers" / "falcon_server.py")
GARBLING = peer("garbling", Path(__file__).with_name("garbling.py"))
ROWS: dict[str, Callable[[], Figures]] = {
    "durable": partial(durable.measure_chatd, TINY),
    "nothing stored": partial(stored.measure, (0, 0), TINY),
    "idle": partial(idle.measure, CHATD, TINY),
    "idle Socket.IO": partial(idle.measure, socketio.SOCKETIO, TINY),
    "idle websockets": partial(idle.measure, WEBSOCKETS, TINY),
    "reconnect": partial(reconnect.measure, CHATD, TINY),
    "reconnect websockets": partial(reconnect.measure, WEBSOCKETS, TINY),
    "reconnect exchanges": partial(reconnect.measure, EXCHANGES, TINY),
    "crowd": partial(crowd.measure, 500, TINY),
    "visitors": partial(visitors.measure, 10_000, TINY),
    "queue": partial(queue.measure, 500, TINY),
    "drafts": partial(drafts.measure, TINY),
    "shell": partial(shell.measure, TINY),
    "terminal": partial(terminal.measure, 2, TINY),
    "polling": partial(polling.measure, CHATD, TINY),
    "button": partial(page.measure_button, TINY),
    "burst": partial(page.measure_burst, TINY),
    "polling falcon": partial(polling.measure, FALCON, TINY),
}


@pytest.fixture(scope="module")
def compiled() -> None:
    """The inner loop of the fan-out's load."""
    if not shutil.which("gcc"):
        pytest.skip("the load's inner loop needs a C compiler")
    prepare_drain()


@pytest.mark.parametrize("row", ROWS)
def test_a_row_measures_and_finds_nothing_lost(row: str) -> None:
    figures = ROWS[row]()
    assert all(value >= 0 for value in figures.values())
    assert any(figures.values())


def test_nodes_deliver_store_and_fail_over() -> None:
    with several.nodes(2, rooms(3 * nodes.ROOMS)) as serving:
        works = nodes.deliver, nodes.store, nodes.be_busy, failing_over.hurt
        for work in works:
            figures = work(serving, TINY)
            assert all(value >= 0 for value in figures.values()) and any(figures.values())


@pytest.mark.parametrize("server", [CHATD, TYPING, WEBSOCKETS, socketio.SOCKETIO], ids=range(4))
def test_the_fan_out_reaches_every_receiver(compiled: None, server: Peer) -> None:
    figures = fanout.measure(server, TINY)
    assert figures["loaded"] > 0 < figures["single"]


@pytest.mark.parametrize("way", CALLS, ids=lambda one: one.name)
def test_the_system_calls_alone_reach_every_receiver(compiled: None, way: Peer) -> None:
    assert fanout.measure_calls(way, TINY)["single"] > 0


def test_a_server_that_doubles_a_message_is_found_out(compiled: None) -> None:
    with pytest.raises(Broken):
        fanout.measure(GARBLING, TINY)


def test_support_messages_cross_from_side_to_side(tmp_path: Path) -> None:
    tokens = data_with_operators(tmp_path / "data", 1)
    figures = support.measure(CHATD, TINY, tmp_path / "data", tokens)
    assert 0 < figures["median"] <= figures["p99"] <= figures["most"]
    assert support.measure(WEBSOCKETS, TINY, tmp_path / "data", tokens)["median"] > 0


def test_what_hangs_is_broken_off() -> None:
    with pytest.raises(Broken, match="not done within"), within(0.05):
        time.sleep(60)


def test_a_server_that_does_not_start_says_its_last_words() -> None:
    broken = Peer("broken", (sys.executable, "-c", "raise OSError('no luck')"), Plain())
    with pytest.raises(Broken, match="OSError: no luck"), started(broken):
        pass


def failing() -> Figures:
    raise Broken("no such server")


def test_a_peer_that_fails_is_left_out_and_named() -> None:
    good: Callable[[], Figures] = lambda: {"rate": 6.0}  # noqa: E731
    slow: Callable[[], Figures] = lambda: {"rate": 2.0}  # noqa: E731
    found = rounds(TINY, [("chatd", good), ("slow", slow), ("gone", failing)])
    assert found.keys() == {"chatd", "slow"}
    assert found.lost == ["gone was not measured: Broken: no such server"]
    assert against("", found, ["slow", "gone"], "rate", 3).reached
    assert not against("", found, ["gone"], "rate", 3).reached


def test_no_row_without_chatd() -> None:
    with pytest.raises(Broken):
        rounds(TINY, [("chatd", failing)])


def test_the_report_says_what_is_reached_and_what_failed() -> None:
    found = rounds(TINY, [("chatd", lambda: {"rate": 6.0}), ("slow", lambda: {"rate": 2.0})])
    verdicts = [against("a", found, ["slow"], "rate", 3), against("b", found, ["slow"], "rate", 4)]
    row = Row("Speed", verdicts, ("server", "rate"), [("chatd", "6")])
    text = report.document([row], 90.0, "1 round", ["idle failed: Broken: why"])
    assert "| Speed | a | 3.00 × | at least 3 × | yes |" in text
    assert "| Speed | b | 3.00 × | at least 4 × | **no** |" in text
    assert "**idle failed: Broken: why**" in text


def test_a_short_soak_loses_nothing_and_leaves_nothing_over() -> None:
    outcome = soaked(minutes=0.2)
    judged = [one for one in outcome.findings if not one.what.startswith("memory")]
    assert all(one.well for one in judged), document(outcome)
    assert outcome.counts["messages delivered"] > outcome.counts["messages sent"] > 0
    assert outcome.counts["reconnections"] and outcome.counts["attacks"]
