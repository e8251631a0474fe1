"""Who comes, goes, is away or is renamed is told of once, where they are, and nowhere else."""

from __future__ import annotations

from msgspec.structs import replace

from chatd.protocol.commands import EditDraft, Hello, LeaveDialog, SetPresence
from chatd.protocol.support import WatchQueue
from chatd.service import presence
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"


def statuses(person: Person) -> list[str]:
    """How others are by what somebody hears of them."""
    return [one["participant"]["status"] for one in person.heard("presence:update")]


def test_an_operator_who_leaves_a_ticket_is_told_of_once(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    for one in (anna, olga, artem):
        one.join(ticket)
    for one in (anna, olga):
        one.heard()
    artem.ask(LeaveDialog(dialog_id=ticket))
    assert (statuses(anna), statuses(olga)) == (["offline"], ["offline"])


def test_who_has_left_and_still_looks_is_there_for_operators_alone(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    looking = stage.again(artem.token, device="second")
    for one in (anna, olga, artem):
        one.join(ticket)
    looking.join(ticket, connect=False)
    for one in (anna, olga):
        one.heard()
    artem.ask(LeaveDialog(dialog_id=ticket))
    assert statuses(anna) == ["offline"]
    assert statuses(olga)[-1] == "online"


def test_whoever_leaves_where_they_are_not_is_not_told_of(stage: Stage) -> None:
    stage.furnish(lobby={}, hall={"crowd": 1})
    anna, boris, vera = (stage.visitor(name) for name in ("Anna", "Boris", "Vera"))
    for room in (LOBBY, "hall"):
        anna.join(room)
        boris.join(room)
    stage.crowds()
    anna.heard()
    for room in (LOBBY, "hall"):
        vera.ask(LeaveDialog(dialog_id=room))
    stage.crowds()
    assert anna.heard() == []


def test_of_a_crowd_only_what_who_goes_was_writing_is_told(stage: Stage) -> None:
    stage.furnish(hall={"crowd": 1})
    anna, boris, vera = (stage.visitor(name) for name in ("Anna", "Boris", "Vera"))
    for one in (anna, boris, vera):
        one.join("hall")
    vera.ask(EditDraft(dialog_id="hall", seq=1, reset="hers"))
    stage.crowds()
    anna.heard()
    boris.ask(LeaveDialog(dialog_id="hall"))
    assert anna.heard() == []
    vera.ask(LeaveDialog(dialog_id="hall"))
    assert statuses(anna) == ["offline"]


def test_a_new_name_is_told_where_somebody_is_but_not_to_a_crowd(stage: Stage) -> None:
    stage.furnish(lobby={}, quiet={}, hall={"crowd": 1})
    anna, boris = stage.visitor(), stage.visitor("Boris")
    second = stage.again(anna.token, device="second")
    for room in (LOBBY, "hall"):
        second.join(room)
        boris.join(room)
    boris.join("quiet")
    stage.crowds()
    boris.heard()
    anna.ask(Hello(token=anna.token, name="Vera"))
    told = boris.heard("presence:update")
    assert [(one["dialog_id"], one["participant"]["name"]) for one in told] == [(LOBBY, "Vera")]
    assert second.connection.principal.name == "Vera"
    assert second.say(LOBBY, "mine").sender_name == "Vera"
    anna.ask(Hello(token=anna.token, name="Vera"))
    assert boris.heard("presence:update") == [], "the same name is no news"


def test_who_only_looks_and_has_another_name_is_told_to_operators(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    anna.join(ticket)
    olga.join(ticket)
    artem.join(ticket, connect=False)
    for one in (anna, olga):
        one.heard()
    who = artem.connection.principal
    presence.rename(stage.services, replace(who, name="Art"))
    assert anna.heard() == []
    told = olga.heard("presence:update")
    assert [(one["participant"]["name"], one["participant"]["status"]) for one in told] == [
        ("Art", "online")
    ]


def test_what_was_written_without_following_goes_with_its_connection(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    second = stage.again(anna.token, device="second")
    boris.join(LOBBY)
    second.ask(EditDraft(dialog_id=LOBBY, seq=1, reset="hers"))
    boris.heard()
    stage.leave(second)
    assert [one["reset"] for one in boris.heard("draft:edit")] == [""]
    anna.ask(EditDraft(dialog_id=LOBBY, seq=1, reset="hers"))
    boris.heard()
    stage.leave(anna)
    assert statuses(boris) == ["offline"]
    assert boris.join(LOBBY).drafts == []


def test_who_was_away_is_not_when_they_come_back(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    anna.ask(SetPresence(status="away"))
    second = stage.again(anna.token, device="second")
    stage.leave(anna)
    boris.join(LOBBY)
    second.join(LOBBY)
    assert statuses(boris) == ["away"], "still away on another screen"
    stage.leave(second)
    boris.heard()
    stage.again(anna.token).join(LOBBY)
    assert statuses(boris) == ["online"]


def changes(person: Person) -> list[str]:
    """What changed by what somebody hears of the queue."""
    return [one["change"] for one in person.heard("queue:update")]


def test_operators_who_ask_over_http_come_with_the_first_request_and_go_in_silence(
    stage: Stage,
) -> None:
    boss, artem = stage.staff("boss", role="admin"), stage.staff()
    stage.leave(artem)
    boss.ask(WatchQueue())
    boss.heard()
    for told in (["operator_online"], []):
        presence.note_operator(stage.services, "artem")
        assert changes(boss) == told
    seen_for = stage.services.operators.seen_for_s
    stage.clock += seen_for - 1
    presence.notice_silence(stage.services)
    assert changes(boss) == []
    stage.clock += 1
    presence.notice_silence(stage.services)
    presence.notice_silence(stage.services)
    assert changes(boss) == ["operator_offline"]


def test_of_two_connections_of_an_operator_the_first_and_the_last_are_told_of(
    stage: Stage,
) -> None:
    boss = stage.staff("boss", role="admin")
    boss.ask(WatchQueue())
    boss.heard()
    artem = stage.staff()
    assert changes(boss) == ["operator_online"]
    second = stage.again(artem.token, device="second")
    assert changes(boss) == []
    stage.leave(artem)
    assert changes(boss) == []
    stage.leave(second)
    assert changes(boss) == ["operator_offline"]
    stage.leave(second)
    assert changes(boss) == []


def test_who_is_shut_out_goes_once(stage: Stage) -> None:
    boss = stage.staff("boss", role="admin")
    stage.staff()
    boss.ask(WatchQueue())
    boss.heard()
    for told in (["operator_offline"], []):
        presence.shut_out(stage.services, "artem")
        assert changes(boss) == told
