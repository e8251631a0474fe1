"""The recipes of docs/scaling.md: each request of a session comes to the node that has it."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests import ports, proxies
from tests.client import Client
from tests.cluster import Cluster, Clusters, shared
from tests.daemon import eventually
from tests.net.socketio.stock import StockClient
from tests.postgres import Server
from tests.socketio import MODES, SocketIoClient

SCALING = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text("utf-8")
HERE = "127.0.0.1"
ROOM = "lobby"
SERVER = """
map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
server {
    listen %s;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    location / { proxy_pass http://$chat_node; }
}
"""


@pytest.fixture
def nodes(postgres: Server, tmp_path: Path) -> Iterator[Cluster]:
    """Two, with names."""
    clusters = Clusters(postgres, tmp_path)
    cluster = clusters.make(start=False)
    for name, node in zip("ab", cluster.nodes, strict=True):
        node.write_config({"server": {"node": name}, **shared(cluster.dsn)})
    yield cluster.start()
    clusters.end()


def recipe(language: str, cluster: Cluster, listen: str) -> str:
    """The configuration of a balancer in front of these nodes."""
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", SCALING, re.M | re.S)
    for number, node in enumerate(cluster.nodes, 1):
        assert f"10.0.0.{number}:8080" in text
        text = text.replace(f"10.0.0.{number}:8080", node.address)
    if language == "nginx":
        return text + SERVER % listen
    whole = text.replace(":443 ssl crt /etc/haproxy/chat.pem", listen)
    assert whole != text
    return whole.replace("Host chat.example", "Host localhost")


@contextmanager
def balancer(language: str, cluster: Cluster) -> Iterator[str]:
    """A running one; where it listens."""
    listen, home = f"{HERE}:{next(ports.FREE)}", cluster.home / language
    home.mkdir()
    program = proxies.PROXIES[language](recipe(language, cluster, listen), home)
    with (home / "log").open("w") as log:
        running = subprocess.Popen(program, stdout=log, stderr=log)
    try:
        port = int(listen.rpartition(":")[2])
        eventually(lambda: running.poll() is not None or proxies.reachable(port))
        assert running.poll() is None, (home / "log").read_text()
        yield listen
    finally:
        running.terminate()
        running.wait(20)


@pytest.mark.parametrize("language", ["haproxy", "nginx"])
def test_a_session_stays_on_its_node_and_whose_is_killed_is_back(
    nodes: Cluster, language: str
) -> None:
    with balancer(language, nodes) as address, ExitStack() as stack:
        people = [
            stack.enter_context(SocketIoClient(address, mode)) for mode in MODES for _ in range(4)
        ]
        assert {one.sid[:2] for one in people} == {"a.", "b."}
        for number, one in enumerate(people):
            one.hello(name=f"Гость {number}")
            one.join(ROOM)
            one.say(ROOM, f"от {number}")
        raw = stack.enter_context(Client(nodes.nodes[1].address))
        raw.hello(name="Борис")
        raw.join(ROOM)
        said = raw.say(ROOM, "всем")
        for one in people:
            assert one.expect("message:new", content="всем") == said
        anna = stay_on(stack, address, "a.")
        at = {"dialog_id": ROOM, "after_seq": said["seq"], "after_rev": said["rev"]}
        anna.do("auth", {"token": anna.token, "join": [at]})
        nodes.nodes[0].stop(signal.SIGKILL)
        missed = raw.say(ROOM, "без тебя")
        before = anna.id
        known = anna.known()
        assert known["participant"]["id"] == before and anna.sid.startswith("b.")
        (page,) = known["joined"]
        assert missed["id"] in {message["id"] for message in page["messages"]}


def stay_on(stack: ExitStack, address: str, beginning: str) -> StockClient:
    """A stock client by polling, whose session is on a node."""
    for _ in range(50):
        one = stack.enter_context(StockClient(address, "polling"))
        one.hello(name="Аня")
        one.join(ROOM)
        if one.sid.startswith(beginning):
            return one
    raise AssertionError("all come to the other node")
