"""Socket.IO with several processes on one socket: a session's requests come to any of them."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any, BinaryIO

from tests.client import Client
from tests.daemon import eventually
from tests.net.socketio.stock import StockClient
from tests.net.socketio.stock_python import PythonClient
from tests.several.processes import COUNT, Several, open_files
from tests.socketio import MODES, Mode, SocketIoClient, SocketIoLine
from tests.test_disconnects import Reader, change_something, check_shown
from tests.test_faults import everything

ROOM = "lobby"
POLL = "/socket.io/?EIO=4&transport=polling"
SECRET = "A" * 24
DISCONNECTS, MOST = 20, 3_000
OWN = 61  # of the latest messages one is changed: all of whoever changes it
Stock = StockClient | PythonClient


def process_of(sid: str) -> int:
    """The number of the process that has a session."""
    return int(sid.split(".")[1])


def poll(several: Several, sid: str) -> tuple[int, dict[str, Any]]:
    """The answer to a poll that is none of a session's."""
    status, _, body = several.http_full("GET", f"{POLL}&sid={sid}")
    return status, json.loads(body)


def rows_of_all(several: Several) -> list[dict[str, Any]]:
    """The connections of all processes; none for as long as one is waited for that was killed."""
    done = several.admin("--json", "connections")
    return json.loads(done.stdout)["connections"] if done.returncode == 0 else []


def test_in_all_modes_it_is_one_session_wherever_its_requests_come(several: Several) -> None:
    with ExitStack() as stack:
        raw = stack.enter_context(Client(several.address))
        raw.hello(name="Борис")
        raw.join(ROOM)
        people = [
            stack.enter_context(SocketIoClient(several.address, mode))
            for mode in MODES
            for _ in range(4)
        ]
        for number, one in enumerate(people):
            one.hello(name=f"Гость {number}")
            one.join(ROOM)
        for number, one in enumerate(people):
            said = one.say(ROOM, f"от {number}")
            assert raw.expect("message:new", content=f"от {number}") == said
        said = raw.say(ROOM, "всем")
        for one in people:
            assert one.expect("message:new", content="всем") == said
        assert {process_of(one.sid) for one in people} <= set(range(1, COUNT + 1))
        rows = eventually(lambda: rows_of_all(several), 60)
        shown = {one["participant"]: one["transport"] for one in rows}
        assert [shown[one.id] for one in people] == [
            *["socketio-polling"] * 4,
            *["socketio-websocket"] * 8,
        ]


def test_whose_process_is_killed_is_back_on_another_and_misses_nothing(several: Several) -> None:
    with ExitStack() as stack:
        people: list[Stock] = [
            stack.enter_context(kind(several.address, mode))
            for kind in (StockClient, PythonClient)
            for mode in MODES
        ]
        for one in people:
            one.hello(name="Аня")
            seen = one.join(ROOM)["dialog"]
        at = {"dialog_id": ROOM, "after_seq": seen["last_seq"], "after_rev": seen["rev"]}
        for one in people:
            come_back_with(one, {"token": one.token, "join": [at]})
        where = {one.id: process_of(one.sid) for one in people}
        raw = stay_elsewhere(stack, several, where[people[0].id])
        said = [raw.say(ROOM, "раньше")]
        killed = set(where.values()) - {several.server_of(raw)}
        assert where[people[0].id] in killed
        for pid in [several.pid_of(number) for number in killed]:
            os.kill(pid, signal.SIGKILL)
        said += [raw.say(ROOM, f"{number} без вас") for number in range(3)]
        for one in people:
            found = heard(one, where[one.id] in killed, len(said))
            assert found == [message["id"] for message in said]
            sent = one.say(ROOM, "снова")
            assert raw.expect("message:new", id=sent["id"])
            said.append(sent)
    eventually(lambda: len(several.serving()) == COUNT, 60)


def test_whose_process_is_drained_is_told_and_back_on_another(several: Several) -> None:
    token = several.add_operator("artem", "Артём", "admin")
    with ExitStack() as stack:
        people: list[Stock] = [
            stack.enter_context(kind(several.address, "polling"))
            for kind in (StockClient, PythonClient)
        ]
        for one in people:
            one.hello(name="Аня")
            come_back_with(one, {"token": one.token})
        _, body = several.http("GET", "/api/debug/websocket-stats", token=token)
        assert body["data"]["by_transport"]["socketio-polling"] >= len(people)
        for number in sorted({process_of(one.sid) for one in people}, reverse=True):
            assert several.admin("drain", "--node", node_name(several, number)).returncode == 0
        for one in people:
            before = one.id
            assert one.expect("closed")["code"] == 1001
            assert one.known()["participant"]["id"] == before
    eventually(lambda: len(several.serving()) == COUNT, 60)


def node_name(several: Several, number: int) -> str:
    """What the process of a number is called in ``status``."""
    pid = str(several.pid_of(number))

    def find() -> str:
        status = json.loads(several.admin("--json", "status").stdout or "{}")
        names = [status.get("node", ""), *(one["node"] for one in status.get("nodes", ()))]
        return next((one for one in names if one.split("-")[-2:-1] == [pid]), "")

    return eventually(find)


def come_back_with(one: Stock, auth: dict[str, Any]) -> None:
    """What it will say whenever it connects again."""
    if isinstance(one, PythonClient):
        one.auth = auth
    else:
        one.do("auth", auth)


def stay_elsewhere(stack: ExitStack, several: Several, process: int) -> Client:
    """Somebody on a raw WebSocket to another process."""
    for _ in range(100):
        raw = stack.enter_context(Client(several.address))
        raw.hello(name="Борис")
        if several.server_of(raw) != process:
            raw.join(ROOM)
            return raw
        raw.close()
    raise AssertionError("all come to the same process")


def heard(one: Stock, again: bool, count: int) -> list[str]:
    """The messages that somebody has been told of, where they were cut off on the way, too."""
    told: list[str] = []
    if again:
        before = one.id
        known = one.known()
        assert known["participant"]["id"] == before
        (page,) = known["joined"]
        told = [message["id"] for message in page["messages"]]
    while len(told) < count:
        message = one.expect("message:new")
        assert message["id"] not in told or again
        if message["id"] not in told:
            told.append(message["id"])
    return told


def sessions_on_two(stack: ExitStack, several: Several) -> list[SocketIoClient]:
    """Two who poll, each a session of another process."""
    first = stack.enter_context(SocketIoClient(several.address, "polling"))
    for _ in range(100):
        second = stack.enter_context(SocketIoClient(several.address, "polling"))
        if process_of(second.sid) != process_of(first.sid):
            return [first, second]
        second.close()
    raise AssertionError("all come to the same process")


def post(sid: str, packets: str, *, length: int | None = None) -> bytes:
    """A POST, as it is sent."""
    body = packets.encode()
    return (
        f"POST {POLL}&sid={sid} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 10.9.8.7\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body) if length is None else length}\r\n"
        "\r\n"
    ).encode() + body


def answered(reader: http.client.HTTPResponse) -> tuple[int, str]:
    reader.begin()
    return reader.status, reader.read().decode()


def test_one_connection_serves_sessions_of_all_in_turn(several: Several) -> None:
    """As one that a proxy keeps open: each request goes to the process that has its session."""
    host, _, port = several.address.rpartition(":")
    with ExitStack() as stack:
        people = sessions_on_two(stack, several)
        for one in people:
            one.hello(name="Аня")
        kept = stack.enter_context(socket.create_connection((host, int(port)), 20))
        for number in range(6):
            one = people[number % 2]
            kept.sendall(post(one.sid, f'42/chat,{number}["ping",{{}}]'))
            assert answered(http.client.HTTPResponse(kept)) == (200, "ok")
            one.asked[number] = "ping"
            assert one.answer(number) is not None


def test_what_comes_in_pieces_or_ahead_is_handed_on_with_the_rest(several: Several) -> None:
    host, _, port = several.address.rpartition(":")
    with ExitStack() as stack:
        people = sessions_on_two(stack, several)
        for one in people:
            one.hello(name="Аня")
        kept = stack.enter_context(socket.create_connection((host, int(port)), 20))
        for number, one in enumerate(people):
            one.asked[number] = "ping"
            whole = post(one.sid, f'42/chat,{number}["ping",{{}}]')
            for begin in range(0, len(whole), 40):
                kept.sendall(whole[begin : begin + 40])
                time.sleep(0.002)
            assert answered(http.client.HTTPResponse(kept)) == (200, "ok")
            assert one.answer(number) is not None
        ahead = [post(one.sid, '42/chat,9["ping",{}]') for one in people]
        for one in people:
            one.asked[9] = "ping"
        kept.sendall(b"".join(ahead))
        with kept.makefile("rb") as stream:
            assert [read_answer(stream) for _ in people] == [b"ok", b"ok"]
        for one in people:
            assert one.answer(9) is not None


def read_answer(stream: BinaryIO) -> bytes:
    """One of several answers behind each other."""
    assert b" 200 " in stream.readline()
    length = 0
    while (line := stream.readline()) != b"\r\n":
        name, _, value = line.lower().partition(b":")
        if name == b"content-length":
            length = int(value)
    return stream.read(length)


HOSTILE = [
    *("", "x", "1.2", "..", "../../1", "%2e%2e%2f1.sock", "2.sock", "A" * 4_000),
    *("{node}.2.", "{node}.2." + "A" * 23, "{node}.2." + "A" * 25, "{node}.9." + SECRET),
    *("{node}.0." + SECRET, "{node}.02." + SECRET, "{node}.-1." + SECRET),
    *("{node}.1." + SECRET, "{node}.2." + SECRET, "{node}.3." + SECRET),
    *("{node}.99999999999999999999." + SECRET, "{node}.../2." + SECRET, "{node}.2/." + SECRET),
    *("{node}.%D9%A2." + SECRET, "{node}.2.%00" + SECRET, "{node}.2." + SECRET + "%0A"),
]


def names(several: Several) -> list[str]:
    """What is in the directory of the processes."""
    return sorted(one.name for one in (several.data / "processes").iterdir())


def test_a_sid_that_nobody_has_is_refused_with_the_number_for_it(several: Several) -> None:
    with SocketIoClient(several.address, "websocket") as one:
        node = one.sid.split(".")[0]
        one.hello(name="Аня")
        before = names(several)
        for sid in HOSTILE:
            found = poll(several, sid.format(node=node))
            assert found == (400, {"code": 1, "message": "Session ID unknown"}), sid
        assert names(several) == before and one.ask("ping") is not None


def test_one_of_another_node_says_what_is_wrong_and_is_counted(several: Several) -> None:
    for node in ("elsewhere", "a"):
        status, said = poll(several, f"{node}.1.{SECRET}")
        assert status == 400 and said["code"] == 1
        assert "it names another node, and the balancer has to send it there" in said["message"]
    assert "refused (node): Session ID unknown: it names another node" in several.logged()


def test_who_stands_still_is_not_waited_for_and_nobody_else_waits(several: Several) -> None:
    with ExitStack() as stack:
        first, second = sessions_on_two(stack, several)
        second.hello(name="Аня")
        pid = several.pid_of(process_of(first.sid))
        os.kill(pid, signal.SIGSTOP)
        try:
            with ThreadPoolExecutor(8) as beside:
                polls = [beside.submit(poll, several, first.sid) for _ in range(8)]
                for _ in range(5):
                    assert second.ask("ping") is not None
                for one in polls:
                    assert one.result(20) == (400, {"code": 1, "message": "Session ID unknown"})
        finally:
            os.kill(pid, signal.SIGCONT)
        assert "does not answer" in several.logged()
        first.hello(name="Боря")
        assert first.ask("ping") is not None


def test_what_is_handed_on_leaves_nothing_behind(several: Several) -> None:
    with ExitStack() as stack:
        people = sessions_on_two(stack, several)
        for one in people:
            one.hello(name="Аня")

        def count() -> int:
            return sum(len(open_files(pid)) for pid in several.workers)

        before = count()
        for _ in range(30):
            for one in people:
                one.ask("ping")
        eventually(lambda: count() <= before + COUNT)  # connections to the database come and go


def test_disconnects_between_nodes_lose_and_double_nothing(several: Several) -> None:
    last, done, chance = [0, 0], threading.Event(), random.Random(16)
    opened: list[str] = []

    def dial(mode: Mode, address: str) -> SocketIoLine:
        opened.append(mode)
        return SocketIoLine(address, mode)

    with Client(several.address) as writer:
        writer.hello(name="w")
        writer.ask_all("message:send", [{"dialog_id": ROOM, "content": "x"}] * OWN)
        readers = [
            Reader(partial(dial, mode), several.address, new_token(several), seed)
            for seed, mode in enumerate(MODES)
        ]
        threads = [
            threading.Thread(target=one.run, args=(DISCONNECTS, done, last)) for one in readers
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and not done.is_set():
            said = writer.say(ROOM, "x")
            last[:] = said["seq"], max(said["rev"], change_something(writer, chance, said["seq"]))
            if len(opened) >= len(readers) * DISCONNECTS or said["seq"] > MOST:
                done.set()
        done.set()
        for thread in threads:
            thread.join(120)
        check_shown(readers, last, everything(writer, ROOM))
    assert sum(one.caught_up for one in readers) > 0


def new_token(several: Several) -> str:
    """Of somebody who was never here."""
    with Client(several.address) as newcomer:
        newcomer.hello(name="Читатель")
        return newcomer.token
