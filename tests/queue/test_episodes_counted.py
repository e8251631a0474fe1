"""What is said in a ticket is counted without storing its episode each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.errors import Overtaken
from chatd.protocol.support import AcceptTicket, CloseTicket
from chatd.service import changes, compose, presence
from tests.daemon import RELAXED
from tests.queue.story import Story
from tests.trust.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data", **RELAXED, store={"sync": False})
    yield made
    made.close()


def test_what_is_said_changes_it_only_where_that_is_news(house: House) -> None:
    story = Story(house)
    before = story.stored
    for text in ("раз", "два", "три"):
        story.says("customer", text)
    assert story.stored == before and story.episode.customer_messages == 4
    story.does("olga", AcceptTicket(ticket_id=story.id))
    for _ in range(3):
        story.says("olga")
    answered = story.stored
    assert answered.version == before.version + 2, "accepted, and answered for the first time"
    assert (story.episode.customer_messages, story.episode.operator_messages) == (4, 3)
    presence.disconnect(house.services, story.customer)
    house.settle()
    gone = story.stored
    assert gone.version == answered.version + 1 and gone.customer_left_at
    story.says("olga")
    assert story.stored == gone
    story.does("olga", CloseTicket(ticket_id=story.id))
    assert (story.stored.customer_messages, story.stored.operator_messages) == (4, 4)


def test_a_word_to_a_ticket_that_closes_meanwhile_is_judged_again(house: House) -> None:
    """Whoever read it as it was before writes into no ticket that is closed."""
    story = Story(house)
    story.does("olga", AcceptTicket(ticket_id=story.id))
    story.says("olga")
    read = story.ticket
    story.does("boris", CloseTicket(ticket_id=story.id))
    before = house.store.conversation(story.id)
    late = compose.notice(house.services, read, "ticket_closed")
    with pytest.raises(Overtaken):
        changes.add(house.services, read, late, "olga")
    assert house.store.conversation(story.id) == before
