"""The bot before the human, against a real HTTP endpoint that speaks chat completions."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually

HAND_OVER = "Передаю ваш вопрос человеку: он ответит здесь же."
CALLS_SOMEBODY = "Здесь лучше ответит человек: зову его."


class Endpoint(ThreadingHTTPServer):
    """Answers completions when ``gate`` is open; ``status`` other than 200 fails them, ``body``
    stands in for the completion, which ``drips`` byte by byte and never ends. ``failing``: statuses
    of the next answers; ``paths`` and ``keys``: what was asked for, and with which authority;
    ``turn``: what differs in what is said, ``wraps`` what stands around it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Completions)
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Event()
        self.requests: list[dict[str, Any]] = []
        self.status = 200
        self.body: bytes | None = None
        self.drips = False
        self.failing: list[int] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.turn: dict[str, Any] = {}
        self.wraps = "%s"


class Completions(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        self.server.paths.append(self.path)
        self.server.keys.append(self.headers["Authorization"])
        self.server.asked.set()
        self.server.gate.wait(60)
        turn = {
            "say": f"Вы сказали: {body['messages'][-1]['content']}",
            "action": "continue",
            "reason": "",
            **self.server.turn,
        }
        said = {"role": "assistant", "content": self.server.wraps % json.dumps(turn)}
        answer = {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
        }
        data = json.dumps(answer).encode() if self.server.body is None else self.server.body
        if self.server.drips:
            self.drip()
            return
        self.send_response(
            self.server.failing.pop(0) if self.server.failing else self.server.status
        )
        if self.server.status == 429:
            self.send_header("Retry-After", "3600")
        if self.server.status == 307:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        with suppress(OSError):
            while self.server.drips:
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)

    def log_message(self, *words: object) -> None:
        """Silent."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.gate.set()
    server.drips = False
    server.shutdown()
    thread.join()
    server.server_close()


def completion(content: str) -> bytes:
    """What an endpoint sends of these words."""
    return json.dumps({"choices": [{"message": {"content": content}}]}).encode()


def with_bot(make_daemon: MakeDaemon, endpoint: Endpoint, **bot: Any) -> Daemon:
    """A daemon whose bot asks the endpoint."""
    url = f"http://127.0.0.1:{endpoint.server_port}/v1"
    settings = {"engine": "openai", "base_url": url, "model": "m", "instructions": "Be kind."}
    return make_daemon({"bot": {**settings, **bot}})


def test_the_bot_answers_until_a_person_is_asked_for(
    make_daemon: MakeDaemon, endpoint: Endpoint
) -> None:
    daemon = with_bot(make_daemon, endpoint)
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        opened = customer.ask("ticket:open", content="Где заказ?")
        id = opened["ticket"]["id"]
        assert opened["ticket"]["status"] == "bot" and opened["position"] == 0
        customer.join(id)
        if not [m for m in customer.join(id)["messages"] if m["meta"].get("kind") == "answer"]:
            customer.expect("message:new", sender_type="bot")
        messages = customer.join(id)["messages"]
        assert messages[-1]["content"] == "Вы сказали: Где заказ?"
        assert messages[-1]["sender_type"] == "bot"
        sent = endpoint.requests[0]
        assert sent["messages"][0]["content"].startswith("Be kind.\n\n")
        schema = sent["response_format"]["json_schema"]["schema"]
        assert schema["properties"]["action"]["enum"] == ["continue", "hand_over", "close"]
        asked = customer.ask("ticket:request", ticket_id=id)
        assert asked["ticket"]["status"] == "waiting" and asked["position"] == 1
        customer.say(id, "алло?")
        assert len(endpoint.requests) == 1, "the bot is not asked any more"


def test_nothing_the_bot_says_gets_through_once_a_person_was_asked_for(
    make_daemon: MakeDaemon, endpoint: Endpoint
) -> None:
    daemon = with_bot(make_daemon, endpoint)
    endpoint.gate.clear()
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        id = customer.ask("ticket:open", content="Где заказ?")["ticket"]["id"]
        customer.join(id)
        assert endpoint.asked.wait(60)
        customer.ask("ticket:request", ticket_id=id)
        endpoint.gate.set()
        customer.say(id, "жду человека")
        daemon.stop()
        daemon.start()
    with Client(daemon.address) as again:
        again.hello(token=customer.token)
        said = [m["content"] for m in again.join(id)["messages"]]
        assert said[1:] == ["Где заказ?", "жду человека"]


@pytest.mark.parametrize("fault", ["refuses", "hangs", "drips", "is busy for long", "sends on"])
def test_a_bot_that_fails_hands_over_politely(
    make_daemon: MakeDaemon, endpoint: Endpoint, fault: str
) -> None:
    faults = {"refuses": 401, "is busy for long": 429, "sends on": 307}
    endpoint.status = faults.get(fault, 200)
    endpoint.drips = fault == "drips"
    if fault == "hangs":
        endpoint.gate.clear()
    daemon = with_bot(make_daemon, endpoint, timeout_seconds=600.0 if fault in faults else 0.4)
    id = handed_over(daemon)
    assert [one["id"] for one in daemon.admin_json("queue")["tickets"]] == [id]
    asked = {"is busy for long": 1, "refuses": 1, "sends on": 1}.get(fault)
    assert len(endpoint.requests) == asked or asked is None


def test_a_bot_that_is_busy_is_asked_once_more(make_daemon: MakeDaemon, endpoint: Endpoint) -> None:
    endpoint.failing = [503]
    daemon = with_bot(make_daemon, endpoint)
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        id = customer.ask("ticket:open", content="Где заказ?")["ticket"]["id"]
        if customer.join(id)["messages"][-1]["content"] != "Вы сказали: Где заказ?":
            customer.expect("message:new", content="Вы сказали: Где заказ?")
    assert len(endpoint.requests) == 2
    endpoint.failing = [503, 503]
    handed_over(daemon)
    assert len(endpoint.requests) == 4


@pytest.mark.parametrize("size", [4_194_304, 4_194_305])
def test_a_bot_may_not_say_more_than_is_taken(
    make_daemon: MakeDaemon, endpoint: Endpoint, size: int
) -> None:
    said = completion('{"say": "yes"}')
    endpoint.body = said + b" " * (size - len(said))
    daemon = with_bot(make_daemon, endpoint)
    if size > 4_194_304:
        handed_over(daemon)
        return
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        id = customer.ask("ticket:open", content="Где заказ?")["ticket"]["id"]
        if customer.join(id)["messages"][-1]["content"] != "yes":
            customer.expect("message:new", content="yes")


def test_the_bot_asks_through_the_proxy_that_the_environment_names(
    make_daemon: MakeDaemon, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{endpoint.server_port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    daemon = with_bot(make_daemon, endpoint, base_url="http://model.invalid/v1")
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        customer.ask("ticket:open", content="Где заказ?")
        assert endpoint.asked.wait(60)
    assert endpoint.paths == ["http://model.invalid/v1/chat/completions"]
    assert endpoint.keys == ["Bearer sk-1"]


def handed_over(daemon: Daemon, words: str = HAND_OVER) -> str:
    """A customer asks the bot and is passed on to people, in these words; the ticket."""
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        id: str = customer.ask("ticket:open", content="Где заказ?")["ticket"]["id"]
        if customer.join(id)["messages"][-1]["content"] != words:
            customer.expect("message:new", content=words, seconds=60)
        assert customer.join(id)["dialog"]["status"] == "waiting"
    return id


NONSENSE = [
    b"<html>hello</html>",
    b"[]",
    b'"x"',
    b'{"choices": []}',
    b'{"choices": 5}',
    b'{"choices": [{}]}',
    b'{"choices": [{"message": null}]}',
    b'{"choices": [{"message": {"content": null}}]}',
    b'{"choices": [{"message": {"content": 5}}]}',
    b'{"choices": [{"message": {"content": " \\u0000 "}}]}',
    b'{"choices": [{"message": {"content": "\\ud800"}}]}',
    b'{"choices": [{"mess',
    completion('hand_over is what I do, or {"action": "close"}'),
    completion('{"say": "a", "action": "shout"}'),
    completion('{"say": " \\u0000 "}'),
    completion('{"action": "continue"}'),
    completion("```"),
    b'{"choices": [{"message": {"content": null, "refusal": "I cannot help"}}]}',
    b"\xff\xfe",
    b"[" * 100_000,
]


def test_a_bot_that_talks_nonsense_hands_over_politely(
    make_daemon: MakeDaemon, endpoint: Endpoint
) -> None:
    daemon = with_bot(make_daemon, endpoint)
    for endpoint.body in NONSENSE:
        handed_over(daemon)
    assert "died" not in daemon.logged()


@pytest.mark.parametrize("engine", ["openai", "none"])
def test_what_the_bot_had_not_answered_is_answered_after_a_restart(
    make_daemon: MakeDaemon, endpoint: Endpoint, engine: str
) -> None:
    daemon = with_bot(make_daemon, endpoint)
    endpoint.gate.clear()
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        id = customer.ask("ticket:open", content="Где заказ?")["ticket"]["id"]
        assert endpoint.asked.wait(60)
        daemon.stop(signal.SIGKILL)
        endpoint.gate.set()
    if engine == "none":
        daemon.write_config({})
    daemon.start()
    path = f"/api/support/messages/{id}"

    def answered() -> bool:
        data = daemon.http("GET", path, token=customer.token)[1]["data"]
        last, status = data["messages"][-1], data["ticket"]["status"]
        return status == "waiting" if engine == "none" else last["message"].startswith("Вы сказали")

    eventually(answered, 20.0)


def test_an_answer_in_a_fence_is_read_and_one_that_hands_over_is_told_and_queues(
    make_daemon: MakeDaemon, endpoint: Endpoint
) -> None:
    daemon = with_bot(make_daemon, endpoint)
    endpoint.wraps = "\n```json\n%s\n```\n"
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        text = "Карта 4111 1111 1111 1111 12/27, почта anna.k@shop.example, заказ 123456"
        id = customer.ask("ticket:open", content=text)["ticket"]["id"]
        if customer.join(id)["messages"][-1]["sender_type"] != "bot":
            customer.expect("message:new", sender_type="bot")
        said = [one["content"] for one in customer.join(id)["messages"]]
    masked = "Карта [card] 12/27, почта [e-mail], заказ 123456"
    assert said[1:] == [text, f"Вы сказали: {masked}"], "the house keeps what was said"
    sent = json.dumps(endpoint.requests, ensure_ascii=False)
    assert masked in sent and "1111" not in sent and "anna" not in sent
    endpoint.turn = {"say": "Этого я не знаю.", "action": "hand_over"}
    id = handed_over(daemon, CALLS_SOMEBODY)
    rows = daemon.admin_json("show", id)["messages"]
    assert [one["content"] for one in rows][-2:] == ["Этого я не знаю.", CALLS_SOMEBODY]
