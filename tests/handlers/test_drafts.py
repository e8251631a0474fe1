"""What who joins is shown of what others write, what they hear of it, and how full it is."""

from __future__ import annotations

import pytest

from chatd.errors import Conflict, Invalid, RateLimited
from chatd.protocol.commands import (
    EditDraft,
    GetHistory,
    Hello,
    JoinDialog,
    MarkDelivered,
    MarkRead,
    StartTyping,
    StopTyping,
)
from chatd.protocol.envelope import encode_json
from chatd.service import pages
from tests.handlers.stage import Stage

LOBBY = "lobby"


def shown(stage: Stage, name: str = "last") -> list[str]:
    """The drafts that somebody new is shown."""
    return [one.text for one in stage.visitor(name).join(LOBBY).drafts]


def test_the_latest_drafts_that_fit_are_shown_in_their_order(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [stage.visitor(str(number)) for number in range(5)]
    for number, one in enumerate(people):
        one.join(LOBBY)
        one.ask(EditDraft(dialog_id=LOBBY, seq=1, reset=str(number) * 9))
    whole = [str(number) * 9 for number in range(5)]
    assert shown(stage) == whole
    for number, one in enumerate(people):
        others = [text for at, text in enumerate(whole) if at != number]
        assert [draft.text for draft in one.join(LOBBY).drafts] == others
    size = max(len(encode_json(one)) + 1 for one in stage.visitor("x").join(LOBBY).drafts)
    for quarter, count in ((3 * size, 3), (3 * size - 1, 2), (0, 1)):
        monkeypatch.setattr(pages, "PAGE_BYTES", 4 * quarter)
        assert shown(stage, str(quarter)) == whole[-count:]


def test_an_edit_is_told_with_its_ops_and_a_reset_with_its_text(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    for one in (anna, boris):
        one.join(LOBBY)
    boris.heard()
    anna.ask(EditDraft(dialog_id=LOBBY, seq=1, reset="one"))
    (told,) = boris.heard("draft:edit")
    assert (told["reset"], told["seq"], "ops" in told) == ("one", 1, False)
    anna.ask(EditDraft(dialog_id=LOBBY, seq=2, ops=[("i", "!")]))
    (told,) = boris.heard("draft:edit")
    assert (told["seq"], "reset" in told) == (2, False) and told["ops"]
    with pytest.raises(Conflict):
        anna.ask(EditDraft(dialog_id=LOBBY, seq=9, ops=[("i", "!")]))


def test_what_is_typed_over_http_is_told_to_all(stage: Stage) -> None:
    anna = stage.visitor()
    anna.join(LOBBY)
    anna.heard()
    for command, event in (
        (StartTyping(dialog_id=LOBBY), "typing:start"),
        (StopTyping(dialog_id=LOBBY), "typing:stop"),
        (EditDraft(dialog_id=LOBBY, seq=1, reset="one"), "draft:edit"),
    ):
        stage.over_http(anna, command)
        assert anna.heard() == [event]
        anna.ask(command)
        assert anna.heard() == [], "one's own line knows"


def test_an_edit_costs_its_ops_and_a_reset_its_text(stage: Stage) -> None:
    anna = stage.visitor()
    anna.join(LOBBY)
    ops = EditDraft(dialog_id=LOBBY, seq=2, ops=[("i", "!")])
    allowed = len(encode_json("one")) + len(encode_json(ops.ops))
    stage.services.limiter.apply(stage.limits(spread_per_participant=f"{allowed}/day"))
    anna.ask(EditDraft(dialog_id=LOBBY, seq=1, reset="one"))
    anna.ask(ops)
    with pytest.raises(RateLimited):
        anna.ask(EditDraft(dialog_id=LOBBY, seq=3, reset=""))


def test_a_draft_that_is_empty_is_none(stage: Stage) -> None:
    anna = stage.visitor()
    anna.join(LOBBY)
    anna.ask(EditDraft(dialog_id=LOBBY, seq=1, reset="one"))
    assert shown(stage, "first") == ["one"]
    anna.ask(EditDraft(dialog_id=LOBBY, seq=2, reset=""))
    assert shown(stage, "second") == []


def test_a_room_is_full_with_as_many_as_it_takes_and_not_with_one_less(stage: Stage) -> None:
    stage.furnish(hall={"capacity": 3})
    people = [stage.visitor(str(number)) for number in range(5)]
    for one in people[:3]:
        one.join("hall")
    with pytest.raises(Conflict, match="hall is full: 3 people are in it") as refused:
        people[3].join("hall")
    assert refused.value.details["capacity"] == 3
    stage.furnish(hall={"capacity": 2})
    for one in people[:3]:
        one.join("hall")
    with pytest.raises(Conflict, match="2 people"):
        people[3].join("hall")
    ticket = people[4].open_ticket()
    assert people[4].join(ticket).dialog.id == ticket, "of a ticket no end is set"


def test_one_join_has_a_whole_page_and_several_share_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = stage.visitor()
    for number in range(8):
        anna.say(LOBBY, f"{number:050}")
    size = max(len(encode_json(one)) + 1 for one in anna.join(LOBBY).messages)
    monkeypatch.setattr(pages, "PAGE_BYTES", 6 * size)
    assert len(anna.join(LOBBY).messages) == 6
    wanted = [JoinDialog(dialog_id=one) for one in (LOBBY, "nowhere")]
    joined = stage.ask(stage.connect(), Hello(token=anna.token, join=wanted)).joined
    assert len(joined[0].messages) == 6, "what is refused takes no share"
    wanted = [JoinDialog(dialog_id=one) for one in (LOBBY, "quiet", "flags")]
    joined = stage.ask(stage.connect(), Hello(token=anna.token, join=wanted)).joined
    assert len(joined[0].messages) == 2
    with pytest.raises(Invalid, match="not both"):
        anna.ask(GetHistory(dialog_id=LOBBY, before_seq=3, after_seq=1))


def test_a_receipt_moves_one_cursor_and_tells_of_it_once(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    for one in (anna, boris):
        one.join(LOBBY)
    for number in range(4):
        anna.say(LOBBY, str(number))
    anna.heard()
    for command, cursors, told in (
        (MarkDelivered(dialog_id=LOBBY, seq=0), (0, 0), 0),
        (MarkRead(dialog_id=LOBBY, seq=0), (0, 0), 0),
        (MarkDelivered(dialog_id=LOBBY, seq=2), (2, 0), 1),
        (MarkDelivered(dialog_id=LOBBY, seq=2), (2, 0), 0),
        (MarkDelivered(dialog_id=LOBBY, seq=1), (2, 0), 0),
        (MarkRead(dialog_id=LOBBY, seq=1), (2, 1), 1),
        (MarkRead(dialog_id=LOBBY, seq=4), (4, 4), 1),
    ):
        receipt = boris.ask(command).receipt
        assert (receipt.delivered, receipt.read) == cursors
        assert len(anna.heard("receipt:update")) == told
    for mark in (MarkRead, MarkDelivered):
        with pytest.raises(Invalid, match="only 4 messages"):
            boris.ask(mark(dialog_id=LOBBY, seq=5))
