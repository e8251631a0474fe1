"""The contract of voice channels: who is in which, each in one at most."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.voice import Voice
from chatd.live.calls import Voices
from chatd.live.local import voices as local
from chatd.live.shared import voices as shared
from tests.live.implementations import SHARED, nothing, shared_by
from tests.nodes import wait_until

READS = {"within", "find", "channels"}


@pytest.fixture(params=["local", *SHARED])
def voices(request: pytest.FixtureRequest) -> Voices:
    if request.param in SHARED:
        return shared_by(request, lambda node: shared.Voices(node.exchange, nothing), READS)
    return local.Voices()


def voice(id: str, at: str = "1", **fields: Any) -> Voice:
    return Voice(**{"id": id, "name": id, "connection": f"c-{id}", "joined_at": at, **fields})


def ids(voices: Voices, dialog_id: str) -> list[str]:
    return [one.id for one in voices.within(dialog_id)]


def test_who_came_first_is_first_and_who_left_is_gone(voices: Voices) -> None:
    for one in (voice("b", "2"), voice("a", "3"), voice("c", "1")):
        voices.put("hall", one)
    assert ids(voices, "hall") == ["c", "b", "a"] and voices.channels() == ["hall"]
    voices.put("hall", voice("b", "2", muted=True))
    assert voices.find("b") == ("hall", voice("b", "2", muted=True))
    voices.drop("hall", "b")
    voices.drop("hall", "b")
    assert ids(voices, "hall") == ["c", "a"] and voices.find("b") is None
    voices.drop("hall", "a")
    voices.drop("hall", "c")
    assert voices.channels() == [] and voices.within("hall") == []


def test_who_comes_into_another_is_out_of_the_first(voices: Voices) -> None:
    voices.put("hall", voice("a"))
    voices.drop("hall", "a")
    voices.put("tea", voice("a"))
    voices.drop("hall", "a")
    assert ids(voices, "tea") == ["a"] and ids(voices, "hall") == []


def test_who_goes_on_over_another_node_is_there_once_and_goes_with_that_one(nodes: Any) -> None:
    here, there, third = (nodes.node() for _ in range(3))
    first, second, other = (shared.Voices(one.exchange, nothing) for one in (here, there, third))
    first.put("hall", voice("a"))
    wait_until(lambda: second.find("a") is not None)
    again = replace(voice("a"), connection="c-other", joined_at="2")
    second.put("hall", again)
    wait_until(lambda: all(one.find("a") == ("hall", again) for one in (first, second, other)))
    first.put("hall", voice("b", "3"))
    wait_until(lambda: ids(other, "hall") == ["a", "b"])
    assert ids(first, "hall") == ids(second, "hall") == ["a", "b"]
    second.drop("hall", "a")
    wait_until(lambda: ids(first, "hall") == ids(other, "hall") == ["b"])


def test_each_node_tells_its_own_of_what_it_hears_from_others(nodes: Any) -> None:
    here, there = nodes.node(), nodes.node()
    told: list[tuple[str, list[str]]] = []
    first = shared.Voices(here.exchange, nothing)
    second = shared.Voices(there.exchange, lambda id: told.append((id, ids(second, id))))
    second.put("hall", voice("b", "2"))
    assert told == [], "who does it tells of it"
    wait_until(lambda: first.find("b") is not None)
    first.put("hall", voice("a"))
    first.put("tea", voice("a", "3"))
    wait_until(lambda: second.find("a") == ("tea", voice("a", "3")))
    assert (
        told[0] == ("hall", ["a", "b"]) and ("hall", ["b"]) in told and told[-1] == ("tea", ["a"])
    )
    here.exchange.leave()
    wait_until(lambda: second.find("a") is None)
    assert told[-1] == ("tea", [])
