"""The contract of drafts: what is being written, seen by whoever joins in mid-word."""

from __future__ import annotations

import gevent
import pytest

from chatd.domain.draft import MAX_DRAFT
from chatd.errors import ChatdError, Conflict
from chatd.live.base import Drafts
from chatd.live.local import drafts as local
from chatd.live.shared import drafts as shared
from tests.live.implementations import KINDS, SHARED, made, person, shared_by
from tests.waiting import LIVE_READS

ANNA, BORIS = person("p-1", "Anna"), person("p-2", "Boris")


@pytest.fixture(params=[*KINDS, *SHARED])
def drafts(request: pytest.FixtureRequest) -> Drafts:
    if request.param in SHARED:
        return shared_by(request, lambda node: shared.Drafts(node.exchange), {"within"})
    found: Drafts = made(request.param, local.Drafts, LIVE_READS["drafts"])
    return found


def texts(drafts: Drafts, dialog_id: str = "lobby") -> list[tuple[str, int, str]]:
    return [(who.name, draft.seq, draft.text) for who, draft in drafts.within(dialog_id)]


def test_a_draft_grows_by_its_edits_in_their_order(drafts: Drafts) -> None:
    drafts.reset("lobby", ANNA, 1, "Hel")
    drafts.edit("lobby", ANNA, 2, [["i", "lo"]])
    assert texts(drafts) == [("Anna", 2, "Hello")]
    with pytest.raises(Conflict):
        drafts.edit("lobby", ANNA, 4, [["i", "!"]])
    assert texts(drafts) == [("Anna", 2, "Hello")], "what is refused changes nothing"
    drafts.reset("lobby", ANNA, 9, "Hello!")
    assert texts(drafts) == [("Anna", 9, "Hello!")]


def test_each_has_one_in_a_conversation_and_the_latest_come_first(drafts: Drafts) -> None:
    drafts.reset("lobby", ANNA, 1, "a")
    drafts.reset("lobby", BORIS, 1, "b")
    drafts.reset("news", ANNA, 1, "elsewhere")
    assert texts(drafts) == [("Boris", 1, "b"), ("Anna", 1, "a")]
    drafts.reset("lobby", ANNA, 2, "aa")
    assert texts(drafts) == [("Anna", 2, "aa"), ("Boris", 1, "b")]
    assert texts(drafts, "news") == [("Anna", 1, "elsewhere")] and texts(drafts, "empty") == []


def test_what_became_a_message_is_gone_and_that_is_told_once(drafts: Drafts) -> None:
    drafts.reset("lobby", ANNA, 1, "a")
    assert drafts.clear("lobby", "p-1") and not drafts.clear("lobby", "p-1")
    assert texts(drafts) == []
    drafts.reset("lobby", ANNA, 1, "")
    assert texts(drafts) == [] and not drafts.clear("lobby", "p-1"), "nobody saw any of it"


def test_who_leaves_takes_all_of_theirs_along(drafts: Drafts) -> None:
    for dialog_id in ("b", "a", "c"):
        drafts.reset(dialog_id, ANNA, 1, "x")
    drafts.reset("a", BORIS, 1, "y")
    drafts.clear("c", "p-1")
    assert drafts.forget("p-1") == ["a", "b"] and drafts.forget("p-1") == []
    assert texts(drafts, "a") == [("Boris", 1, "y")]


def test_a_connection_takes_along_what_it_wrote_last(drafts: Drafts) -> None:
    drafts.reset("a", ANNA, 1, "x", connection="one")
    drafts.reset("b", ANNA, 1, "y", connection="one")
    drafts.edit("b", ANNA, 2, [["i", "y"]], connection="two")
    assert not drafts.clear("a", "p-1", "two") and not drafts.clear("c", "p-1", "one")
    assert drafts.forget("p-1", "one") == ["a"] and drafts.forget("p-1", "one") == []
    assert texts(drafts, "b") == [("Anna", 2, "yy")] and drafts.clear("b", "p-1", "two")


def test_a_network_has_so_much_room_and_gets_it_back(drafts: Drafts) -> None:
    assert (local.PER_NETWORK, local.PER_DIALOG) == (64_000, 500)
    many = local.PER_NETWORK // MAX_DRAFT
    for number in range(many):
        drafts.reset("lobby", person(f"p-{number}"), 1, "x" * MAX_DRAFT, "net")
    left = local.PER_NETWORK - many * MAX_DRAFT
    with pytest.raises(ChatdError):
        drafts.reset("news", BORIS, 1, "x" * (left + 1), "net")
    drafts.reset("news", BORIS, 1, "x" * 10, "other")
    drafts.clear("news", "p-2")
    drafts.clear("lobby", "p-0")
    drafts.reset("news", BORIS, 1, "x" * MAX_DRAFT, "net")


def test_whose_network_is_full_may_change_what_is_there_and_not_make_it_longer(
    drafts: Drafts,
) -> None:
    for number in range(7):
        drafts.reset("lobby", person(f"n-{number}"), 1, "x" * MAX_DRAFT, "net")
    drafts.reset("lobby", ANNA, 1, "x" * 6_000, "net")
    with pytest.raises(ChatdError):
        drafts.edit("lobby", ANNA, 2, [["i", "x" * (MAX_DRAFT - 6_000 + 1)]], "net")
    drafts.reset("lobby", ANNA, 3, "y" * MAX_DRAFT, "net")
    drafts.edit("lobby", ANNA, 4, [["e", 5], ["i", "z" * 5]], "net")
    with pytest.raises(ChatdError):
        drafts.reset("news", BORIS, 1, "x", "net")
    drafts.edit("lobby", ANNA, 5, [["e", 1]], "net")
    drafts.reset("news", BORIS, 1, "x", "net")


def test_of_very_many_in_a_conversation_the_latest_are_kept(drafts: Drafts) -> None:
    for number in range(local.PER_DIALOG + 1):
        drafts.reset("lobby", person(f"p-{number}"), 1, "x")
    kept = texts(drafts)
    assert len(kept) == local.PER_DIALOG and kept[-1][0] == "p-1"


def test_what_is_read_is_whole_whatever_is_written_meanwhile(drafts: Drafts) -> None:
    drafts.reset("lobby", ANNA, 1, "")

    def write() -> None:
        for seq in range(2, 60):
            drafts.edit("lobby", ANNA, seq, [["i", "x"]])
            gevent.sleep(0)

    def read() -> None:
        for _ in range(20):
            assert all(len(text) == seq - 1 for _, seq, text in texts(drafts))
            gevent.sleep(0)

    acts = [gevent.spawn(write), *(gevent.spawn(read) for _ in range(5))]
    gevent.joinall(acts, raise_error=True)
    assert texts(drafts) == [("Anna", 59, "x" * 58)]
