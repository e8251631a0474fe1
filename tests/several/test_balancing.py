"""The recipe of docs/scaling.md for HAProxy, in front of two nodes: who is cut off with one of them
is with the other at once, before HAProxy knows; and everybody comes from where they are."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import ports
from tests.client import Client
from tests.cluster import Cluster
from tests.daemon import eventually
from tests.proxies import HERE, reachable
from tests.several.conftest import MakeCluster
from tests.several.test_operating import ask

TEXT = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text("utf-8")
PEOPLE, ELSEWHERE = 6, "127.0.0.9"


@pytest.fixture
def cluster(make_cluster: MakeCluster) -> Cluster:
    return make_cluster({"rooms": {"lobby": {}}, "server": {"trusted_proxies": [HERE]}})


@pytest.fixture
def balanced(cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    """Where HAProxy listens, without TLS, and spreads by turns: all here have one address."""
    found = re.search(r"^```haproxy\n(defaults\n.*?)^```", TEXT, re.M | re.S)
    assert found
    address, text = f"{HERE}:{next(ports.FREE)}", found[1]
    here, there = (one.address for one in cluster.nodes)
    for old, new in (
        ("bind :443 ssl crt /etc/haproxy/chat.pem", f"bind {address}"),
        ("X-Forwarded-Proto https", "X-Forwarded-Proto http"),
        ("balance leastconn", "balance roundrobin"),
        ("10.0.0.1:8080", here),
        ("10.0.0.2:8080", there),
    ):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "haproxy.cfg").write_text(text)
    with (tmp_path / "haproxy.log").open("w") as log:
        command = ["haproxy", "-db", "-f", str(tmp_path / "haproxy.cfg")]
        running = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        port = int(address.rpartition(":")[2])
        eventually(lambda: running.poll() is not None or reachable(port))
        assert running.poll() is None, (tmp_path / "haproxy.log").read_text()
        yield address
    finally:
        running.terminate()
        running.wait(20)


def test_who_is_cut_off_with_a_node_goes_on_with_the_other(cluster: Cluster, balanced: str) -> None:
    here, there = cluster.nodes
    with ExitStack() as stack:
        people = [
            stack.enter_context(Client(balanced, source_address=(ELSEWHERE, 0)))
            for _ in range(PEOPLE)
        ]
        for number, one in enumerate(people):
            one.hello(name=f"Гость {number}")
            one.join("lobby")
        listed = ask(here, "connections")["connections"]
        assert [one["address"] for one in listed] == PEOPLE * [ELSEWHERE]
        status = ask(here, "stats")
        counts = [status["connections"], status["nodes"][0]["result"]["connections"]]
        assert counts == 2 * [PEOPLE / 2], "they are spread"
        said = people[0].say("lobby", "раз")
        for one in people:
            assert one.expect("message:new")["id"] == said["id"]
        there.stop(signal.SIGKILL)
        back = [stack.enter_context(Client(balanced)) for _ in range(PEOPLE)]
        for one, before in zip(back, people, strict=True):
            one.hello(token=before.token)
            page = one.join("lobby", after_seq=said["seq"], after_rev=said["rev"])
            assert page["messages"] == page["changed"] == []
        assert back[0].say("lobby", "два")["seq"] == said["seq"] + 1
        for one in back:
            one.expect("message:new", content="два")
    there.start()
