"""What the store knows of a conversation beyond its messages: how far it is, who read how far, what
was sent under which client ids, what was changed; and what is on its way to the disk."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.errand import Errand
from chatd.domain.message import Cursor, Message, revise
from chatd.domain.times import to_text
from chatd.errors import Overtaken
from chatd.store.base import Append, Committed, Put, Remove, Replace, Touch
from chatd.store.tiny import state
from chatd.store.tiny.state import Asked, Changes, ConversationState
from tests.store.backends import message, ticket

NOON, WEEK = 1_795_000_000.0, 7 * 86_400
STORED = ticket("TKT-1")


def said(seq: int, text: str = "", *, by: str = "p-1", at: float = NOON, **fields: Any) -> Message:
    return replace(
        message(text),
        id=f"lobby:{seq}", seq=seq, rev=fields.pop("rev", seq), sender_id=by, sender_name=by,
        created_at=to_text(at), **fields,
    )  # fmt: skip


def test_the_last_message_is_shown_and_an_older_one_that_comes_again_changes_nothing() -> None:
    lobby = ConversationState("lobby")
    assert lobby.numbers[:2] == (0, 0) and lobby.view().last_text == ""
    for one in (
        said(1, "a"),
        said(2, "b" * 200, by="p-2"),
        said(1, "a"),
        said(2, "b" * 200, by="p-2"),
    ):
        lobby.append(one)
    shown = lobby.view()
    assert (shown.last_seq, shown.rev, shown.last_sender) == (2, 2, "p-2")
    assert shown.last_text == "b" * 120 and shown.last_at == to_text(NOON)
    assert shown.receipts == {"p-1": Cursor(1, 1), "p-2": Cursor(2, 2)}, "who writes has read"


def test_an_edit_of_the_last_message_is_shown_and_one_of_another_is_not() -> None:
    lobby = ConversationState("lobby")
    for seq in (1, 2):
        lobby.append(said(seq, "old"))
    lobby.replace_message(said(1, "first", rev=3))
    assert (lobby.view().last_text, lobby.numbers[:2]) == ("old", (2, 3))
    lobby.replace_message(said(2, "n" * 200, rev=4))
    lobby.replace_message(said(1, "first", rev=3))
    assert (lobby.view().last_text, lobby.numbers[:2]) == ("n" * 120, (2, 4))
    assert lobby.changed_since(2) == [2, 1] and lobby.changed_since(3) == [2]
    assert lobby.changed_since(4) == []
    lobby.touch(9)
    lobby.touch(7)
    assert lobby.numbers[:2] == (2, 9)
    assert ConversationState("old", last_seq=5, rev=2).last_rev == 5, "each message raised it"


def notice(seq: int, **fields: Any) -> Message:
    return said(seq, "Оператор подключился", by="system", sender_type="system", **fields)


def test_a_notice_of_the_house_is_not_what_was_said_last_and_a_call_or_a_bots_answer_is() -> None:
    talk = ConversationState("lobby")
    talk.append(notice(1))
    assert (talk.view().last_said, talk.view().last_text, talk.view().last_at) == (0, "", "")
    talk.append(said(2, "Где заказ?"))
    talk.append(notice(3, at=NOON + 9))
    shown = talk.view()
    assert (shown.last_seq, shown.last_said, shown.last_text) == (3, 2, "Где заказ?")
    assert (shown.last_sender, shown.last_at) == ("p-1", to_text(NOON))
    talk.replace_message(notice(3, rev=4))
    assert talk.view().last_text == "Где заказ?"
    talk.replace_message(said(2, "Где же он?", rev=5))
    assert talk.view().last_text == "Где же он?"
    talk.append(said(4, "В пути", by="bot", sender_type="bot", rev=6))
    talk.append(notice(5, rev=7, meta={"call_id": "c"}, type="call"))
    assert (talk.view().last_said, talk.view().last_sender) == (5, "system")


def test_words_from_before_notices_were_told_apart_stay_until_somebody_says_more() -> None:
    old = ConversationState("lobby", last_seq=5, last_at=to_text(NOON), last_text="old")
    old.append(notice(6))
    assert (old.view().last_said, old.view().last_text) == (5, "old")
    later = ConversationState("lobby")
    later.append(notice(7))
    both = old.merge(later).view()
    assert (both.last_seq, both.last_said, both.last_text) == (7, 5, "old")


def test_of_changed_messages_a_thousand_are_known_and_of_those_before_that_it_is_unknown() -> None:
    lobby = ConversationState("lobby")
    for seq in range(1, 1_001):
        lobby.keep_changed(seq, 2_000 + seq)
    assert lobby.changed_since(0) == list(range(1_000, 0, -1))
    lobby.keep_changed(1, 3_001)
    assert lobby.changed_since(2_001) == [1, *range(1_000, 1, -1)], "one of them again"
    lobby.keep_changed(1_001, 3_002)
    assert lobby.changed_since(2_001) is None and lobby.unknown_to == 2_002
    assert lobby.changed_since(2_002) == [1_001, 1, *range(1_000, 2, -1)]


def test_of_two_thousand_readers_the_one_who_moved_longest_ago_is_forgotten() -> None:
    lobby = ConversationState("lobby")
    for number in range(2_000):
        lobby.advance(f"p-{number}", 1, 1)
    assert len(lobby.receipts) == 2_000
    lobby.advance("p-0", 2, 0)
    lobby.advance("p-new", 1, 0)
    assert "p-1" not in lobby.receipts and lobby.receipts["p-0"] == Cursor(2, 1)
    assert len(lobby.receipts) == 2_000


def test_the_last_256_client_ids_of_a_sender_are_known() -> None:
    lobby = ConversationState("lobby")
    for seq in range(1, 257):
        lobby.append(said(seq, client_id=f"c{seq}"))
    lobby.append(said(900, by="p-2", client_id="c1"))
    assert [lobby.sent_seq("p-1", one) for one in ("c1", "c256", "c257")] == [1, 256, None]
    assert lobby.sent_seq("p-2", "c1") == 900 and lobby.sent_seq("p-3", "c1") is None
    lobby.append(said(257, client_id="c257"))
    assert [lobby.sent_seq("p-1", one) for one in ("c1", "c2", "c257")] == [None, 2, 257]


@pytest.mark.parametrize(
    ("senders", "age", "known"), [(16, 0, False), (16, 1, True), (15, 0, True)]
)
def test_client_ids_of_who_was_silent_for_a_week_go_where_many_send(
    senders: int, age: int, known: bool
) -> None:
    lobby = ConversationState("lobby")
    lobby.append(said(1, by="silent", at=NOON - WEEK - 1 + age, client_id="c"))
    for number in range(senders):
        lobby.append(said(2 + number, by=f"p-{number}", client_id="c"))
    lobby.forget_old()
    assert lobby.sent_seq("silent", "c") == (1 if known else None)
    assert lobby.sent_seq("p-0", "c") == 2
    lobby.append(said(99, by="silent", client_id="again"))
    assert lobby.sent_seq("silent", "again") == 99


@pytest.mark.parametrize("time", ["", "yesterday", "9999-99-99T99:99:99Z", "0001-01-01T00:00:00Z"])
def test_times_that_no_daemon_of_today_writes_do_no_harm(time: str) -> None:
    lobby = ConversationState("lobby")
    for number in range(20):
        lobby.append(replace(said(1 + number, by=f"p-{number}", client_id="c"), created_at=time))
    lobby.forget_old()
    lobby.append(said(21, by="p-21", client_id="c"))
    lobby.forget_old()
    assert lobby.sent_seq("p-21", "c") == 21


def test_who_is_gone_leaves_no_receipt_and_no_client_id() -> None:
    lobby = ConversationState("lobby")
    for by in ("p-1", "p-2"):
        lobby.append(said(1, by=by, client_id="c"))
    lobby.forget(["p-1", "p-nobody"])
    assert [*lobby.receipts] == ["p-2"] and lobby.sent_seq("p-1", "c") is None
    lobby.append(said(2, by="p-1", client_id="d"))
    assert lobby.sent_seq("p-1", "d") == 2 and lobby.sent_seq("p-1", "c") is None


def test_a_copy_changes_without_what_it_was_made_from() -> None:
    lobby = ConversationState("lobby")
    lobby.append(said(1, client_id="a"))
    copy = lobby.copy()
    copy.append(said(2, client_id="b"))
    copy.replace_message(said(1, rev=3))
    copy.advance("p-9", 1, 1)
    assert (lobby.numbers[:2], lobby.sent_seq("p-1", "b"), [*lobby.receipts]) == (
        (1, 1),
        None,
        ["p-1"],
    )
    assert lobby.changed == {} and copy.sent_seq("p-1", "a") == 1
    lobby.append(said(2, client_id="c"))
    assert copy.sent_seq("p-1", "c") is None


def test_what_is_known_of_before_and_of_later_is_put_together() -> None:
    before, later = ConversationState("lobby"), ConversationState("lobby")
    before.append(said(1, "a", client_id="a"))
    before.replace_message(said(1, "a", rev=2))
    later.append(said(2, "b", rev=3, at=NOON + 1, client_id="b"))
    later.replace_message(said(2, "bb", rev=4))
    later.advance("p-9", 2, 1)
    both = before.merge(later)
    assert (both.numbers[:2], both.last_text, both.unknown_to) == ((2, 4), "bb", 0)
    assert both.changed_since(0) == [2, 1]
    assert both.receipts == {"p-1": Cursor(2, 2), "p-9": Cursor(2, 1)}
    assert [both.sent_seq("p-1", one) for one in "ab"] == [1, 2]
    assert before.numbers[:2] == (1, 2) and before.sent_seq("p-1", "b") is None
    nothing = ConversationState("lobby", unknown_to=7)
    kept = both.merge(nothing)
    assert (kept.numbers[:2], kept.last_text, kept.unknown_to) == ((2, 4), "bb", 7)
    assert both.sent["p-1"].at == to_text(NOON + 1)
    many = [ConversationState("lobby") for _ in range(2)]
    for number, one in enumerate(many):
        for seq in range(1, 201):
            one.append(said(200 * number + seq, client_id=f"c{200 * number + seq}"))
    joined = many[0].merge(many[1])
    assert len(joined.sent["p-1"].seqs) == 256 and joined.sent_seq("p-1", "c145") == 145
    assert joined.sent_seq("p-1", "c144") is None


def test_what_could_not_be_written_is_taken_over_by_what_comes_later() -> None:
    first, later = Changes(), Changes()
    assert not first
    first.documents = {("tickets", "1"): "old", ("tickets", "2"): "kept"}
    first.messages = {"lobby": {1: said(1, "a"), 2: said(2, "b")}}
    later.documents = {("tickets", "1"): None}
    later.messages = {"lobby": {2: said(2, "bb")}, "tea": {1: said(1)}}
    later.conversations = {"lobby": ConversationState("lobby", last_seq=2)}
    later.partial = {"tea": ConversationState("tea", last_seq=1)}
    first.absorb(later)
    assert first.documents == {("tickets", "1"): None, ("tickets", "2"): "kept"}
    assert [one.content for one in first.messages["lobby"].values()] == ["a", "bb"]
    assert {id: one.last_seq for id, one in first.partial.items()} == {"lobby": 2, "tea": 1}
    first.learn(ConversationState("tea", last_seq=4))
    assert first.partial["tea"].last_seq == 4
    for part in ("documents", "messages", "conversations", "partial"):
        one = Changes()
        setattr(one, part, {"x": 1})
        assert one, part


def test_what_is_asked_for_counts_until_it_is_durable_and_what_was_asked_after_it_stays() -> None:
    asked = Asked()
    put, again = Put(STORED), Put(replace(STORED, version=2))
    for change in (put, again, Remove("operators", "olga"), Append(said(1, client_id="c"))):
        asked.take(change)
    edit, later = Replace(said(1, "a")), Replace(said(1, "b"))
    asked.take(edit)
    asked.take(later)
    asked.numbers = {"lobby": (1, 1)}
    asked.settle(put)
    asked.settle(edit)
    assert asked.documents == {("tickets", "TKT-1"): again.document, ("operators", "olga"): None}
    assert asked.messages == {("lobby", 1): later.message}
    assert asked.sent == {("lobby", "p-1", "c"): 1}
    asked.settle_numbers({"lobby": (1, 2)})
    assert asked.numbers, "more was asked for"
    last = asked.numbers["lobby"]
    for change in (again, Remove("operators", "olga"), later, Append(said(1, client_id="c"))):
        asked.settle(change)
        asked.settle(change)
    asked.settle_numbers({"lobby": last, "tea": (1, 1)})
    assert not any(vars(asked).values())
    for change in (again, later, Append(said(1, client_id="c"))):
        asked.take(change)
    asked.numbers["lobby"] = (3, 3)
    asked.clear()
    assert not any(vars(asked).values())
    asked.take(Append(said(1)))
    asked.settle(Append(said(1)))
    assert asked.sent == {}, "without a client id there is nothing to remember"


def test_numbers_are_given_to_what_changes_a_conversation() -> None:
    put = Put(Errand(id="e-1", kind="", target="", type="", created_at=""))
    changes = [Append(said(0)), Replace(said(3)), Touch("tea"), Put(STORED), put, Remove("x", "y")]
    assert [state.raises_rev_of(one) for one in changes] == [
        *("lobby", "lobby", "tea", "TKT-1", None, None)
    ]
    made: Any = [state.give_numbers(one, 7, 9) for one in changes[:4]]
    assert (made[0].message.id, made[0].message.seq, made[0].message.rev) == ("lobby:7", 7, 9)
    assert (made[1].message.id, made[1].message.seq, made[1].message.rev) == ("lobby:3", 3, 9)
    assert (made[2].rev, made[3].rev) == (9, 9)


def test_an_errand_carries_the_numbered_message_of_its_own_commit() -> None:
    first, other = said(0, "a"), said(0, "b")

    def errand(carried: Message | None) -> Put:
        return Put(Errand(id="e-1", kind="", target="", type="", created_at="", message=carried))

    asked = [Append(first), errand(first), errand(other), errand(None), Put(STORED)]
    made = (state.give_numbers(asked[0], 7, 9), *asked[1:])
    whole: Any = state.carrying(asked, made)
    assert whole[1].document.message.id == "lobby:7"
    assert [one.document for one in whole[2:]] == [one.document for one in asked[2:]]  # type: ignore[union-attr]
    alone = (made[0], asked[4])
    assert state.carrying([asked[0], asked[4]], alone) is alone
    edited = said(3)
    assert state.answer_of([made[0], Replace(edited), Put(STORED)]) == Committed(
        (whole[0].message,), (edited,)
    )


def test_a_change_is_made_from_the_version_before_it() -> None:
    known = said(1)
    state.check_follows(revise(known), known)
    state.check_follows(revise(revise(known)), revise(known))
    for wrong in (known, revise(revise(known)), revise(revise(revise(known)))):
        with pytest.raises(Overtaken):
            state.check_follows(replace(wrong, version=wrong.version or 0), known)
    assert state.document(Put(STORED)) is STORED and state.document(Remove("tickets", "x")) is None
    assert state.key(Put(STORED)) == ("tickets", "TKT-1") != state.key(Remove("tickets", "x"))
