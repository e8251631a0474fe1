"""The contract of presence: who is in which conversation."""

from __future__ import annotations

import gevent
import pytest

from chatd.domain.principal import Principal
from chatd.live.base import MAX_PEOPLE, Presence
from chatd.live.local import presence as local
from chatd.live.shared import presence as shared
from tests.live.implementations import KINDS, SHARED, made, nothing, person, shared_by
from tests.waiting import LIVE_READS

READS = LIVE_READS["presence"]
ANNA, BORIS = person("p-1", "Anna"), person("p-2", "Boris")


@pytest.fixture(params=[*KINDS, *SHARED])
def presence(request: pytest.FixtureRequest) -> Presence:
    if request.param in SHARED:
        return shared_by(request, lambda node: shared.Presence(node.exchange, nothing), READS)
    found: Presence = made(request.param, local.Presence, READS)
    return found


def names(presence: Presence, dialog_id: str) -> list[str]:
    return [one.name for one in presence.within(dialog_id)]


def test_who_comes_is_there_until_their_last_connection_leaves(presence: Presence) -> None:
    assert presence.enter("lobby", ANNA, "c-1")
    assert not presence.enter("lobby", ANNA, "c-2") and not presence.enter("lobby", ANNA, "c-1")
    assert presence.enter("lobby", BORIS, "c-3")
    assert names(presence, "lobby") == ["Anna", "Boris"] and presence.count("lobby") == 2
    assert not presence.leave("lobby", "p-1", "c-1") and presence.has("lobby", "p-1")
    assert not presence.leave("lobby", "p-1", "c-1"), "twice is once"
    assert not presence.leave("lobby", "p-1", "c-3"), "somebody else's"
    assert presence.leave("lobby", "p-1", "c-2") and not presence.has("lobby", "p-1")
    assert not presence.leave("lobby", "p-1", "c-2") and names(presence, "lobby") == ["Boris"]


def test_conversations_know_nothing_of_each_other(presence: Presence) -> None:
    presence.enter("lobby", ANNA, "c-1")
    assert not presence.has("news", "p-1") and presence.count("news") == 0
    assert presence.within("news") == [] and not presence.leave("news", "p-1", "c-1")
    assert presence.enter("news", ANNA, "c-1")
    presence.leave("lobby", "p-1", "c-1")
    assert presence.has("news", "p-1")


def test_of_many_connections_at_once_one_is_the_first_and_one_the_last(presence: Presence) -> None:
    came: list[bool] = []
    left: list[bool] = []

    def come(number: int) -> None:
        came.append(presence.enter("lobby", ANNA, f"c-{number}"))
        assert presence.has("lobby", "p-1")

    def leave(number: int) -> None:
        presence.count("lobby")
        left.append(presence.leave("lobby", "p-1", f"c-{number}"))

    for act in (come, leave):
        gevent.joinall([gevent.spawn(act, number) for number in range(40)], raise_error=True)
    assert (came.count(True), left.count(True)) == (1, 1) and presence.count("lobby") == 0


def test_operators_are_known_as_such_and_everybody_else_as_a_member(presence: Presence) -> None:
    olga = Principal(kind="operator", id="operator:olga", name="Olga", role="admin")
    for number, who in enumerate((ANNA, olga)):
        presence.enter("lobby", who, f"c-{number}")
    assert [one.kind for one in presence.within("lobby")] == ["member", "operator"]


def test_a_new_name_is_told_where_there_was_another(presence: Presence) -> None:
    presence.enter("lobby", ANNA, "c-1")
    assert not presence.rename("lobby", ANNA) and not presence.rename("lobby", BORIS)
    assert presence.rename("lobby", person("p-1", "Anya")) and names(presence, "lobby") == ["Anya"]
    assert not presence.has("lobby", "p-2"), "who is not there does not come by a name"


def test_away_is_so_everywhere_and_told_when_it_changes(presence: Presence) -> None:
    presence.enter("lobby", ANNA, "c-1")
    assert presence.status("p-1") == "online" and not presence.set_away("p-1", False)
    assert presence.set_away("p-1", True) and not presence.set_away("p-1", True)
    assert presence.status("p-1") == "away" and presence.within("lobby")[0].status == "away"
    assert presence.status("p-2") == "online"
    assert presence.set_away("p-1", False) and presence.describe(ANNA, "lobby").status == "online"


def test_of_a_crowd_those_who_came_last_are_named_and_all_are_counted(presence: Presence) -> None:
    for number in range(MAX_PEOPLE + 2):
        presence.enter("lobby", person(f"p-{number}"), f"c-{number}")
    people = names(presence, "lobby")
    assert len(people) == MAX_PEOPLE and people[0] == "p-2" and people[-1] == "p-501"
    assert presence.count("lobby") == MAX_PEOPLE + 2
    assert [one.id for one in presence.within("lobby", 2)] == ["p-500", "p-501"]
