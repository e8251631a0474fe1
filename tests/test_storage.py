"""A real daemon whose disk is full, slow, damaged; whose committer dies."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.store.tiny import checking
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.disks import Disk, mounted


@pytest.fixture(params=["tmpfs", "ext4"])
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Disk]:
    with mounted(tmp_path / "small", 2_000, request.param) as made:
        yield made


@pytest.fixture
def on_disk(make_daemon: MakeDaemon, disk: Disk) -> Daemon:
    """A daemon, not started, that has everything of its own on a small disk."""
    daemon = make_daemon(start=False)
    daemon.data = disk.home / "data"
    daemon.socket = daemon.data / "admin" / "admin.sock"
    return daemon


def say(daemon: Daemon, first: int, count: int, token: str | None = None) -> str:
    """Acknowledged, all of them; who said it."""
    with Client(daemon.address) as client:
        client.hello(**({"token": token} if token else {"name": "Аня"}))
        client.join("lobby")
        for number in range(first, first + count):
            client.say("lobby", f"m{number}")
        assert client.token
        return client.token


def texts(client: Client) -> list[str]:
    page = client.ask("history:get", dialog_id="lobby", after_seq=0, limit=200)
    return [one["content"] for one in page["messages"]]


def kept(daemon: Daemon, token: str, count: int) -> None:
    """Everything is there, asked for and read."""
    with Client(daemon.address) as client:
        client.hello(token=token)
        assert texts(client) == [f"m{number}" for number in range(count)]
    assert daemon.stop() == 0
    checking.verify(daemon.data)


def test_crash_start_full_stop(on_disk: Daemon, disk: Disk, tmp_path: Path) -> None:
    daemon = on_disk.start()
    token = say(daemon, 0, 25)
    daemon.stop(signal.SIGKILL)
    daemon.start()
    say(daemon, 25, 25, token)
    disk.fill()
    done = daemon.admin("backup", str(tmp_path / "copy"))
    assert done.returncode == 1 and "No space left" in done.stderr, done.stderr
    status, body = daemon.http("GET", "/readyz")
    assert status == 200 and body["data"]["status"] == "degraded"
    assert "No space left" in body["data"]["impaired"][0]
    assert daemon.stop() == 0
    disk.free()
    kept(daemon.start(), token, 50)


def test_started_on_a_full_disk_it_is_read_and_goes_on_when_there_is_space(
    on_disk: Daemon, disk: Disk
) -> None:
    daemon = on_disk.start()
    token = say(daemon, 0, 25)
    daemon.stop(signal.SIGKILL)
    shutil.rmtree(daemon.data / "admin")
    (daemon.data / "audit.log").unlink(missing_ok=True)
    disk.fill()
    daemon.start()
    status, body = daemon.http("GET", "/readyz")
    assert status == 503 and f"{daemon.data}/" in body["error"]["message"]
    with Client(daemon.address) as client:
        client.hello(token=token)
        assert len(texts(client)) == 25
        with pytest.raises(Refused, match="No space left") as refused:
            client.say("lobby", "refused")
        assert refused.value.code == "unavailable"
        disk.free()
        eventually(lambda: daemon.http("GET", "/readyz")[0] == 200)
        client.say("lobby", "m25")
    eventually(lambda: daemon.admin("ping").returncode == 0)
    kept(daemon, token, 26)


def test_one_damaged_file_is_named_and_everything_else_goes_on(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"store": {"checkpoint_seconds": 0.2}, "rooms": {"lobby": {}, "yard": {}}})
    token = say(daemon, 0, 3)
    with Client(daemon.address) as client:
        client.hello(name="customer")
        opened = client.ask("ticket:open", content="help", wants_person=True)["ticket"]["id"]
        client.say(opened, "it does not work")
        customer = client.token
    operator = daemon.add_operator("artem", "Артём")
    assert daemon.stop() == 0
    segment = daemon.data / "messages" / "lobby" / "000000.json"
    of_ticket = next((daemon.data / "messages").glob("TKT-*/000000.json"))
    for path in (segment, of_ticket):
        path.write_bytes(path.read_bytes().replace(b'"content":"', b'"content":"!', 1))
    daemon.start()
    with Client(daemon.address) as client:
        client.hello(token=token)
        for _ in range(3):
            for event in ("dialog:join", "history:get"):
                with pytest.raises(Refused) as refused:
                    client.ask(event, dialog_id="lobby")
                assert refused.value.code == "damaged"
                assert str(daemon.data) not in str(refused.value.error)
        with pytest.raises(Refused, match="damaged"):
            client.say("lobby", "no")
        client.join("yard")
        client.say("yard", "yes")
        assert [room["id"] for room in client.ask("room:list")["rooms"]] == ["yard"]
    with Client(daemon.address) as client:
        assert client.hello(token=customer, ticket_id=opened)["ticket"]["id"] == opened
        with pytest.raises(Refused) as refused:
            client.ask("history:get", dialog_id=opened)
        assert refused.value.code == "damaged"
    with Client(daemon.address) as client:
        assert client.hello(token=customer, ticket_id=opened)["ticket"] is None
        again = client.ask("ticket:open", content="another", wants_person=True)["ticket"]["id"]
        assert again != opened
    with Client(daemon.address) as client:
        client.hello(token=operator)
        assert [one["id"] for one in client.ask("queue:watch")["tickets"]] == [again]
        assert [one["id"] for one in client.ask("ticket:list")["tickets"]] == [again]
    told(daemon, opened)
    assert eventually(lambda: (daemon.data / "messages" / "yard" / "000000.json").exists())
    eventually(lambda: len(list((daemon.data / "journal").glob("*.log"))) == 1)
    assert daemon.stop() == 0
    assert daemon.logged().count("messages/lobby/000000.json: damaged") == 1, "said once"


def told(daemon: Daemon, opened: str) -> None:
    """What is out of service stands where it is looked for."""
    status, body = daemon.http("GET", "/readyz")
    assert status == 200 and body["data"]["status"] == "degraded"
    assert {"out of service: lobby", f"out of service: {opened}"} == {*body["data"]["impaired"]}
    figures: dict[str, Any] = daemon.admin_json("stats")
    assert figures["store_damaged_files"] == 2 and "lobby" in figures["store_damaged"]
    assert b"\nchatd_store_damaged_files 2" in daemon.http_full("GET", "/metrics")[2]


def test_a_committer_that_dies_ends_the_daemon(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"drain_seconds": 1.0}}, start=False).start(fault="committer")
    token = say(daemon, 0, 5)
    with Client(daemon.address) as client:
        client.hello(token=token)
        os.kill(daemon.pid, signal.SIGUSR1)
        with pytest.raises(Refused) as refused:
            while True:
                client.say("lobby", "the one that kills it", client_id="k")
                time.sleep(0.01)
        assert refused.value.code == "unavailable"
    assert daemon.process and daemon.process.wait(10) == 1
    assert "committer is vital and died" in daemon.logged()
    daemon.start()
    with Client(daemon.address) as client:
        client.hello(token=token)
        assert texts(client)[:5] == [f"m{number}" for number in range(5)]
        client.say("lobby", "the one that kills it", client_id="k")
        assert texts(client).count("the one that kills it") == 1
    assert daemon.stop() == 0


def test_a_stop_on_a_slow_disk_is_in_time_and_loses_nothing(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"store": {"stop_seconds": 1.0}}, start=False).start(fault="slowing")
    os.kill(daemon.pid, signal.SIGUSR1)
    eventually(lambda: daemon.admin_json("stats")["store_open_tickets"] == 1_000)
    begun = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - begun < 15, "what systemd allows; writing it all takes 20 s and more"
    written = len(list((daemon.data / "messages").glob("*/*.json")))
    assert written < 1_000
    daemon.start()
    assert daemon.admin_json("stats")["store_open_tickets"] == 1_000
    assert daemon.stop(signal.SIGKILL) == -signal.SIGKILL
    checking.verify(daemon.data)
