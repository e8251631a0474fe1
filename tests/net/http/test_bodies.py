"""Bodies: bounded in bytes and time, JSON that only reads one way, connections that stay usable."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.net.http.raw import Wire, chunked

SEND = "POST /api/support/send-message"
JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
HUGE = 10**12


def test_a_chunked_body_is_read_and_the_connection_goes_on(daemon: Daemon) -> None:
    with Wire(daemon.address) as wire:
        for text in ("one", "two"):
            wire.send(SEND, JSON, CHUNKED, body=chunked(b'{"message"', b': "%b"}' % text.encode()))
            status, _, answer = wire.answer()
            assert (status, answer["data"]["message"]["message"]) == (201, text)


def test_a_chunked_body_that_is_too_long_is_413(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"max_body_bytes": 1000}})
    with Wire(daemon.address) as wire:
        wire.send(SEND, JSON, CHUNKED, body=chunked(b'{"message": "', b"x" * 2000, b'"}'))
        status, _, answer = wire.answer()
        assert (status, answer["error"]["code"]) == (413, "too_large")
        wire.send("GET /healthz")
        assert wire.answer()[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "a", "message": "b"}',
        b'{"message": "a", "meta": {"x": 1, "x": 1}}',
        b'{"message": "a", "me\\u0073sage": "b"}',
        b'{"message": "a", "n": Infinity}',
        b'{"message": "\\udc00"}',
        b'{"message": "\xff"}',
        b'{"message": "\xed\xa0\x80"}',
        b'{"message": "a"} {}',
        b'{"message": "a"',
        b'{"n": ' + b"1" * 10_000,
        b'{"a":' * 4_000 + b"1" + b"}" * 4_000,
        b'{"message": "a\nb"}',
        b"null",
        b'"message"',
    ],
)
def test_json_that_is_broken_or_ambiguous_is_400(daemon: Daemon, body: bytes) -> None:
    with Wire(daemon.address) as wire:
        wire.send(SEND, JSON, f"Content-Length: {len(body)}", body=body)
        status, _, answer = wire.answer()
        assert (status, answer["error"]["code"]) == (400, "malformed")


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(st.one_of(st.binary(max_size=200), st.text(alphabet='{}[]":,\\ue0dN-1 ').map(str.encode)))
def test_whatever_bytes_come_are_answered_and_never_a_fault(daemon: Daemon, body: bytes) -> None:
    status, answer = daemon.http("POST", "/api/support/send-message", body)
    assert status in (201, 400, 422) and answer["success"] is (status == 201)


def test_a_body_announced_as_huge_is_refused_unread_and_not_waited_for(daemon: Daemon) -> None:
    with Wire(daemon.address) as wire:
        wire.send(SEND, JSON, f"Content-Length: {HUGE}", body=b'{"message": "')
        status, _, answer = wire.answer()
        assert (status, answer["error"]["code"]) == (413, "too_large")
        assert wire.ended()


def test_a_body_where_none_belongs_does_not_hold_the_connection(daemon: Daemon) -> None:
    with Wire(daemon.address) as wire:
        wire.send("GET /healthz", f"Content-Length: {HUGE}", body=b"x" * 1000)
        assert wire.answer()[0] == 200
        assert wire.ended()


def test_a_small_body_where_none_belongs_is_skipped(daemon: Daemon) -> None:
    with Wire(daemon.address) as wire:
        wire.send("GET /healthz", "Content-Length: 5", body=b"12345")
        assert wire.answer()[0] == 200
        wire.send("GET /readyz")
        assert wire.answer()[2]["data"] == {"status": "ready"}


def test_who_asks_before_sending_too_much_is_told_no_at_once(daemon: Daemon) -> None:
    with Wire(daemon.address) as wire:
        wire.send(SEND, JSON, "Expect: 100-continue", f"Content-Length: {HUGE}")
        assert wire.answer()[0] == 413
        assert wire.ended()


@pytest.mark.parametrize("piece", [b"zz\r\n", b"5\r\nab", b"fffffffffffffffff\r\n"])
def test_broken_chunks_are_400_and_end_the_connection(daemon: Daemon, piece: bytes) -> None:
    with Wire(daemon.address) as wire:
        wire.send(SEND, JSON, CHUNKED, body=piece)
        wire.sock.shutdown(1)
        assert wire.answer()[0] == 400
        assert wire.ended()


def test_a_body_that_drips_is_given_up(daemon: Daemon) -> None:
    with Wire(daemon.address) as wire:
        wire.send(SEND, JSON, "Content-Length: 100", body=b'{"message":')
        status, _, answer = wire.answer()
        assert status == 400 and "took over" in answer["error"]["message"]
        assert wire.ended()


def test_requests_behind_each_other_on_one_connection_are_answered_in_order(
    daemon: Daemon,
) -> None:
    with Wire(daemon.address) as wire:
        for number in range(20):
            body = json.dumps({"message": f"{number}"}).encode()
            wire.send(SEND, JSON, f"Content-Length: {len(body)}", body=body)
        said = [wire.answer()[2]["data"]["message"]["message"] for _ in range(20)]
        assert said == [str(number) for number in range(20)]


def test_who_does_not_read_the_answers_is_let_go(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"websocket": {"idle_seconds": 1.0, "ping_seconds": 0.5}})
    said = {"message": "x" * 8000}
    data = daemon.http("POST", "/api/support/send-message", said)[1]["data"]
    for _ in range(100):
        again = {**said, "ticket_id": data["ticket_id"]}
        daemon.http("POST", "/api/support/send-message", again, token=data["token"])
    with Wire(daemon.address) as wire:
        for _ in range(20):
            line = f"GET /api/support/messages/{data['ticket_id']}"
            wire.send(line, f"Authorization: Bearer {data['token']}")
        eventually(lambda: "refused (slow_reader): an answer was not read" in daemon.logged())
        assert not whole(wire)
    assert daemon.http("GET", "/healthz")[0] == 200


def whole(wire: Wire) -> bool:
    """Whether an answer came that is all there."""
    try:
        return all(wire.answer() for _ in range(20))
    except (EOFError, ConnectionError):
        return False
