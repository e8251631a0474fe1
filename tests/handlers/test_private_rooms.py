"""Rooms of people with an account, and rooms with a password."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chatd.config.rooms import lock_of
from chatd.domain.participant import Participant
from chatd.domain.room import NO_KEY
from chatd.errors import Forbidden, NotFound, RateLimited, Unauthenticated
from chatd.protocol.commands import GetHistory, Ping
from chatd.protocol.operating import EnterRoom, ListRooms
from chatd.protocol.results import RoomList
from chatd.protocol.views import Room
from tests.handlers.stage import Person, Stage

PASSWORD, OTHER = "open sesame", "another one"


@pytest.fixture
def locked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage where tea has a password."""
    monkeypatch.setenv("TEA", PASSWORD)
    stage.furnish(lobby={}, tea={"password_env": "TEA", "topic": "secret"})
    return stage


def give(person: Person, password: str = PASSWORD) -> None:
    """A password for tea."""
    person.ask(EnterRoom(dialog_id="tea", password=password))


def tea(told: RoomList) -> Room:
    """What a list of rooms tells of tea."""
    (room,) = (one for one in told.rooms if one.id == "tea")
    return room


def rooms(person: Person) -> dict[str, bool]:
    """Those that are told of, and whether each has a password."""
    return {one.id: one.locked for one in person.ask(ListRooms()).rooms}


def test_to_who_has_no_account_a_room_of_members_is_not_there(stage: Stage) -> None:
    stage.furnish(lobby={}, club={"members_only": True}, bank={"members_only": True, **BANK})
    anna, guest, artem = stage.person(), stage.visitor(), stage.staff()
    assert rooms(guest) == {"lobby": False}
    assert rooms(anna) == {"lobby": False, "club": False}
    assert rooms(artem).keys() == {"lobby", "club", "bank"}
    anna.join("club")
    anna.say("club", "hello")
    for room in ("club", "nowhere"):
        with pytest.raises(NotFound, match="no such dialog"):
            guest.join(room)


BANK = {"sites": ["bank"]}


def test_who_is_in_a_room_that_becomes_the_members_is_put_out(stage: Stage) -> None:
    stage.furnish(lobby={}, club={})
    anna, guest = stage.person(), stage.visitor()
    for one in (anna, guest):
        one.join("club")
    guest.heard()
    stage.furnish(lobby={}, club={"members_only": True})
    assert [one["dialog"] for one in guest.heard("dialog:update")] == [None]
    anna.say("club", "ours")
    assert guest.heard("message:new") == [] and anna.heard("message:new")


def test_without_its_password_a_room_is_named_and_nothing_more(locked: Stage) -> None:
    anna, artem = locked.visitor(), locked.staff()
    assert rooms(anna) == {"lobby": False, "tea": True}
    artem.join("tea")
    artem.say("tea", "operators are not asked")
    seen = tea(artem.ask(ListRooms()))
    shut = replace(seen, topic="", people=0, last_seq=0, rev=0)
    nobody = locked.ask(locked.connect(), ListRooms())
    assert tea(anna.ask(ListRooms())) == shut == tea(nobody) != seen
    for asked in (GetHistory(dialog_id="tea"), EnterRoom(dialog_id="tea", password="wrong")):
        with pytest.raises(Forbidden) as refused:
            anna.ask(asked)
        assert refused.value.details["password"] is True
    with pytest.raises(Forbidden):
        anna.join("tea")
    give(anna)
    assert tea(anna.ask(ListRooms())) == seen
    assert [one.content for one in anna.join("tea").messages] == ["operators are not asked"]
    again = locked.again(anna.token, device="phone")
    again.say("tea", "once given it is given")
    with pytest.raises(Forbidden):
        locked.visitor("Boris").say("tea", "let me in")
    with pytest.raises(Unauthenticated):
        locked.ask(locked.connect(), EnterRoom(dialog_id="tea", password=PASSWORD))


def test_it_is_kept_and_another_password_puts_everybody_out(
    locked: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = locked.visitor()
    give(anna)
    kept = locked.store.get(Participant, anna.id)
    assert kept and set(kept.rooms) == {"tea"} and lock_of("TEA") not in kept.rooms["tea"]
    anna.join("tea")
    anna.heard()
    monkeypatch.setenv("TEA", OTHER)
    locked.furnish(lobby={}, tea={"password_env": "TEA"})
    assert [one["dialog"] for one in anna.heard("dialog:update")] == [None]
    with pytest.raises(Forbidden):
        anna.join("tea")
    with pytest.raises(Forbidden):
        give(anna)
    give(anna, OTHER)
    anna.join("tea")
    locked.furnish(lobby={}, milk={"password_env": "TEA"})
    anna.ask(EnterRoom(dialog_id="milk", password=OTHER))
    kept = locked.store.get(Participant, anna.id)
    assert kept and set(kept.rooms) == {"milk"}, "of rooms that are gone nothing is kept"


def test_without_a_password_in_the_environment_nobody_comes_in(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEA", raising=False)
    assert (lock_of("TEA"), lock_of("")) == (NO_KEY, "")
    stage.furnish(lobby={}, tea={"password_env": "TEA"})
    anna = stage.visitor()
    for password in ("", NO_KEY, PASSWORD):
        with pytest.raises(Forbidden):
            give(anna, password)
    stage.staff().join("tea")


def test_who_guesses_is_stopped_and_who_knows_it_has_no_tries_counted(locked: Stage) -> None:
    locked.services.limiter.apply(locked.limits(logins_per_account="3/hour"))
    for name in ("Anna", "Boris", "Vera", "Olga"):
        give(locked.visitor(name))
    eve = locked.visitor("Eve")
    for _ in range(3):
        with pytest.raises(Forbidden, match="not the room's password"):
            give(eve, "guess")
    with pytest.raises(RateLimited):
        give(eve)
    assert eve.ask(Ping())
    anna = locked.person()
    for _ in range(2):
        with pytest.raises(Forbidden, match="not the room's password"):
            give(anna, "guess")
    give(anna)
    boris = locked.person("boris")
    for _ in range(3):
        with pytest.raises(Forbidden):
            give(boris, "guess")
    with pytest.raises(RateLimited):
        give(boris)


def test_where_none_is_asked_for_any_is_good(locked: Stage) -> None:
    anna, artem = locked.visitor(), locked.staff()
    anna.ask(EnterRoom(dialog_id="lobby", password="?"))
    artem.ask(EnterRoom(dialog_id="tea", password="?"))
    ticket = anna.open_ticket()
    anna.ask(EnterRoom(dialog_id=ticket, password="?"))
    with pytest.raises(NotFound):
        anna.ask(EnterRoom(dialog_id="nowhere", password="?"))
