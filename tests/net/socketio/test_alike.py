"""What somebody does in a room is heard alike by all who are there, event by event, by whatever
they and who does it are connected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.daemon import Daemon
from tests.socketio import MODES, SocketIoClient

ROOM = "lobby"
BY = ("websocket", *(f"socketio-{mode}" for mode in MODES))
SAID = 20
HEARD = {"typing:start", "typing:stop", "draft:edit", "message:update", "presence:update"}


@pytest.fixture
def people(daemon: Daemon) -> Iterator[dict[str, Client]]:
    """Somebody on each transport, all in one room, who have heard of each other."""
    with ExitStack() as stack:
        found = {BY[0]: stack.enter_context(Client(daemon.address))}
        for mode, by in zip(MODES, BY[1:], strict=True):
            found[by] = stack.enter_context(SocketIoClient(daemon.address, mode))
        for one in found.values():
            one.hello(name="Аня")
            one.join(ROOM)
        for one in found.values():
            one.settle()
        yield found


def scenes(actor: Client) -> Iterator[Any]:
    """What somebody does, a scene each; what it is answered, as far as it is the same for all."""
    first = actor.say(ROOM, "Привет, 🙂 \u2028 \\ \" 'x'", meta={"shop": "\u2029 é", "n": 1.5})
    yield actor.ask("typing:start", dialog_id=ROOM)
    yield actor.ask("typing:stop", dialog_id=ROOM)
    yield actor.ask("draft:edit", dialog_id=ROOM, seq=1, reset="я пиш")
    yield actor.ask("draft:edit", dialog_id=ROOM, seq=2, ops=[["i", "у", 5]])
    reply = actor.say(ROOM, "в ответ", reply_to=first["seq"], client_id="c-1")
    yield reply == actor.say(ROOM, "в ответ", reply_to=first["seq"], client_id="c-1")
    actor.ask("message:edit", message_id=first["id"], content="Привет!")
    actor.ask("message:react", message_id=first["id"], emoji="👍")
    actor.ask("message:react", message_id=first["id"], emoji="👍", remove=True)
    actor.ask("message:delete", message_id=reply["id"])
    yield None
    actor.ask("receipt:read", dialog_id=ROOM, seq=reply["seq"])
    yield actor.ask("presence:set", status="away")
    said = [{"dialog_id": ROOM, "content": f"{number}"} for number in range(SAID)]
    seqs = [one["message"]["seq"] for one in actor.ask_all("message:send", said)]
    yield seqs == list(range(seqs[0], seqs[0] + SAID))
    actor.hello(token=actor.token, name="Анна")
    yield None
    for wrong in ({"dialog_id": "nowhere"}, {}, {"dialog_id": ROOM, "limit": 5_000}, {"x": "\x00"}):
        with pytest.raises(Refused) as refused:
            actor.ask("dialog:join", **wrong)
        yield refused.value.error


def test_nobody_in_a_room_can_tell_who_is_connected_by_what(people: dict[str, Client]) -> None:
    answered = {}
    for by, actor in people.items():
        listeners = [one for one in people.values() if one is not actor]
        answers, names = [], []
        for answer in scenes(actor):
            first, *others = [one.settle() for one in listeners]
            for other in others:
                assert other == first
            answers.append(answer)
            names += [one["event"] for one in first]
        actor.settle()
        assert names.count("message:new") == SAID + 2, "none twice"
        assert {*names} >= HEARD
        answered[by] = answers
    assert all(one == answered[BY[0]] for one in answered.values())


def test_who_leaves_by_whatever_is_gone_for_all_alike(people: dict[str, Client]) -> None:
    for by in BY[:-1]:
        people.pop(by).close()
        left = [*people.values()]
        for one in left:
            one.expect("presence:update")
        seen = [one.join(ROOM)["participants"] for one in left]
        assert all(one == seen[0] for one in seen) and len(seen[0]) == len(left)
        for one in left:
            one.settle()
