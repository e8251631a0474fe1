"""One fault stays one fault: full disks, damaged rooms, few descriptors, clocks."""

from __future__ import annotations

import json
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.disks import mounted
from tests.net.raw import RawClient


def everything(client: Client, dialog_id: str) -> dict[int, dict[str, Any]]:
    """All messages of a dialog as they are stored, by seq."""
    found: dict[int, dict[str, Any]] = {}
    while True:
        page = client.ask("history:get", dialog_id=dialog_id, after_seq=len(found), limit=200)
        found |= {one["seq"]: one for one in page["messages"]}
        if not page["more"]:
            return found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB, where mounting is permitted."""
    with mounted(tmp_path / "small", 400) as disk:
        yield disk.home


def test_a_full_disk_is_told_survived_and_recovered_from(small_disk: Path) -> None:
    daemon = Daemon(small_disk).start()
    ballast = small_disk / "ballast"
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        anna.join("lobby")
        kept = anna.say("lobby", "before")
        ballast.write_bytes(b"x" * 280_000)
        stored = 1
        with pytest.raises(Refused) as refused:
            while True:
                anna.say("lobby", "y" * 2000)
                stored += 1
        assert refused.value.code == "unavailable" and refused.value.error["retry_after"]
        status, body = daemon.http("GET", "/readyz")
        assert status == 503 and "space" in body["error"]["message"]
        assert daemon.http("GET", "/healthz")[0] == 200
        page = anna.ask("history:get", dialog_id="lobby", after_seq=0, limit=200)
        assert len(page["messages"]) == stored and page["messages"][0] == kept
        ballast.unlink()
        eventually(lambda: daemon.http("GET", "/readyz")[0] == 200)
        assert anna.say("lobby", "after")["seq"] == stored + 1
    assert daemon.stop() == 0
    daemon.start()
    with Client(daemon.address) as again:
        again.hello(token=anna.token)
        assert again.join("lobby", after_seq=stored)["messages"][0]["content"] == "after"
    assert daemon.stop() == 0


def test_a_room_with_damaged_data_harms_no_other(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"rooms": {"lobby": {}, "broken": {}}})
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        for room in ("lobby", "broken"):
            anna.say(room, "kept")
        daemon.stop()
    segment = daemon.data / "messages" / "broken" / "000000.json"
    segment.write_bytes(segment.read_bytes().replace(b"kept", b"KEPT"))
    daemon.start()
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        with pytest.raises(Refused) as refused:
            anna.join("broken")
        assert refused.value.code == "damaged"
        assert str(daemon.data) not in refused.value.error["message"], "paths are not for peers"
        assert anna.join("lobby")["messages"][0]["content"] == "kept"
    assert str(segment) in daemon.logged()


def test_too_few_descriptors_refuse_newcomers_and_keep_the_others(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path).start(descriptors=120)
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        host, _, port = daemon.address.partition(":")
        crowd = [socket.create_connection((host, int(port))) for _ in range(300)]
        for number in range(20):
            assert anna.say("lobby", f"m{number}")
        for one in crowd:
            one.close()
        eventually(lambda: answers(daemon))
        assert anna.say("lobby", "still here")
    assert daemon.stop() == 0
    assert "Too many open files" not in daemon.logged(), "the store's own are never taken"


def answers(daemon: Daemon) -> bool:
    """Whether a newcomer is served."""
    try:
        return daemon.http("GET", "/healthz")[0] == 200
    except OSError:
        return False


def test_sigterm_with_thousands_connected_tells_everybody_to_come_back(
    make_daemon: MakeDaemon,
) -> None:
    settings = {"server": {"max_connections_per_address": 20_000}}
    daemon = make_daemon({**settings, "websocket": {"hello_seconds": 600}})
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(5000, hard - 2000)
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 2000)), hard))
    try:
        crowd = [RawClient(daemon.address) for _ in range(count)]
        crowd[0].send("hello", name="Аня")
        crowd[0].next()
        crowd[0].send("message:send", dialog_id="lobby", content="kept")
        while crowd[0].next()["event"] != "ack":
            pass
        assert daemon.process
        daemon.process.send_signal(signal.SIGTERM)
        codes = {one.closed_with() for one in crowd}
        assert codes == {1001}
        assert daemon.process.wait(20) == 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_stalled_event_loop_is_logged_with_the_stack_that_stalled_it() -> None:
    script = (
        "from gevent import monkey; monkey.patch_all()\n"
        "import gevent\n"
        "from chatd.config import settings\nfrom chatd.daemon import log\n"
        "from chatd.runtime.loop import LoopWatch\n"
        "log.start(settings.LogSettings())\n"
        "watch = LoopWatch(lambda lag: None)\n"
        "gevent.spawn(watch.run)\n"
        "def the_culprit():\n"
        "    monkey.get_original('time', 'sleep')(0.4)\n"
        "gevent.sleep(0.1)\n"
        "the_culprit()\n"
        "gevent.sleep(0.1)\n"
        "print(watch.stalls)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "1" and "the_culprit" in done.stderr, done.stderr


def test_log_lines_cannot_be_forged() -> None:
    from chatd.log.line import tame

    assert tame("a\nb\x1b[31m") == "a\n    b�[31m"
    assert "\x1b" not in tame("\x1b]0;title\x07")


@pytest.mark.parametrize("format", ["text", "json"])
def test_an_event_is_one_line_and_what_no_area_says_is_not_there(format: str) -> None:
    script = (
        "from loguru import logger\n"
        "from chatd.config import settings\nfrom chatd.daemon import log\n"
        f"levels = log.start(settings.LogSettings(format={format!r}))\n"
        "logger.bind(area='rooms').debug('not yet')\n"
        "levels.set('rooms', 'debug')\n"
        "logger.bind(area='rooms').debug('a room')\n"
        "logger.bind(area='http').debug('not here')\n"
        "logger.bind(area='http').info('a page\\nforged')\n"
        "levels.set('all', 'error')\n"
        "logger.bind(area='rooms').warning('no more')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    lines = done.stderr.splitlines()
    assert ("a room" in lines[0]) and ("a page" in lines[1]), done.stderr
    assert len(lines) == (2 if format == "json" else 3) and all(lines), done.stderr


def test_a_flooder_is_told_when_to_try_again_and_others_are_served(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"limits": {"messages_per_participant": "5/second"}})
    with Client(daemon.address) as flooder, Client(daemon.address) as other:
        flooder.hello(name="f"), other.hello(name="o")
        numbers = [
            flooder.give("message:send", dialog_id="lobby", content="spam") for _ in range(50)
        ]
        refused: list[dict[str, Any]] = []
        for number in numbers:
            try:
                flooder.answer(number)
            except Refused as no:
                refused.append(no.error)
        assert refused and {error["code"] for error in refused} == {"rate_limited"}
        assert all(error["retry_after"] >= 1 for error in refused)
        assert other.say("lobby", "unharmed")


def test_an_anonymous_connection_is_not_kept_for_ever(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"websocket": {"hello_seconds": 1.0}})
    with Client(daemon.address) as silent, Client(daemon.address) as known:
        known.hello(name="k")
        assert silent.close_code() == 4002
        assert known.ask("ping")


def test_tokens_are_kept_hashed_and_expire(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        secret = anna.token.partition(".")[2]
    daemon.stop()
    everything = b"".join(path.read_bytes() for path in daemon.data.rglob("*") if path.is_file())
    assert secret.encode() not in everything and anna.id.encode() in everything
    (sheet,) = (daemon.data / "participants").glob("*.json")
    assert json.loads(sheet.read_bytes())["participants"]["1"]["expires_at"] > f"{time.gmtime()[0]}"


def test_a_handler_that_raises_fails_for_one_peer_and_tells_no_secret(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path).start(fault="handler")
    with Client(daemon.address) as anna, Client(daemon.address) as boris:
        anna.hello(name="Аня"), boris.hello(name="Борис")
        with pytest.raises(Refused) as refused:
            anna.ask("presence:set", status="away")
        assert refused.value.code == "internal" and refused.value.error["incident"]
        assert "secret" not in json.dumps(refused.value.error)
        assert anna.say("lobby", "goes on") and boris.say("lobby", "goes on")
    assert refused.value.error["incident"] in daemon.logged()
    assert "a secret of the house" in daemon.logged()
    assert daemon.stop() == 0


@pytest.mark.parametrize("fault", ["listener", "admin_listener"])
def test_what_cannot_go_on_takes_the_daemon_down_to_be_started_again(
    tmp_path: Path, fault: str
) -> None:
    daemon = Daemon(tmp_path).start(fault=fault)
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        kept = anna.say("lobby", "kept")
        assert daemon.process
        daemon.process.send_signal(signal.SIGUSR1)
        assert anna.close_code() == 1001
    assert daemon.process.wait(20) == 1, "systemd restarts on failure"
    assert "is vital and died" in daemon.logged()
    daemon.stop()
    daemon.start()
    with Client(daemon.address) as anna_again:
        anna_again.hello(token=anna.token)
        assert anna_again.join("lobby")["messages"] == [kept]
    assert daemon.stop() == 0


def test_a_clock_that_jumps_breaks_no_order_and_no_id(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path).start(fault="clock")
    ids, seqs = [], []
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        for turn in range(3):
            ids.append(anna.ask("ticket:open", content=f"t{turn}")["ticket"]["id"])
            seqs.append(anna.say("lobby", f"m{turn}")["seq"])
            if turn < 2:
                assert daemon.process
                before = anna.ask("ping")["server_time"]
                daemon.process.send_signal(signal.SIGUSR1)
                eventually(lambda then=before: jumped(then, anna.ask("ping")["server_time"]))
        assert seqs == [1, 2, 3] and len(set(ids)) == 3
        assert ids == sorted(ids)
        page = anna.ask("history:get", dialog_id="lobby", after_seq=0)["messages"]
        assert [one["content"] for one in page] == ["m0", "m1", "m2"]
    assert daemon.stop() == 0


def jumped(before: str, after: str) -> bool:
    """Whether two times are on different days."""
    return before[:10] != after[:10]


def test_a_slow_disk_makes_batches_not_queues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gevent

    from chatd.store.base import Append
    from chatd.store.tiny import filesystem
    from chatd.store.tiny.committer import BATCH_BYTES
    from chatd.store.tiny.store import open_store
    from tests.store.backends import message

    store = open_store(tmp_path / "data")
    syncs, real = [], filesystem.sync

    def slow(descriptor: int) -> None:
        syncs.append(1)
        time.sleep(0.05)
        real(descriptor)

    monkeypatch.setattr(filesystem, "sync", slow)
    writers = [gevent.spawn(store.commit, Append(message(f"m{n}"))) for n in range(500)]
    gevent.joinall(writers, raise_error=True)
    assert store.conversation("lobby").last_seq == 500 and len(syncs) <= 10
    syncs.clear()
    fat = "x" * (BATCH_BYTES // 4)
    writers = [gevent.spawn(store.commit, Append(message(fat))) for _ in range(40)]
    gevent.joinall(writers, raise_error=True)
    assert len(syncs) >= 10, "what is told in one turn of the loop is bounded in bytes, too"
    monkeypatch.undo()
    store.close()
