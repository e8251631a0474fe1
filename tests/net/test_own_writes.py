"""Who reads on a connection sees what was written there before, and is answered after it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.client import Client
from tests.daemon import Daemon
from tests.net.http.raw import Wire

ROOM = "lobby"
TEN = [f"line {n}" for n in range(10)]
READS: dict[str, dict[str, Any]] = {
    "ping": {},
    "history:get": {"dialog_id": ROOM, "limit": 10},
    "dialog:join": {"dialog_id": ROOM, "limit": 10},
    "dialog:leave": {"dialog_id": ROOM},
    "room:list": {},
    "site:get": {},
    "message:edit": {"message_id": f"{ROOM}:999", "content": "none"},
}
WITH_MESSAGES = ("history:get", "dialog:join")


@pytest.fixture(scope="module", params=["disk", "distant"])
def slow(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon whose disk takes a tenth of a second, or whose every read waits."""
    running = Daemon(tmp_path_factory.mktemp(request.param)).start(fault=request.param)
    yield running
    assert running.stop() == 0, running.logged()


def frame(event: str, number: object, data: dict[str, Any]) -> bytes:
    """A command."""
    return json.dumps({"event": event, "id": number, "data": data}).encode()


def burst(client: Client, *commands: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Commands given in one piece, numbered from 0; their answers as they came."""
    with client.ws.protocol_mutex:
        for number, (event, data) in enumerate(commands):
            client.ws.protocol.send_text(frame(event, number, data))
        client.ws.send_data()
    answers: list[dict[str, Any]] = []
    while len(answers) < len(commands):
        said = json.loads(client.ws.recv(timeout=20))
        if said["event"] in ("ack", "error"):
            answers.append(said)
    return answers


def sends(room: str = ROOM) -> list[tuple[str, dict[str, Any]]]:
    """Ten messages to be sent."""
    return [("message:send", {"dialog_id": room, "content": text}) for text in TEN]


def texts(messages: list[dict[str, Any]]) -> list[str]:
    """What is in them."""
    return [message["content"] for message in messages]


@pytest.mark.parametrize("read", READS)
def test_what_is_asked_behind_ten_messages_is_answered_behind_them(slow: Daemon, read: str) -> None:
    with Client(slow.address) as anna:
        anna.hello(name="Аня")
        answers = burst(anna, *sends(), (read, READS[read]))
        assert answers[-1]["id"] == 10
        assert sorted(answer["id"] for answer in answers) == list(range(11))
        if read in WITH_MESSAGES:
            assert texts(answers[-1]["data"]["messages"]) == TEN
        anna.ask("ping")


def test_what_somebody_says_again_in_a_hello_tells_of_what_they_wrote(slow: Daemon) -> None:
    with Client(slow.address) as anna:
        known = anna.hello(name="Аня")
        again = {"token": known["token"], "join": [{"dialog_id": ROOM, "limit": 10}]}
        answers = burst(anna, *sends(), ("hello", again))
        assert answers[-1]["id"] == 10
        assert texts(answers[-1]["data"]["joined"][0]["messages"]) == TEN


def test_what_is_read_between_messages_has_those_before_and_none_behind(slow: Daemon) -> None:
    with Client(slow.address) as anna:
        anna.hello(name="Аня")
        read = ("history:get", {"dialog_id": ROOM, "limit": 3})
        answers = burst(anna, *sends()[:4], read, *sends()[4:8], read)
        pages = {
            one["id"]: texts(one["data"]["messages"]) for one in answers if one["id"] in (4, 9)
        }
        assert pages == {4: TEN[1:4], 9: TEN[5:8]}


def test_over_http_requests_in_one_piece_are_answered_each_after_the_one_before(
    slow: Daemon,
) -> None:
    _, body = slow.http("POST", "/api/support/send-message", {"message": "first"})
    ticket, bearer = body["data"]["ticket_id"], f"Authorization: Bearer {body['data']['token']}"
    with Wire(slow.address) as wire:
        for text in TEN:
            said = json.dumps({"message": text, "ticket_id": ticket}).encode()
            kind = ("Content-Type: application/json", f"Content-Length: {len(said)}")
            wire.send("POST /api/support/send-message", bearer, *kind, body=said)
        wire.send(f"GET /api/support/messages/{ticket}", bearer)
        assert [wire.answer()[0] for _ in TEN] == [201] * len(TEN)
        status, _, read = wire.answer()
    assert status == 200
    assert [one["message"] for one in read["data"]["messages"]][-len(TEN) :] == TEN


def test_over_the_admin_socket_lines_in_one_piece_are_answered_each_after_the_one_before(
    slow: Daemon,
) -> None:
    asked = [{"verb": "say", "fields": {"dialog_id": ROOM, "message": text}} for text in TEN]
    asked.append({"verb": "history", "fields": {"dialog_id": ROOM, "limit": len(TEN)}})
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as admin:
        admin.settimeout(20)
        admin.connect(str(slow.socket))
        admin.sendall(b"".join(json.dumps(one).encode() + b"\n" for one in asked))
        lines = admin.makefile()
        lines.readline()  # the greeting
        said = [json.loads(lines.readline())["result"]["message"]["content"] for _ in TEN]
        assert said == TEN
        assert texts(json.loads(lines.readline())["result"]["messages"]) == TEN
