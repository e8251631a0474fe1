"""Socket.IO with several processes on one socket: a session's requests come to any of them."""

from __future__ import annotations

from contextlib import ExitStack

from tests.client import Client
from tests.several.processes import COUNT, Several
from tests.socketio import MODES, SocketIoClient

ROOM = "lobby"
POLL = "/socket.io/?EIO=4&transport=polling"


def process_of(sid: str) -> int:
    return int(sid.split(".")[1])


def refused(several: Several, sid: str) -> tuple[int, dict[str, object]]:
    status, _, body = several.http_full("GET", f"{POLL}&sid={sid}")
    return status, body


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
