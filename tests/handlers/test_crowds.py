"""When a room is a crowd, when it is none any more, and what is told of it then."""

from __future__ import annotations

from chatd.domain.principal import Principal
from chatd.protocol.commands import LeaveDialog, MarkRead
from chatd.service import crowds
from tests.handlers.stage import Person, Stage

HALL = "hall"


def come(stage: Stage, room: str, people: int) -> None:
    """So many more come, of whom it does not matter who they are."""
    before = stage.services.presence.count(room)
    for number in range(before, before + people):
        who = Principal(kind="visitor", id=f"m-{number}", name=str(number))
        assert stage.services.presence.enter(room, who, f"c-of-{number}")
        crowds.swallows(stage.services, room)


def go(stage: Stage, room: str, people: int) -> None:
    """So many of them go, the last first."""
    for one in stage.services.presence.within(room)[-people:]:
        number = one.id.removeprefix("m-")
        assert stage.services.presence.leave(room, one.id, f"c-of-{number}")
        crowds.swallows(stage.services, room)


def listen(stage: Stage, *rooms: str) -> Person:
    """Somebody who is there before all others."""
    anna = stage.visitor()
    for room in rooms:
        anna.join(room)
    anna.heard()
    return anna


def test_a_crowd_begins_above_its_bound_and_ends_well_below_it(stage: Stage) -> None:
    stage.furnish(hall={"crowd": 12})
    anna = listen(stage, HALL)
    come(stage, HALL, 11)
    stage.crowds()
    assert HALL not in stage.services.crowds and anna.heard() == []
    come(stage, HALL, 1)
    stage.crowds()
    told = anna.heard("dialog:update")
    assert [(one["crowd"], one["dialog"]["people"]) for one in told] == [(True, 13)]
    go(stage, HALL, 2)
    stage.crowds()
    told = anna.heard("dialog:update")
    assert [(one["crowd"], one["dialog"]["people"]) for one in told] == [(True, 11)]
    go(stage, HALL, 1)
    stage.crowds()
    assert HALL not in stage.services.crowds, "ten of twelve are as few as end it"
    told = anna.heard("dialog:update")
    assert [(one["crowd"], one["dialog"]["people"]) for one in told] == [(False, 10)]
    come(stage, HALL, 2)
    stage.crowds()
    assert anna.heard() == [], "twelve are no crowd again"


def test_who_comes_into_a_crowd_is_shown_the_newest_fifty(stage: Stage) -> None:
    stage.furnish(hall={"crowd": 10})
    come(stage, HALL, 59)
    boris = stage.visitor("Boris")
    boris.join(HALL)
    joined = listen(stage).join(HALL)
    assert joined.crowd and boris.heard() == []
    assert [one.name for one in joined.participants] == [
        *(*map(str, range(11, 59)), "Boris", "Anna")
    ]


def test_a_few_crowds_end_at_once_and_the_others_later(stage: Stage) -> None:
    names = [f"hall-{number}" for number in range(9)]
    stage.furnish(**{name: {"crowd": 2} for name in names})
    anna = listen(stage, *names)
    for name in names:
        come(stage, name, 3)
        go(stage, name, 3)
    left = []
    for _ in range(3):
        stage.crowds()
        left.append(len([*stage.services.crowds]))
        told = [one["dialog_id"] for one in anna.heard("dialog:update")]
        assert set(told).isdisjoint(stage.services.crowds)
    assert left == [5, 1, 0]


def test_with_the_end_of_a_crowd_all_are_told_who_is_there_and_how_far(stage: Stage) -> None:
    stage.furnish(hall={"crowd": 3})
    anna, boris = stage.visitor(), stage.visitor("Boris")
    said = anna.say(HALL, "one")
    for one in (anna, boris):
        one.join(HALL)
    boris.ask(MarkRead(dialog_id=HALL, seq=said.seq))
    come(stage, HALL, 2)
    stage.crowds()
    go(stage, HALL, 2)
    anna.heard()
    stage.crowds()
    heard = stage_events(anna)
    assert [name for name, _ in heard] == ["dialog:update", *["presence:update"] * 2, *[READ] * 2]
    told = {data["participant_id"]: data["read"] for name, data in heard if name == READ}
    assert told == {anna.id: 1, boris.id: 1}
    boris.ask(LeaveDialog(dialog_id=HALL))
    assert anna.heard() == ["presence:update"], "who goes is told of again"


READ = "receipt:update"


def stage_events(person: Person) -> list[tuple[str, dict[str, object]]]:
    """Names and data of all that somebody heard."""
    mailbox = person.connection.mailbox
    return mailbox.take()  # type: ignore[attr-defined,no-any-return]


def test_how_far_people_are_is_told_a_crowd_of_its_first_two_and_oneself(stage: Stage) -> None:
    stage.furnish(hall={"crowd": 6}, lobby={})
    anna, *readers = (stage.visitor(name) for name in ("Anna", "Boris", "Vera", "Gleb"))
    second = stage.again(readers[2].token, device="second")
    ids = [one.id for one in readers]
    for room, told_of in ((HALL, ids[:2]), ("lobby", ids)):
        for one in (anna, *readers, second):
            one.join(room)
        seq = anna.say(room, "one").seq
        if room == HALL:
            come(stage, room, 3)
        for one in (anna, second):
            one.heard()
        for one in readers:
            one.ask(MarkRead(dialog_id=room, seq=seq))
        assert [told["participant_id"] for told in anna.heard(READ)] == told_of
        assert [told["participant_id"] for told in second.heard(READ)] == ids


def test_a_retired_crowd_is_kept_until_nobody_is_there_and_told_nothing(stage: Stage) -> None:
    stage.furnish(hall={"crowd": 2}, lobby={"crowd": 2})
    for room in (HALL, "lobby"):
        come(stage, room, 3)
    stage.furnish(lobby={"crowd": 2})
    stage.crowds()
    assert set(stage.services.crowds) == {HALL, "lobby"}
    go(stage, HALL, 3)
    stage.crowds()
    assert set(stage.services.crowds) == {"lobby"}
