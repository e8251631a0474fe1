"""Who follows what, who watches whom type, and what they are not told."""

from __future__ import annotations

import pytest

from chatd.domain import topics
from chatd.domain.topics import Topic
from chatd.errors import Conflict, Invalid, NotFound, Unauthenticated
from chatd.protocol.commands import (
    EditDraft,
    GetHistory,
    JoinDialog,
    LeaveDialog,
    SetPresence,
    StartTyping,
    StopTyping,
)
from chatd.protocol.operating import ListRooms
from chatd.protocol.support import AcceptTicket
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"


def names(joined: object) -> list[str]:
    """Who is there."""
    return sorted(one.name for one in joined.participants)  # type: ignore[attr-defined]


def test_a_full_room_takes_so_many_and_no_more_and_who_is_in_may_come_again(stage: Stage) -> None:
    stage.furnish(pair={"capacity": 2})
    anna, boris, vera = (stage.visitor(name) for name in ("Anna", "Boris", "Vera"))
    anna.join("pair")
    boris.join("pair")
    with pytest.raises(Conflict, match="is full: 2 people"):
        vera.join("pair")
    anna.join("pair")
    anna.say("pair", "one")
    assert "message:new" in boris.heard() and vera.heard() == []
    boris.ask(LeaveDialog(dialog_id="pair"))
    assert names(vera.join("pair")) == ["Anna", "Vera"]
    with pytest.raises(Conflict, match="is full"):
        boris.join("pair")


def test_a_room_of_other_sites_is_neither_listed_nor_entered_nor_read(stage: Stage) -> None:
    shopper, banker = stage.visitor("Anna", "shop"), stage.visitor("Boris", "bank")
    of_the_shop = stage.staff("olga", sites=("shop",))
    nobody = Person(stage, stage.connect(), "")
    banker.say("vault", "secret")
    for stranger in (shopper, of_the_shop, nobody):
        assert "vault" not in [one.id for one in stranger.ask(ListRooms()).rooms]
        for command in (JoinDialog(dialog_id="vault"), GetHistory(dialog_id="vault")):
            with pytest.raises((NotFound, Unauthenticated)):
                stranger.ask(command)
    assert "vault" in [one.id for one in banker.ask(ListRooms()).rooms]
    assert [one.content for one in banker.ask(GetHistory(dialog_id="vault")).messages] == ["secret"]


@pytest.mark.parametrize(
    ("room", "heard"),
    [
        (LOBBY, ["draft:edit", "draft:edit", "typing:start", "typing:stop"]),
        ("flags", ["typing:start", "typing:stop", "typing:start", "typing:stop"]),
        ("quiet", []),
    ],
)
def test_who_types_is_watched_as_far_as_the_room_allows_and_never_by_oneself(
    stage: Stage, room: str, heard: list[str]
) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    second = stage.again(anna.token, device="second")
    for one in (boris, anna, second):
        one.join(room)
    for one in (boris, anna, second):
        one.heard()
    got: list[list[str]] = [[], [], []]
    for command in (
        EditDraft(dialog_id=room, seq=1, reset="secret"),
        EditDraft(dialog_id=room, seq=2, reset=""),
        StartTyping(dialog_id=room),
        StopTyping(dialog_id=room),
    ):
        anna.ask(command)
        for kept, one in zip(got, (boris, second, anna), strict=True):
            kept += one.heard()
    assert got == [heard, heard, []], "on another screen one sees oneself type"
    anna.ask(EditDraft(dialog_id=room, seq=3, reset="secret"))
    drafts = stage.visitor("Vera").join(room).drafts
    assert [one.text for one in drafts] == (["secret"] if room == LOBBY else [])
    assert second.join(room).drafts == [], "one's own is not brought"


def test_a_customer_sees_a_flag_where_operators_read_each_letter(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    for one in (anna, artem, olga):
        one.join(ticket)
    for one in (anna, artem, olga):
        one.heard()
    artem.ask(EditDraft(dialog_id=ticket, seq=1, reset="secret"))
    assert (anna.heard(), olga.heard()) == (["typing:start"], ["draft:edit"])
    anna.ask(EditDraft(dialog_id=ticket, seq=1, reset="mine"))
    assert (artem.heard(), olga.heard()) == (["draft:edit"], ["draft:edit"])
    assert anna.join(ticket).drafts == []
    assert sorted(one.text for one in olga.join(ticket).drafts) == ["mine", "secret"]


def test_a_draft_goes_with_the_connection_that_wrote_it(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    second, third = (stage.again(anna.token, device=device) for device in ("second", "third"))
    for one in (anna, second, third, boris):
        one.join(LOBBY)
    anna.ask(EditDraft(dialog_id=LOBBY, seq=1, reset="hers"))
    third.ask(LeaveDialog(dialog_id=LOBBY))
    assert [one.text for one in boris.join(LOBBY).drafts] == ["hers"]
    boris.heard()
    anna.ask(LeaveDialog(dialog_id=LOBBY))
    assert [one["reset"] for one in boris.heard("draft:edit")] == [""]
    assert boris.join(LOBBY).drafts == []
    second.ask(EditDraft(dialog_id=LOBBY, seq=1, reset="hers again"))
    boris.heard()
    second.ask(LeaveDialog(dialog_id=LOBBY))
    assert boris.join(LOBBY).drafts == []
    assert [one["participant"]["status"] for one in boris.heard("presence:update")] == ["offline"]


def test_who_sees_only_a_flag_is_told_only_that_it_is_down(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    other = stage.again(artem.token, device="other")
    for one in (anna, artem, other):
        one.join(ticket)
    artem.ask(EditDraft(dialog_id=ticket, seq=1, reset="secret"))
    anna.heard()
    stage.leave(artem)
    assert [name for name in anna.heard() if name.startswith(("draft", "typing"))] == [
        "typing:stop"
    ]


def test_who_has_left_hears_nothing_more(stage: Stage) -> None:
    anna, boris, artem = stage.visitor(), stage.visitor("Boris"), stage.staff()
    ticket = anna.open_ticket()
    for one in (anna, boris, artem):
        one.join(LOBBY)
    artem.join(ticket)
    artem.join(f"{ticket}/notes")
    for dialog_id in (LOBBY, ticket, f"{ticket}/notes"):
        artem.ask(LeaveDialog(dialog_id=dialog_id))
        artem.ask(LeaveDialog(dialog_id=dialog_id))
    artem.heard()
    boris.heard()
    anna.say(LOBBY, "one")
    anna.say(ticket, "two")
    anna.ask(EditDraft(dialog_id=ticket, seq=1, reset="three"))
    assert artem.heard() == []
    assert boris.heard() == ["message:new"]


def test_who_only_looks_at_a_ticket_is_seen_by_operators_alone(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    anna.join(ticket)
    olga.join(ticket)
    anna.heard()
    olga.heard()
    joined = artem.join(ticket, connect=False)
    assert "Artem" in names(joined) and "Artem" in names(olga.join(ticket))
    assert "Artem" not in names(anna.join(ticket))
    assert "presence:update" in olga.heard()
    artem.ask(LeaveDialog(dialog_id=ticket))
    assert anna.heard() == []
    assert [one["participant"]["status"] for one in olga.heard("presence:update")] == ["offline"]
    artem.join(ticket)
    assert "Artem" in names(anna.join(ticket))


def test_following_needs_a_connection(stage: Stage) -> None:
    anna = stage.visitor()
    for command in (JoinDialog(dialog_id=LOBBY), LeaveDialog(dialog_id=LOBBY)):
        with pytest.raises(Invalid, match="live connection"):
            stage.over_http(anna, command)


def test_no_page_is_read_before_it_is_known_what_is_told_from_there_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, boris, waited = stage.visitor("Anna"), stage.visitor("Boris"), list[Topic]()

    def await_start(topic: Topic) -> None:
        waited.append(topic)
        boris.say(LOBBY, "meanwhile")

    monkeypatch.setattr(stage.services.hub, "await_start", await_start)
    page = anna.join(LOBBY)
    assert waited == [topics.dialog(LOBBY)]
    assert [one.content for one in page.messages] == ["meanwhile"]


def test_a_page_lies_before_a_message_or_after_one_and_not_both(stage: Stage) -> None:
    anna = stage.visitor()
    for number in range(1, 6):
        anna.say(LOBBY, str(number))

    def read(**fields: int) -> tuple[list[int], bool]:
        page = anna.ask(GetHistory(dialog_id=LOBBY, **fields))  # type: ignore[arg-type]
        return [one.seq for one in page.messages], page.more

    assert read(limit=2) == ([4, 5], True)
    assert read(limit=5) == ([1, 2, 3, 4, 5], False)
    assert read(limit=2, before_seq=3) == ([1, 2], False)
    assert read(limit=2, before_seq=4) == ([2, 3], True)
    assert read(limit=2, before_seq=99) == ([4, 5], True)
    assert read(limit=2, after_seq=2) == ([3, 4], True)
    assert read(limit=2, after_seq=3) == ([4, 5], False)
    assert read(after_seq=5) == ([], False)
    with pytest.raises(Conflict, match="no message 6 yet, its last is 5"):
        read(after_seq=6)
    with pytest.raises(Invalid, match="not both"):
        read(after_seq=1, before_seq=3)
    with pytest.raises(Invalid, match="after_rev"):
        read(after_rev=1)


def test_who_comes_back_is_told_what_they_do_not_know_and_nothing_twice(stage: Stage) -> None:
    anna = stage.visitor()
    for number in range(1, 4):
        anna.say(LOBBY, str(number))
    before = anna.ask(GetHistory(dialog_id=LOBBY)).rev
    same = anna.join(LOBBY, after_seq=3, after_rev=before)
    assert (same.changed, same.messages, same.resync, same.more) == ([], [], False, False)
    anna.say(LOBBY, "4")
    later = anna.join(LOBBY, after_seq=3, after_rev=before)
    assert (later.changed, [one.seq for one in later.messages]) == ([], [4])
    for seq, rev in ((9, before), (3, before + 100)):
        lost = anna.join(LOBBY, after_seq=seq, after_rev=rev)
        assert lost.resync and lost.changed == [], "an older copy of the data: they read anew"
        assert [one.seq for one in lost.messages] == [1, 2, 3, 4]


def test_being_away_is_told_where_one_is_and_ends_with_the_last_connection(stage: Stage) -> None:
    anna, boris, vera = stage.visitor(), stage.visitor("Boris"), stage.visitor("Vera")
    anna.join(LOBBY)
    boris.join(LOBBY)
    vera.join("quiet")
    boris.heard()
    anna.ask(SetPresence(status="away"))
    anna.ask(SetPresence(status="away"))
    told = boris.heard("presence:update")
    assert [one["participant"]["status"] for one in told] == ["away"]
    assert vera.heard() == []
    stage.leave(anna)
    back = stage.again(anna.token)
    boris.heard()
    back.join(LOBBY)
    told = boris.heard("presence:update")
    assert [one["participant"]["status"] for one in told] == ["online"]


def test_notes_are_the_operators_own(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    other = stage.staff("olga", sites=("bank",))
    ticket = anna.open_ticket()
    notes = f"{ticket}/notes"
    anna.join(ticket)
    artem.ask(AcceptTicket(ticket_id=ticket))
    anna.heard()
    artem.say(notes, "secret")
    assert anna.heard() == []
    for stranger in (anna, other):
        for command in (JoinDialog(dialog_id=notes), GetHistory(dialog_id=notes)):
            with pytest.raises(NotFound, match="no such"):
                stranger.ask(command)
        with pytest.raises(NotFound, match="no such"):
            stranger.say(notes, "mine")
