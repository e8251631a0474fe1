"""The contract of the open tickets: the queue in order, places, loads, durations."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.live.base import OpenTickets
from chatd.live.local import open_tickets as local
from chatd.live.shared import open_tickets as shared
from tests.live.implementations import KINDS, SHARED, Clock, made, nothing, shared_by
from tests.waiting import LIVE_READS

NOW = 1_800_000_000.0
READS = LIVE_READS["waiting"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[*KINDS, *SHARED])
def tickets(request: pytest.FixtureRequest, clock: Clock) -> OpenTickets:
    if request.param in SHARED:
        make = lambda node: shared.OpenTickets(  # noqa: E731
            node.exchange, node, nothing, clock
        )
        return shared_by(request, make, READS)
    found: OpenTickets = made(request.param, lambda: local.OpenTickets(clock), READS)
    return found


def ticket(number: int, site: str = "shop", **fields: Any) -> Ticket:
    at = to_text(NOW + number)
    common = {"site": site, "status": "waiting", "customer_id": f"p-{number % 2}"}
    times = {"created_at": at, "updated_at": at, "requested_at": at}
    return Ticket(
        **{"id": f"TKT-{int(NOW) + number}", "customer_name": "", **common, **times, **fields}
    )


def ids(found: Any) -> list[int]:
    return [int(one.id.removeprefix("TKT-")) - int(NOW) for one in found]


def test_who_came_first_is_first_on_each_site_and_on_all(tickets: OpenTickets) -> None:
    tickets.fill([ticket(3), ticket(1, "bank"), ticket(2)], NOW + 9)
    tickets.put(ticket(4, "bank"), NOW + 9)
    assert ids(tickets.waiting(limit=9)) == [1, 2, 3, 4] and tickets.count() == 4
    assert ids(tickets.waiting(("bank",), limit=9)) == [1, 4] and tickets.count(("bank",)) == 2
    assert ids(tickets.waiting(limit=2)) == [1, 2] and tickets.waiting((), limit=9) == []
    assert tickets.count(("shop", "moon")) == 2 and tickets.count(()) == 0
    assert tickets.lines() == {"bank": 2, "shop": 2} and ids(tickets.newest_first()) == [4, 3, 2, 1]
    assert ids(tickets.newest_first(before=ticket(3).id)) == [2, 1]
    assert [tickets.place(one) for one in tickets.waiting(("shop",), limit=9)] == [1, 2]
    assert len(tickets) == 4 and sorted(ids(tickets)) == [1, 2, 3, 4]


def test_a_page_goes_on_where_the_last_one_ended(tickets: OpenTickets) -> None:
    tickets.fill(map(ticket, range(1, 7)), NOW + 9)
    request, _, number = tickets.key(tickets.waiting(limit=3)[-1]).partition("~")
    tickets.put(replace(ticket(3), status="active", operator="anna"), NOW + 9)
    assert ids(tickets.waiting(after=(request, int(number)), limit=2)) == [4, 5]


def test_who_is_accepted_waits_no_more_and_keeps_the_old_place_when_given_back(
    tickets: OpenTickets,
) -> None:
    tickets.fill([ticket(1), ticket(2)], NOW + 9)
    accepted = replace(ticket(1), status="active", operator="anna")
    tickets.put(accepted, NOW + 9)
    assert tickets.place(accepted) == 0 and tickets.place(ticket(2)) == 1
    assert tickets.lines() == {"shop": 1} and len(tickets) == 2
    tickets.put(ticket(1), NOW + 9)
    assert tickets.place(ticket(1)) == 1 and tickets.place(ticket(2)) == 2
    tickets.put(replace(ticket(1), status="closed"), NOW + 9)
    assert tickets.place(ticket(1)) == 0 and ids(tickets) == [2] and tickets.open_count("p-1") == 0


def test_loads_count_what_is_answered_and_what_is_offered(tickets: OpenTickets) -> None:
    tickets.put(ticket(1, status="active", operator="anna"), NOW)
    tickets.put(ticket(2, "bank", offered_to="anna"), NOW)
    tickets.put(ticket(3), NOW)
    assert tickets.load("anna") == 2 and tickets.load("boris") == 0
    assert tickets.loads("anna") == {"shop": 1, "bank": 1} and tickets.loads("boris") == {}
    assert tickets.all_loads() == {"anna": 2} and tickets.holders() == ["anna"]
    assert ids(tickets.of("anna")) == [1, 2] and ids(tickets.offers()) == [2]
    tickets.put(ticket(2, "bank", offered_to="boris"), NOW)
    assert tickets.all_loads() == {"anna": 1, "boris": 1}
    tickets.put(ticket(1, status="closed"), NOW)
    assert tickets.all_loads() == {"boris": 1} and tickets.holders() == ["boris"]
    assert tickets.open_count("p-0") == 1 and tickets.open_count("p-1") == 1


def test_durations_run_on_the_monotonic_clock(tickets: OpenTickets, clock: Clock) -> None:
    tickets.put(ticket(1), NOW + 11)
    clock.now += 5
    assert tickets.wait_s(ticket(1)) == tickets.longest_wait() == 15
    assert tickets.longest_wait(("bank",)) == 0
    tickets.put(ticket(1, status="active", operator="anna"), NOW - 1_000)
    assert tickets.last_change("anna") == clock.now and tickets.last_change("boris") == 0
    clock.now += 3
    assert tickets.with_for(ticket(1)) == 3 and tickets.longest_wait() == 0
    tickets.put(ticket(1, version=9), NOW - 1_000)
    assert tickets.wait_s(ticket(1)) == 18 and tickets.with_for(ticket(1)) == 0


def test_who_does_not_wait_has_not_waited_and_no_wait_is_from_the_future(
    tickets: OpenTickets, clock: Clock
) -> None:
    assert (tickets.wait_s(ticket(1)), tickets.with_for(ticket(1)), tickets.longest_wait()) == (
        *(0, 0, 0),
    )
    tickets.put(ticket(60), NOW)
    assert tickets.wait_s(ticket(60)) == 0, "a clock that was set back"
    tickets.put(ticket(2), NOW + 2.25)
    clock.now += 3
    assert (tickets.wait_s(ticket(60)), tickets.wait_s(ticket(2))) == (3, 3.25)


def test_who_asks_anew_goes_to_the_end_and_a_clock_set_back_lets_nobody_jump_ahead(
    tickets: OpenTickets, clock: Clock
) -> None:
    tickets.fill([ticket(5), ticket(6)], NOW + 9)
    tickets.put(ticket(5, requested_at=to_text(NOW + 7)), NOW + 9)
    assert ids(tickets.waiting(limit=9)) == [6, 5]
    tickets.put(ticket(3), NOW + 3)
    assert ids(tickets.waiting(limit=9)) == [6, 5, 3] and tickets.place(ticket(3)) == 3
    clock.now += 4
    tickets.put(ticket(6, requested_at=to_text(NOW + 1)), NOW + 2)
    assert ids(tickets.waiting(limit=9)) == [5, 3, 6]
    assert tickets.wait_s(ticket(6)) == 1, "this request's, not that of the one before"
    keys = [tickets.key(one) for one in tickets.waiting(limit=9)]
    assert len({*keys}) == 3 and keys == sorted(keys)
