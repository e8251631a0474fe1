"""The metrics are as Prometheus' own checker wants them: names, units, kinds, words."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chatd import __version__
from chatd.daemon.figures import MEASURES
from chatd.live.connections import Connection
from chatd.live.local.connections import Connections
from tests.client import Client
from tests.daemon import Daemon

ABBREVIATED = re.compile(r"_(s|ms|us|ns|sec|secs|min|h|b|kb|mb|gb|ki|mi|kib|mib|pct|percent)(_|\Z)")
DERIVED = ("_total", "_count", "_sum", "_bucket", "_created", "_info")


@pytest.fixture
def text(daemon: Daemon) -> str:
    """What Prometheus reads, with something in it."""
    daemon.http("POST", "/api/support/send-message", {"message": "x"})
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        anna.say("lobby", "x")
        content: bytes = daemon.http("GET", "/metrics")[1]
    return content.decode()


def test_every_metric_has_a_name_a_unit_a_kind_and_words(text: str) -> None:
    found = list(text_string_to_metric_families(text))
    assert len(found) > 20
    for family in found:
        assert re.fullmatch(r"chatd_[a-z0-9]+(_[a-z0-9]+)*", family.name), family.name
        assert family.documentation.strip(), family.name
        assert family.documentation.lower() != family.name[6:].replace("_", " "), family.name
        assert family.type in ("counter", "gauge", "histogram"), family.name
        assert not ABBREVIATED.search(family.name), family.name
        assert family.name == "chatd_build_info" or not family.name.endswith(DERIVED), family.name
        if family.type == "histogram":
            assert family.name.endswith(("_seconds", "_bytes")), family.name
    counters = {one.name for one in found if one.type == "counter"}
    for name in counters:
        assert f"\n# TYPE {name}_total counter\n" in text, name
    assert {"chatd_connections_opened", "chatd_store_commits", "chatd_loop_stalls"} <= counters


def test_which_chatd_it_is_can_be_asked(text: str) -> None:
    assert re.search(
        rf'^chatd_build_info{{.*version="{re.escape(__version__)}".*}} 1\.0$', text, re.M
    )


def test_every_figure_is_measured(daemon: Daemon) -> None:
    figures = daemon.admin_json("stats")
    numbers = {name for name, value in figures.items() if isinstance(value, int | float)}
    assert numbers == MEASURES.keys() | {"store_open_tickets"}, "another one says those already"


def test_what_connections_missed_is_not_forgotten_with_them() -> None:
    connections, ignored = Connections(), lambda *given: None
    one = Connection(
        id="c-1",
        transport="websocket",
        address="192.0.2.1",
        since="",
        codec=Any,
        mailbox=Any,
        close=ignored,
        traffic=lambda: {"dropped": 3},
    )
    connections.add(one)
    assert connections.dropped == 0, "as long as it lives it is asked itself"
    connections.remove(one)
    connections.remove(one)
    assert connections.dropped == 3


@pytest.mark.skipif(not shutil.which("promtool"), reason="Prometheus is not installed")
def test_promtool_has_nothing_to_say(text: str) -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
