"""What is seen of a text, which emoji it is, times as text, and what documents begin with."""

from __future__ import annotations

import pytest

from chatd.config.sites import SiteSettings
from chatd.domain import visible
from chatd.domain.conversation import Conversation
from chatd.domain.department import EVERYTHING, scope
from chatd.domain.errand import STATES, Errand
from chatd.domain.mention import mentions
from chatd.domain.message import Cursor, Message, message_id, revise
from chatd.domain.origins import admits, allowed_sites
from chatd.domain.times import second_to_text, to_epoch, to_text
from chatd.domain.topics import (
    Topic,
    about,
    beside,
    customer,
    dialog,
    dialog_of,
    participant,
    staff,
)
from chatd.domain.topics import queue as queue_of


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a", True),
        (" \n\t", False),
        ("", False),
        ("\u200b\u2060\ufeff", False),
        ("\u2800\u3164", False),
        ("\ufe00\ufe0f", False),
        ("\U000e0100\U000e01ef", False),
        ("\ufe10", True),  # next to what chooses a look
        ("\u0301", True),
        ("\U000e01f0", True),
        (" . ", True),
        ("❤️", True),
    ],
)
def test_a_text_shows_if_a_reader_sees_anything_at_all(text: str, seen: bool) -> None:
    assert visible.shows(text) == seen


@pytest.mark.parametrize(
    ("text", "emoji"),
    [
        ("👍", "👍"),
        ("👍️", "👍"),
        ("❤", "❤️"),
        ("❤️", "❤️"),
        ("👍🏽", "👍🏽"),
        ("👍👍", None),
        ("a", None),
        ("", None),
        ("❤️‍🔥", "❤️‍🔥"),
    ],
)
def test_one_emoji_is_written_in_one_way(text: str, emoji: str | None) -> None:
    assert visible.emoji(text) == emoji


@pytest.mark.parametrize(
    ("epoch", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1730053200.1234, "2024-10-27T18:20:00.123Z"),
        (1730053200.9999, "2024-10-27T18:20:00.999Z"),
        (1730053200.001, "2024-10-27T18:20:00.001Z"),
        (1730053199.999, "2024-10-27T18:19:59.999Z"),
        (1730053200.9999999, "2024-10-27T18:20:01.000Z"),
    ],
)
def test_times_are_text_with_milliseconds_that_are_never_ahead(epoch: float, text: str) -> None:
    assert to_text(epoch) == text
    assert to_epoch(text) == pytest.approx(epoch, abs=0.001)
    assert text.startswith(second_to_text(int(to_epoch(text))))


def test_a_topic_is_of_one_conversation_and_knows_its_others() -> None:
    sides = [dialog("TKT-1"), staff("TKT-1"), customer("TKT-1")]
    assert len({*sides, participant("TKT-1"), queue_of(scope(["TKT-1"]))}) == 5
    for one in sides:
        assert about(one) == "TKT-1"
        assert {*beside(one)} == {*sides} - {one}
    assert [dialog_of(one) for one in sides] == ["TKT-1", None, None]
    assert beside(participant("TKT-1")) == beside(Topic("staff")) == ()
    assert about(dialog("a:b")) == "a:b"
    assert queue_of(scope(["b", "a", "b"])) == queue_of(scope(["a", "b"])) != queue_of(EVERYTHING)
    assert about(queue_of(scope(["b", "a"]))) == "a/b"
    assert queue_of(scope(["b"], ["a"])) != queue_of(scope(["a", "b"]))


def test_what_nobody_has_done_anything_to_begins_with_nothing() -> None:
    errand = Errand(id="e-1", kind="webhook", target="t", type="x", created_at="")
    begun = (errand.waits, errand.attempts, errand.next_at, errand.version)
    assert begun == (True, 0, 0.0, 1)
    waiting = [
        Errand(id="", kind="", target="", type="", created_at="", state=one).waits for one in STATES
    ]
    assert waiting == [True, False, False, False]
    empty = Conversation(id="lobby")
    assert (empty.last_seq, empty.rev, empty.unread("p-1")) == (0, 0, 0)


def test_unread_is_what_came_after_what_was_read() -> None:
    busy = Conversation(id="lobby", last_seq=9, receipts={"p-1": Cursor(8, 7)})
    assert (busy.unread("p-1"), busy.unread("p-2"), busy.receipt("p-2")) == (2, 9, Cursor(0, 0))


@pytest.mark.parametrize(
    ("delivered", "read", "after"),
    [
        (0, 0, (5, 3)),
        (6, 0, (6, 3)),
        (4, 2, (5, 3)),
        (0, 4, (5, 4)),
        (0, 9, (9, 9)),
        (7, 9, (9, 9)),
    ],
)
def test_receipts_go_forward_and_what_is_read_is_delivered(
    delivered: int, read: int, after: tuple[int, int]
) -> None:
    assert Cursor(5, 3).advance(delivered, read) == Cursor(*after)


def test_each_change_of_a_message_is_one_version_on() -> None:
    said = Message(
        dialog_id="lobby",
        sender_type="member",
        sender_id="",
        sender_name="",
        content="a",
        created_at="",
    )
    assert (said.seq, said.rev) == (0, 0)
    assert [revise(said).version, revise(revise(said, content="b")).version] == [1, 2]
    assert message_id("lobby", 12) == "lobby:12"


def test_a_page_may_speak_for_the_sites_that_list_its_origin() -> None:
    sites = {
        "b": SiteSettings(origins=("https://shop.example",)),
        "a": SiteSettings(origins=("self",)),
        "c": SiteSettings(origins=("*",)),
    }
    assert allowed_sites(sites, None, "chat.example") == ["b", "a", "c"], "no browser asks"
    assert allowed_sites(sites, "https://shop.example", "chat.example") == ["b", "c"]
    assert allowed_sites(sites, "http://CHAT.example", "chat.example") == ["a", "c"]
    assert not admits(("self",), "null", "") and not admits(("self",), "http://", "")


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("@artem", True),
        ("look, @Artem!", True),
        ("(@artem)", True),
        ("@artem.", True),
        ("@artem-", True),
        ("@boris @artem", True),
        ("@Артём Волков, look", True),
        ("@артём волков", True),
        ("artem", False),
        ("@artemis", False),
        ("@artem.b", False),
        ("@artem-b", False),
        ("@artem_b", False),
        ("me@artem", False),
        ("me.@artem", False),
        ("me-@artem", False),
        ("@@artem", False),
        ("@ artem", False),
        ("@Артём", False),
        ("", False),
    ],
)
def test_who_is_named_is_named_as_a_whole(text: str, is_named: bool) -> None:
    assert mentions(text, ["artem", "Артём Волков"]) == is_named
    assert not mentions(text, ["", "nobody"])
