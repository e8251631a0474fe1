"""One fault stays one fault: disconnects, full disks, damaged rooms, few descriptors, restarts."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
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

DISCONNECTS = int(os.environ.get("CHATD_DISCONNECTS", "10000"))
READERS = 4
SIGNS = [chr(0x1F600 + number) for number in range(5)]


class Reader:
    """Follows a room, loses its connection at random moments, resumes where it was, and shows what
    it was told."""

    def __init__(self, address: str, token: str, seed: int) -> None:
        self.address = address
        self.token = token
        self.chance = random.Random(seed)
        self.shown: dict[int, dict[str, Any]] = {}
        self.seq = self.rev = self.caught_up = 0

    def run(self, times: int, upto: threading.Event, last: list[int]) -> None:
        """So many disconnects; then until everything is there."""
        for _ in range(times):
            self._connected(self.chance.randint(0, 6))
        upto.wait()
        while self.rev < last[1] or self.seq < last[0]:
            self._connected(1)

    def _connected(self, events: int) -> None:
        client = RawClient(self.address)
        at = {"dialog_id": "lobby", "after_seq": self.seq, "after_rev": self.rev, "limit": 200}
        client.send("hello", token=self.token, join=[at])
        while (frame := client.next())["event"] != "ack":
            assert not frame["event"].startswith("message:"), "nothing comes before the page"
        (page,) = frame["data"]["joined"]
        self._resume(page)
        while events > 0 and not page["more"] and (event := client.next(0.05)):
            if event["event"].startswith("message:"):
                self._hear(event["event"], event["data"])
                events -= 1
        client.sock.close()

    def _resume(self, page: dict[str, Any]) -> None:
        if page["resync"]:
            self.shown.clear()
            self.seq = page["messages"][0]["seq"] - 1
        for message in page["changed"]:
            assert message["seq"] <= self.seq and message["rev"] > self.rev
            if message["seq"] in self.shown:
                self.shown[message["seq"]] = message
                self.caught_up += 1
        for message in page["messages"]:
            self._take(message)
        assert page["rev"] >= self.rev
        self.rev = page["rev"]

    def _hear(self, event: str, told: dict[str, Any]) -> None:
        if event == "message:new":
            self._take(told)
        elif told["seq"] in self.shown and told["rev"] > self.rev:
            self.shown[told["seq"]] |= told
        self.rev = max(self.rev, told["rev"])

    def _take(self, message: dict[str, Any]) -> None:
        assert message["seq"] == self.seq + 1, (message["seq"], self.seq)
        self.seq = message["seq"]
        self.shown[self.seq] = message


def change_something(writer: Client, chance: random.Random, seq: int) -> int:
    """An edit, a deletion or a reaction of an older message; its rev."""
    id = f"lobby:{chance.randint(max(1, seq - 60), seq)}"
    event, more = chance.choice(
        [
            ("message:edit", {"content": f"edited at {seq}"}),
            ("message:react", {"emoji": chance.choice(SIGNS), "remove": chance.random() < 0.3}),
            ("message:delete", {}),
        ]
    )
    try:
        rev: int = writer.ask(event, message_id=id, **more)["message"]["rev"]
    except Refused as refused:
        assert refused.code == "conflict", "it is deleted already"
        return 0
    return rev


def everything(client: Client, dialog_id: str) -> dict[int, dict[str, Any]]:
    """All messages of a dialog as they are stored, by seq."""
    found: dict[int, dict[str, Any]] = {}
    while True:
        page = client.ask("history:get", dialog_id=dialog_id, after_seq=len(found), limit=200)
        found |= {one["seq"]: one for one in page["messages"]}
        if not page["more"]:
            return found


def test_10_000_disconnects_lose_and_double_nothing(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    last, done, chance = [0, 0], threading.Event(), random.Random(9)
    with Client(daemon.address) as writer:
        writer.hello(name="w")
        readers = []
        for seed in range(READERS):
            with Client(daemon.address) as newcomer:
                newcomer.hello(name=f"r{seed}")
                readers.append(Reader(daemon.address, newcomer.token, seed))
        threads = [
            threading.Thread(target=one.run, args=(DISCONNECTS // READERS, done, last))
            for one in readers
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and not done.is_set():
            said = writer.say("lobby", "x")
            last[:] = said["seq"], max(said["rev"], change_something(writer, chance, said["seq"]))
            opened = daemon.admin_json("stats")["connections_opened"] if last[0] % 50 == 0 else 0
            if opened > DISCONNECTS or last[0] > DISCONNECTS:
                done.set()
        done.set()
        for thread in threads:
            thread.join(120)
        stored = everything(writer, "lobby")
    assert len(stored) == last[0] and any("deleted_at" in one for one in stored.values())
    for one in readers:
        assert one.seq == last[0] and one.rev == last[1]
        assert [*one.shown] == list(range(last[0] - len(one.shown) + 1, last[0] + 1))
        assert {seq: without_nothing(shown) for seq, shown in one.shown.items()} == {
            seq: without_nothing(stored[seq]) for seq in one.shown
        }
        assert one.caught_up > 0, "there was something to catch up with"


def without_nothing(message: dict[str, Any]) -> dict[str, Any]:
    """A message without what a change may have left empty."""
    return {name: value for name, value in message.items() if value not in ({}, [])}


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
    daemon = make_daemon({"server": {"max_connections_per_address": 20_000}})
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


def test_systemd_is_told_and_its_socket_keeps_callers_over_a_restart(tmp_path: Path) -> None:
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(tmp_path / "notify"))
    told.settimeout(10)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        host, port = listener.getsockname()
        environ = {
            **os.environ,
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "400000",
        }
        for turn in range(2):
            with socket.create_connection((host, port)) as early:
                daemon = activated(tmp_path, environ, listener)
                assert heard(told, b"READY=1") and heard(told, b"WATCHDOG=1")
                early.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                early.settimeout(10)
                assert early.recv(1000).startswith(b"HTTP/1.1 200"), turn
            daemon.send_signal(signal.SIGHUP)
            assert heard(told, b"RELOADING=1") and heard(told, b"READY=1")
            daemon.terminate()
            assert heard(told, b"STOPPING=1")
            assert daemon.wait(20) == 0
    told.close()


def activated(
    home: Path, environ: dict[str, str], *listeners: socket.socket
) -> subprocess.Popen[bytes]:
    """A daemon that is handed its sockets as systemd does it."""
    script = (
        "import fcntl, os, sys;"
        "given = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 100) for one in sys.argv[1].split(',')];"
        "[os.dup2(one, 3 + number) for number, one in enumerate(given)];"
        "os.environ['LISTEN_FDS'] = str(len(given)); os.environ['LISTEN_PID'] = str(os.getpid());"
        "os.execv(sys.executable, [sys.executable, '-m', 'chatd', 'start', *sys.argv[2:]])"
    )
    numbers = [listener.fileno() for listener in listeners]
    given = ["--data-dir", str(home / "data"), "--socket", str(home / "admin.sock")]
    return subprocess.Popen(
        [sys.executable, "-c", script, ",".join(map(str, numbers)), *given],
        pass_fds=numbers,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_all_sockets_of_systemd_are_served_unix_ones_as_well(tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    with socket.socket() as one, socket.socket() as other, socket.socket(socket.AF_UNIX) as local:
        for listener, address in (
            (local, str(path)),
            (one, ("127.0.0.1", 0)),
            (other, ("127.0.0.1", 0)),
        ):
            listener.bind(address)
            listener.listen()
        daemon = activated(tmp_path, dict(os.environ), local, one, other)
        for listener in (one, other, local):
            with socket.socket(listener.family) as client:
                client.settimeout(20)
                client.connect(listener.getsockname())
                client.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                assert client.recv(1000).startswith(b"HTTP/1.1 200"), listener
        daemon.terminate()
        assert daemon.wait(20) == 0


def heard(told: socket.socket, what: bytes) -> bool:
    """Waits until systemd is told this."""
    while what not in told.recv(4096):
        pass
    return True


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
    daemon = make_daemon({"websocket": {"hello_seconds": 0.3}})
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
    from tests.store.test_contract import message

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
