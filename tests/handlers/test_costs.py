"""What something costs is counted for whom it comes from: bytes times readers, bytes kept, bytes
read; and what crowds, rooms and webhooks are not told."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.errand import Errand
from chatd.errors import ChatdError, RateLimited
from chatd.protocol.commands import (
    DeleteMessage,
    EditDraft,
    EditMessage,
    GetHistory,
    Hello,
    JoinDialog,
    LeaveDialog,
    MarkRead,
    ReactToMessage,
)
from chatd.protocol.operating import ListBans, ListRooms
from chatd.protocol.support import CloseTicket, ReplyTicket
from chatd.service import pages
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"
KIB = 1_024


def limit(stage: Stage, **limits: str) -> None:
    """Other limits, from now on."""
    stage.services.limiter.apply(stage.limits(**limits))


@pytest.mark.parametrize("rate", ["spread_per_participant", "spread_per_address"])
def test_what_reaches_many_costs_as_often_and_what_reaches_nobody_nothing(
    stage: Stage, rate: str
) -> None:
    anna = stage.visitor()
    limit(stage, **{rate: "10000/hour"})
    for _ in range(3):
        anna.say(LOBBY, "x" * 8_000)
    readers = [stage.visitor(str(number)) for number in range(3)]
    for one in readers:
        one.join(LOBBY)
    anna.say(LOBBY, "x" * (2 * KIB))  # three times, and something
    with pytest.raises(RateLimited) as refused:
        anna.say(LOBBY, "x" * (2 * KIB))
    assert refused.value.details["limit"] == rate
    stage.staff().connection.address = "198.51.100.1"
    far = stage.visitor("Vera", address="198.51.100.2")
    assert far.say(LOBBY, "x" * (2 * KIB)).seq


def test_one_thing_alone_is_never_too_much(stage: Stage) -> None:
    anna = stage.visitor()
    for number in range(3):
        stage.visitor(str(number)).join(LOBBY)
    limit(stage, spread_per_participant="1000/hour")
    anna.say(LOBBY, "x" * 8_000)
    with pytest.raises(RateLimited):
        anna.say(LOBBY, "x")


@pytest.mark.parametrize("how", ["edit", "react", "draft", "receipt", "reply"], ids=lambda how: how)
def test_whatever_is_told_to_those_who_follow_is_counted(stage: Stage, how: str) -> None:
    artem, anna = stage.staff(), stage.visitor()
    ticket = anna.open_ticket()
    said = artem.ask(ReplyTicket(ticket_id=ticket, message="x")).message
    anna.join(ticket)
    last = stage.store.conversation(ticket).last_seq
    limit(stage, spread_per_participant="20/hour")
    commands: dict[str, tuple[Person, Any, Any]] = {
        "edit": (
            artem,
            EditMessage(message_id=said.id, content="x" * 99),
            EditMessage(message_id=said.id, content="y"),
        ),
        "react": (
            artem,
            ReactToMessage(message_id=said.id, emoji="👍"),
            ReactToMessage(message_id=said.id, emoji="🎉"),
        ),
        "draft": (
            artem,
            EditDraft(dialog_id=ticket, seq=1, reset="x" * 99),
            EditDraft(dialog_id=ticket, seq=2, reset="y"),
        ),
        "receipt": (
            anna,
            MarkRead(dialog_id=ticket, seq=last - 1),
            MarkRead(dialog_id=ticket, seq=last),
        ),
        "reply": (
            artem,
            ReplyTicket(ticket_id=ticket, message="x" * 99),
            ReplyTicket(ticket_id=ticket, message="y"),
        ),
    }
    person, first, second = commands[how]
    person.ask(first)
    with pytest.raises(RateLimited, match="20 in 1 hour"):
        person.ask(second)


def test_bytes_that_stay_are_counted_for_their_address_and_nothing_that_was_refused(
    stage: Stage,
) -> None:
    anna = stage.visitor()
    limit(stage, bytes_per_address="5000/day")
    with stage.refusing_commits():
        for _ in range(5):
            with pytest.raises(ChatdError, match="disk"):
                anna.say(LOBBY, "x" * 2_000)
    said = anna.say(LOBBY, "x" * 2_000)
    anna.ask(EditMessage(message_id=said.id, content="y" * 500))  # kept with what it said before
    with pytest.raises(RateLimited) as refused:
        anna.say(LOBBY, "x" * 2_000)
    assert refused.value.details["limit"] == "bytes_per_address"
    with pytest.raises(RateLimited):
        stage.visitor("Boris").open_ticket("x" * 2_000)
    assert anna.ask(DeleteMessage(message_id=said.id)).message.deleted_at, "what shrinks is free"
    assert stage.visitor("Vera", address="198.51.100.1").say(LOBBY, "x" * 2_000).seq
    assert anna.say(LOBBY, "small").seq


def test_what_was_read_counts_for_who_reads_and_not_at_the_machine(stage: Stage) -> None:
    anna = stage.visitor()
    for _ in range(3):
        anna.say(LOBBY, "x" * KIB)
    limit(stage, read_bytes_per_participant="2048/hour", read_bytes_per_address="1000000/hour")
    for _ in range(5):
        assert stage.shell(GetHistory(dialog_id=LOBBY)).messages
    assert anna.ask(GetHistory(dialog_id=LOBBY, limit=1)).messages
    assert anna.ask(GetHistory(dialog_id=LOBBY, limit=1)).messages
    with pytest.raises(RateLimited):
        anna.ask(GetHistory(dialog_id=LOBBY, limit=1))
    boris = stage.visitor("Boris")
    assert boris.join(LOBBY).messages
    with pytest.raises(RateLimited):
        boris.join(LOBBY)


def test_a_page_has_as_much_as_fits_and_one_thing_at_least(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = stage.visitor()
    sizes = [len(pages.encode_json(anna.say(LOBBY, "x" * KIB))) + 1 for _ in range(4)]
    assert len(set(sizes)) == 1
    for room, fits in ((0, 1), (sizes[0] - 1, 1), (2 * sizes[0] - 1, 1), (2 * sizes[0], 2)):
        monkeypatch.setattr(pages, "PAGE_BYTES", room)
        after = anna.ask(GetHistory(dialog_id=LOBBY, after_seq=0))
        assert [one.seq for one in after.messages] == list(range(1, 1 + fits)) and after.more
        newest = anna.ask(GetHistory(dialog_id=LOBBY))
        assert [one.seq for one in newest.messages] == list(range(5 - fits, 5)) and newest.more
    monkeypatch.setattr(pages, "PAGE_BYTES", 4 * sizes[0])
    whole = anna.ask(GetHistory(dialog_id=LOBBY))
    assert len(whole.messages) == 4 and not whole.more
    both = [JoinDialog(dialog_id=LOBBY), JoinDialog(dialog_id="quiet")]
    joined = anna.ask(Hello(token=anna.token, join=both)).joined
    assert [one.seq for one in joined[0].messages] == [3, 4], "each has its share of a page"


def test_a_list_in_pages_has_each_once_and_its_cursor_is_what_was_given(stage: Stage) -> None:
    anna = stage.visitor()
    whole = [one.id for one in anna.ask(ListRooms()).rooms]
    for limit in (1, 2, len(whole)):
        seen: list[str] = []
        cursor = None
        for _ in range(len(whole)):
            page = anna.ask(ListRooms(limit=limit, cursor=cursor))
            seen += [one.id for one in page.rooms]
            cursor = page.cursor
            assert page.more == (cursor is not None) == (len(seen) < len(whole))
            if cursor is None:
                break
        assert seen == whole
    for odd in ("x", "-1", "1.5", "１", "1234567890"):
        with pytest.raises(ChatdError, match="'cursor' is what an earlier page"):
            anna.ask(ListRooms(cursor=odd))
    assert anna.ask(ListRooms(cursor="123456789")).rooms == []
    assert stage.shell(ListBans()).more is False


def crowd_sizes(heard: list[Any]) -> list[tuple[bool, int]]:
    """Of updates: whether it is a crowd, and how many."""
    return [
        (one["crowd"], one["dialog"]["people"]) for one in heard if one.get("crowd") is not None
    ]


def test_a_crowd_is_told_how_many_it_is_and_a_few_who_they_are(stage: Stage) -> None:
    stage.furnish(hall={"crowd": 2})
    people = [stage.visitor(str(number)) for number in range(3)]
    first = people[0]
    first.join("hall")
    people[1].join("hall")
    assert first.heard() == ["presence:update"], "two are no crowd"
    people[2].join("hall")
    stage.crowds()
    heard = first.heard("dialog:update")
    assert crowd_sizes(heard) == [(True, 3)]
    late = stage.visitor("late")
    joined = late.join("hall")
    assert joined.crowd
    assert first.heard() == [], "who comes is not told of"
    stage.crowds()
    assert crowd_sizes(first.heard("dialog:update")) == [(True, 4)]
    stage.crowds()
    assert first.heard() == [], "nothing has moved"
    for one in (late, *people[1:]):
        one.ask(LeaveDialog(dialog_id="hall"))
    assert first.heard() == []
    stage.crowds()
    told = first.heard()
    assert told[0] == "dialog:update" and told.count("presence:update") == 1
    people[1].join("hall")
    assert first.heard() == ["presence:update"]
    people[2].join("hall")
    stage.furnish(lobby={})
    stage.crowds()
    assert "hall" in stage.services.crowds, "somebody is still there"
    for one in people:
        stage.leave(one)
    stage.crowds()
    assert "hall" not in stage.services.crowds, "nothing is kept of a room that is retired"


def test_a_room_that_changes_puts_out_whom_it_does_not_admit_and_tells_the_rest(
    stage: Stage,
) -> None:
    shop, bank = stage.visitor(site="shop"), stage.visitor("Boris", "bank")
    artem = stage.staff(sites=("shop",))
    for one in (shop, bank, artem):
        one.join(LOBBY)
        one.join("quiet")
    for one in (shop, bank, artem):
        one.heard()
    stage.furnish(lobby={"sites": ["bank"], "topic": "new"}, quiet={"live_typing": "off"})
    stage.turn()
    for one in (shop, artem):
        told = one.heard("dialog:update")
        assert [(each["dialog_id"], each["dialog"]) for each in told] == [(LOBBY, None)]
        assert "lobby" not in one.connection.dialogs() and "quiet" in one.connection.dialogs()
    told = bank.heard("dialog:update")
    assert [(each["dialog_id"], each["dialog"]["topic"]) for each in told] == [(LOBBY, "new")]
    bank.say(LOBBY, "secret")
    assert shop.heard() == artem.heard() == []
    bank.heard()
    stage.furnish(quiet={"live_typing": "off"})
    assert [each["change"] for each in bank.heard("dialog:update")] == ["retired"]


HOOKS: dict[str, Any] = {
    "all": {"url": "https://example.test/a", "secret_env": "NOT_SET"},
    "shop": {"url": "https://example.test/b", "secret_env": "NOT_SET", "sites": ["shop"]},
    "closed": {
        "url": "https://example.test/c",
        "secret_env": "NOT_SET",
        "events": ["ticket.closed"],
    },
}


def told_to(stage: Stage) -> list[tuple[str, str]]:
    """Which webhook is told what."""
    parts = stage.store.parts(Errand)
    kept = [one for part in parts for one in stage.store.part(Errand, part)]
    return sorted((one.target, one.type) for one in kept)


def test_a_webhook_is_told_what_it_wants_of_its_sites_and_no_notes(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    for hooks in ({}, HOOKS):
        stage.hook(hooks)
        boris = stage.visitor("Boris", "bank")
        ticket = boris.open_ticket()
        artem.say(f"{ticket}/notes", "among us")
        if not hooks:
            assert told_to(stage) == [], "where there is no webhook nothing is kept for one"
    told = told_to(stage)
    assert {name for name, _ in told} == {"all"}, "nothing of the bank for the shop's"
    assert ("all", "ticket.opened") in told
    of_messages = told.count(("all", "message.created"))
    anna.say(LOBBY, "everybody's")
    assert told_to(stage).count(("all", "message.created")) == of_messages + 1
    assert told_to(stage).count(("shop", "message.created")) == 1
    artem.ask(CloseTicket(ticket_id=ticket))
    assert [what for name, what in told_to(stage) if name == "closed"] == ["ticket.closed"]
    vault = boris.say("vault", "the bank's own")
    boris.ask(ReactToMessage(message_id=vault.id, emoji="👍"))
    assert "message.edited" not in [what for _, what in told_to(stage)], "reactions are not told"
    boris.ask(EditMessage(message_id=vault.id, content="other"))
    assert told_to(stage).count(("all", "message.edited")) == 1
    boris.ask(DeleteMessage(message_id=vault.id))
    assert told_to(stage).count(("all", "message.edited")) == 1
    assert told_to(stage).count(("all", "message.deleted")) == 1
    assert told_to(stage).count(("shop", "message.created")) == 1
