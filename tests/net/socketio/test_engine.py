"""Engine.IO 4 to the letter, over an echo: the cases of its protocol's document."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from chatd.net.socketio.engine import MOST_PARTED
from tests.net.attacks import framed, request
from tests.net.test_websocket import EchoServer

PATH = "/engine.io/"
MOST = 1_000_000


@pytest.fixture(scope="module")
def echo() -> Iterator[EchoServer]:
    server = EchoServer(session_ping=0.8, session_timeout=0.7)
    yield server
    assert "Traceback" not in server.stop()


def test_the_official_suites_find_the_settings_that_they_expect() -> None:
    server = EchoServer()
    opened = Polling(server).opened
    server.stop()
    expected = {"pingInterval": 300, "pingTimeout": 200, "maxPayload": MOST}
    assert {name: opened[name] for name in expected} == expected


class Polling:
    """A session by plain HTTP."""

    def __init__(self, echo: EchoServer, path: str = PATH) -> None:
        self.echo, self.path = echo, path
        self.opened = json.loads(self.ask("GET")[1].removeprefix("0"))
        self.sid: str = self.opened["sid"]

    def ask(self, method: str, body: str | bytes | None = None, **query: str) -> tuple[int, str]:
        """Status and text of one request."""
        given = {"EIO": "4", "transport": "polling", **query}
        if hasattr(self, "sid"):
            given.setdefault("sid", self.sid)
        return ask(self.echo, method, self.path, body, **given)

    def poll(self) -> tuple[int, str]:
        return self.ask("GET")

    def post(self, body: str | bytes) -> tuple[int, str]:
        return self.ask("POST", body)

    def upgrade(self) -> ClientConnection:
        """A WebSocket for this session."""
        return open_ws(self.echo, self.path, sid=self.sid)


def ask(
    echo: EchoServer, method: str, path: str, body: str | bytes | None = None, **query: str
) -> tuple[int, str]:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(*echo.address, timeout=20)
    words = "&".join(f"{name}={value}" for name, value in query.items())
    connection.request(method, f"{path}?{words}", body)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def open_ws(echo: EchoServer, path: str = PATH, **query: str) -> ClientConnection:
    """A WebSocket of Engine.IO."""
    given = {"EIO": "4", "transport": "websocket", **query}
    words = "&".join(f"{name}={value}" for name, value in given.items() if value)
    host, port = echo.address
    return connect(f"ws://{host}:{port}{path}?{words}", compression=None, ping_interval=None)


def closed(ws: ClientConnection) -> bool:
    """Whether it ends, whatever comes before that."""
    try:
        while True:
            ws.recv(timeout=10)
    except ConnectionClosed:
        return True


EXPECTED = {"pingInterval": 800, "pingTimeout": 700, "maxPayload": MOST}


def test_a_session_opens_by_polling(echo: EchoServer) -> None:
    opened = Polling(echo).opened
    assert len(opened.pop("sid")) >= 20
    assert opened == {**EXPECTED, "upgrades": ["websocket"]}


def test_a_session_opens_by_websocket(echo: EchoServer) -> None:
    with open_ws(echo) as ws:
        opened = json.loads(str(ws.recv()).removeprefix("0"))
        del opened["sid"]
        assert opened == {**EXPECTED, "upgrades": []}


WRONG: dict[str, tuple[str, dict[str, str], int]] = {
    "no EIO": ("GET", {"transport": "polling"}, 5),
    "EIO 3": ("GET", {"EIO": "3", "transport": "polling"}, 5),
    "EIO abc": ("GET", {"EIO": "abc", "transport": "polling"}, 5),
    "no transport": ("GET", {"EIO": "4"}, 0),
    "a strange transport": ("GET", {"EIO": "4", "transport": "abc"}, 0),
    "a WebSocket without upgrade": ("GET", {"EIO": "4", "transport": "websocket"}, 3),
    "POST without session": ("POST", {"EIO": "4", "transport": "polling"}, 2),
    "PUT": ("PUT", {"EIO": "4", "transport": "polling"}, 2),
    "a strange sid": ("GET", {"EIO": "4", "transport": "polling", "sid": "abc"}, 1),
    "POST to a strange sid": ("POST", {"EIO": "4", "transport": "polling", "sid": "abc"}, 1),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_is_told_what_is_wrong(echo: EchoServer, case: str) -> None:
    method, query, code = WRONG[case]
    status, text = ask(echo, method, PATH, **query)
    assert (status, json.loads(text)["code"]) == (400, code)


@pytest.mark.parametrize(
    "query", [{"EIO": ""}, {"EIO": "3"}, {"transport": ""}, {"transport": "abc"}, {"sid": "abc"}]
)
def test_a_wrong_websocket_is_not_opened(echo: EchoServer, query: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_ws(echo, **query)
    assert refused.value.response.status_code == 400


@pytest.mark.parametrize(
    "payload",
    ["4hello", "4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA==", "4Привет, 🙂", "4", "4\x1e4"],
)
def test_what_is_posted_is_polled(echo: EchoServer, payload: str) -> None:
    polling = Polling(echo)
    assert polling.post(payload.encode()) == (200, "ok")
    assert polling.poll() == (200, payload)


@pytest.mark.parametrize(
    "payload",
    [
        "abc",
        "",
        "9",
        "2",
        "5",
        "0{}",
        "4ok\x1eabc",
        "b!!!",
        b"4\xff\xfe",
        "\x1e".join(["4a"] * 1_001),
    ],
    ids=range(10),
)
def test_what_is_no_packet_ends_the_session(echo: EchoServer, payload: str | bytes) -> None:
    polling = Polling(echo)
    assert polling.post(payload)[0] == 400
    assert polling.poll()[0] == 400
    assert polling.post("4late")[0] == 400


def test_a_post_has_a_bound(echo: EchoServer) -> None:
    polling = Polling(echo)
    assert polling.post("4" + "x" * (MOST - 1)) == (200, "ok")
    assert len(polling.poll()[1]) == MOST
    assert polling.post("4" + "x" * MOST)[0] == 413
    assert polling.post("4still here") == (200, "ok")
    assert polling.poll() == (200, "4still here"), "as in the reference server"


def test_a_thousand_packets_may_be_posted_at_once(echo: EchoServer) -> None:
    polling = Polling(echo)
    assert polling.post("\x1e".join(["4a"] * 1_000)) == (200, "ok")
    assert polling.poll()[1].count("4a") == 1_000


def test_two_polls_at_once_end_the_session(echo: EchoServer) -> None:
    polling = Polling(echo)
    answers: list[tuple[int, str]] = []
    both = [threading.Thread(target=lambda: answers.append(polling.poll())) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(status for status, _ in answers) == [200, 400]
    assert (200, "1") in answers
    assert polling.poll()[0] == 400


def test_who_hangs_up_a_poll_ends_the_session(echo: EchoServer) -> None:
    polling = Polling(echo)
    connection = http.client.HTTPConnection(*echo.address, timeout=20)
    connection.request("GET", f"{PATH}?EIO=4&transport=polling&sid={polling.sid}")
    assert connection.sock
    connection.sock.close()
    connection.close()
    for _ in range(1_000):
        if polling.post("3")[0] == 400:
            return
    pytest.fail("the session goes on")


def test_pings_are_polled_and_answered(echo: EchoServer) -> None:
    polling = Polling(echo)
    for _ in range(3):
        assert polling.poll() == (200, "2")
        assert polling.post("3") == (200, "ok")


def test_who_answers_no_ping_is_let_go(echo: EchoServer) -> None:
    polling = Polling(echo)
    assert polling.poll() == (200, "2")
    status, text = polling.poll()
    assert (status, text) in ((200, "6"), (200, "1"), (400, text))
    assert polling.poll()[0] == 400


def test_who_is_silent_for_too_long_is_gone_that_very_moment(echo: EchoServer) -> None:
    polling = Polling(echo)
    time.sleep((EXPECTED["pingInterval"] + EXPECTED["pingTimeout"]) / 1000)
    assert polling.poll()[0] == 400
    late = Polling(echo)
    time.sleep((EXPECTED["pingInterval"] + EXPECTED["pingTimeout"]) / 1000)
    assert late.post("3")[0] == 400


def test_who_posts_and_never_polls_is_let_go(echo: EchoServer) -> None:
    polling = Polling(echo)
    deadline = time.monotonic() + 30
    while polling.post("3")[0] == 200:
        assert time.monotonic() < deadline, "it stayed"
        time.sleep(0.02)


def test_pings_come_by_websocket_whatever_else_is_said(echo: EchoServer) -> None:
    with open_ws(echo) as ws:
        assert str(ws.recv()).startswith("0")
        said, pings = 0, 0
        while pings < 3:
            ws.send("4hello")
            said += 1
            while (told := ws.recv(timeout=10)) == "2":
                pings += 1
                ws.send("3")
            assert told == "4hello"
        assert said > 3


def test_who_answers_no_ping_by_websocket_is_let_go(echo: EchoServer) -> None:
    with open_ws(echo) as ws:
        assert closed(ws)


def test_a_session_is_closed_by_its_client(echo: EchoServer) -> None:
    polling = Polling(echo)
    answers: list[tuple[int, str]] = []
    waiting = threading.Thread(target=lambda: answers.append(polling.poll()))
    waiting.start()
    assert polling.post("1") == (200, "ok")
    waiting.join()
    assert answers == [(200, "6")], "whichever of the two comes first"
    assert polling.poll()[0] == 400
    with open_ws(echo) as ws:
        ws.recv()
        ws.send("1")
        assert closed(ws)


def test_a_poll_that_is_overtaken_by_the_end_is_answered_once(echo: EchoServer) -> None:
    early = Polling(echo)
    early.post("1")
    polling = Polling(echo)
    polling.post("4never polled")
    polling.post("1")
    assert polling.post("4late")[0] == 400
    assert [polling.poll()[0] for _ in range(2)] == [200, 400]
    for _ in range(MOST_PARTED):
        Polling(echo).post("1")
    assert early.poll()[0] == 400, "of so many only the last ones"


@pytest.mark.parametrize("packet", ["abc", "9", "", "2", "5", "0"])
def test_what_is_no_packet_ends_a_websocket(echo: EchoServer, packet: str) -> None:
    with open_ws(echo) as ws:
        ws.recv()
        ws.send(packet)
        assert closed(ws)
        assert ws.close_code == 1002


def test_a_websocket_carries_text_and_bytes(echo: EchoServer) -> None:
    with open_ws(echo) as ws:
        ws.recv()
        ws.send("4hello")
        ws.send(b"\1\2\3\4")
        assert [ws.recv(), ws.recv()] == ["4hello", b"\1\2\3\4"]


def probe(ws: ClientConnection) -> None:
    """The first half of an upgrade."""
    ws.send("2probe")
    assert ws.recv(timeout=10) == "3probe"


def test_a_session_moves_to_a_websocket_and_loses_nothing(echo: EchoServer) -> None:
    polling = Polling(echo)
    polling.post("4before")
    with polling.upgrade() as ws:
        probe(ws)
        polling.post("4meanwhile")
        ws.send("5")
        ws.send("4after")
        assert [ws.recv(timeout=10) for _ in range(3)] == ["4before", "4meanwhile", "4after"]
        assert polling.poll()[0] == 400
        assert polling.post("4elsewhere")[0] == 400
        with polling.upgrade() as second:
            assert closed(second)
        ws.send("4still")
        while (told := ws.recv(timeout=10)) == "2":
            ws.send("3")
        assert told == "4still"


def test_the_probe_ends_the_poll_that_waits(echo: EchoServer) -> None:
    polling = Polling(echo)
    answers: list[tuple[int, str]] = []
    waiting = threading.Thread(target=lambda: answers.append(polling.poll()))
    waiting.start()
    with polling.upgrade() as ws:
        probe(ws)
        waiting.join(timeout=10)
        assert answers == [(200, "6")]
        assert polling.poll() == (200, "6"), "and any that comes before the end of it"
        ws.send("5")
        ws.send("4hello")
        assert ws.recv(timeout=10) == "4hello"


@pytest.mark.parametrize("first", ["2", "5", "4hello", "2PROBE", "abc"])
def test_who_does_not_probe_does_not_upgrade(echo: EchoServer, first: str) -> None:
    polling = Polling(echo)
    with polling.upgrade() as ws:
        ws.send(first)
        assert closed(ws)
    assert polling.post("4here") == (200, "ok")
    assert polling.poll()[1].split("\x1e")[-1] == "4here"


def test_a_probe_that_breaks_off_leaves_the_session_where_it_is(echo: EchoServer) -> None:
    polling = Polling(echo)
    with polling.upgrade() as ws:
        probe(ws)
        polling.post("4kept")
    assert "4kept" in polling.poll()[1]


def test_what_is_said_of_a_session_is_json(echo: EchoServer) -> None:
    status, text = ask(echo, "GET", PATH, EIO="4", transport="polling", sid="x" * 5_000)
    told: dict[str, Any] = json.loads(text)
    assert (status, told) == (400, {"code": 1, "message": "Session ID unknown"})


def test_the_pong_of_a_probe_is_there_before_a_poll_behind_the_upgrade_is_refused(
    echo: EchoServer,
) -> None:
    opening = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="
    for _ in range(10):
        query = f"{PATH}?EIO=4&sid={Polling(echo).sid}"
        with socket.create_connection(echo.address, timeout=20) as ws:
            ws.sendall(request(f"{query}&transport=websocket", *opening, key))
            ws.recv(65_536)
            ws.sendall(framed("2probe") + framed("5"))
            status = b""
            while status != b"HTTP/1.1 400":  # until then it came before the upgrade
                with socket.create_connection(echo.address, timeout=20) as line:
                    line.sendall(request(f"{query}&transport=polling"))
                    status = line.recv(12)
            assert ws.recv(8, socket.MSG_DONTWAIT) == b"\x81\x063probe"
