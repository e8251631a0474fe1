"""Ids of episodes, and what a ticket from before there were any tells of its own."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.episode import episodes_of
from chatd.domain.ids import birth
from chatd.domain.ticket import Past, Ticket, episode_id
from chatd.store.tiny.naming import bucket

CREATED, ASKED = "2024-10-27T18:20:00.123Z", "2024-12-01T00:00:00.000Z"


def ticket(**fields: Any) -> Ticket:
    usual: dict[str, Any] = {
        "id": "TKT-1730053200",
        "site": "shop",
        "status": "waiting",
        "customer_id": "p-1-a",
        "customer_name": "Аня",
        "created_at": CREATED,
        "updated_at": CREATED,
    }
    return Ticket(**usual | fields)


def test_an_id_says_when_and_whose_and_lies_by_its_own_time() -> None:
    first, second = ticket(), ticket(episode=2, requested_at=ASKED)
    assert first.episode_id == "h-671e8450-TKT-1730053200.1"
    assert birth(first.episode_id) == 1_730_053_200
    assert second.episode_id == episode_id(second.id, 2, ASKED)
    assert bucket("episodes", second.episode_id) > bucket("episodes", first.episode_id)
    assert ticket(episode=2, opened_at=ASKED, requested_at=None).episode_id == second.episode_id


@pytest.mark.parametrize("time", ["", "yesterday", "1969-01-01T00:00:00.000Z"])
def test_a_time_that_is_none_is_the_first(time: str) -> None:
    assert episode_id("TKT-1", 1, time) == "h-0-TKT-1.1"
    assert bucket("episodes", "h-0-TKT-1.1") == "0000000000"


def test_of_those_that_a_ticket_has_forgotten_none_is_made_up() -> None:
    past = tuple(Past(requested_at=f"2024-11-0{day}T00:00:00.000Z") for day in range(1, 4))
    told = episodes_of(ticket(episode=9, requested_at=ASKED, past=past))
    assert [one.number for one in told] == [6, 7, 8, 9]
    assert [one.opened_at for one in told] == [*(one.requested_at for one in past), ASKED]
    assert [one.previous for one in told] == ["", *(one.id for one in told[:-1])]
    assert all(one.partial for one in told)
