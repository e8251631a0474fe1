"""The queue's rules by themselves: order, places, waits, and who is offered the next ticket."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd.domain import queue
from chatd.domain.participant import Operator
from chatd.domain.queue import FIRST_GUESS_S, Candidate
from chatd.domain.ticket import REMEMBERED_EPISODES, TRANSITIONS, Ticket
from chatd.domain.times import to_text
from chatd.live.local.open_tickets import OpenTickets, holder, line_time
from chatd.live.local.pace import REMEMBERED, Places, QueuePace
from chatd.live.local.presence import OperatorsOnline
from chatd.service.assignment import FRONT, TOLD_A_ROUND, first_unoffered, to_be_told

NOW = 1_795_000_000.0
SITES = ("bank", "blog", "shop")


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make_ticket(number: int, **fields: Any) -> Ticket:
    """A waiting ticket; ``number`` is the second it was asked for in."""
    at = to_text(NOW + number)
    return Ticket(
        **{
            "id": f"TKT-{int(NOW) + number}",
            "site": "shop",
            "status": "waiting",
            "customer_id": f"p-{number}",
            "customer_name": "",
            "created_at": at,
            "updated_at": at,
            "requested_at": at,
            **fields,
        }
    )


def operator(name: str, **fields: Any) -> Operator:
    """An operator's account."""
    return Operator(id=name, name=name, password_hash="", created_at="", **fields)


def ids(tickets: Any) -> list[str]:
    """What they are called."""
    return [one.id for one in tickets]


def test_places_are_first_come_first_served_and_of_their_own_site(clock: Clock) -> None:
    tickets = OpenTickets(clock)
    shop, bank = [make_ticket(n) for n in (1, 3, 5)], [make_ticket(n, site="bank") for n in (2, 4)]
    for ticket in random.sample([*shop, *bank], 5):
        tickets.put(ticket, NOW + 9)
    tickets = OpenTickets(clock)
    tickets.fill([*bank, *shop], NOW + 9)
    assert ids(tickets.waiting(limit=99)) == ids(sorted([*shop, *bank], key=line_time))
    assert ids(tickets.waiting(("bank",), limit=99)) == ids(bank)
    assert [tickets.place(one) for one in (*shop, *bank)] == [1, 2, 3, 1, 2]
    assert tickets.lines() == {"shop": 3, "bank": 2}
    assert (tickets.count(), tickets.count(("bank", "moon"))) == (5, 2)
    taken = replace(shop[0], status="active", operator="olga")
    tickets.put(taken, NOW + 9)
    assert [tickets.place(one) for one in (taken, shop[1], bank[0])] == [0, 1, 1]
    tickets.put(replace(taken, status="waiting", operator=None), NOW + 9)
    assert ids(tickets.waiting(("shop",), limit=99)) == ids(shop), (
        "who is given back has the old place"
    )


def test_a_clock_set_back_lets_nobody_jump_ahead(clock: Clock) -> None:
    tickets = OpenTickets(clock)
    early, late = make_ticket(3_600), make_ticket(3_601, requested_at=to_text(NOW))
    tickets.put(early, NOW + 3_600)
    clock.now += 10
    tickets.put(late, NOW)
    clock.now += 20
    assert ids(tickets.waiting(limit=99)) == [early.id, late.id]
    assert (tickets.wait_s(early), tickets.wait_s(late)) == (30.0, 20.0)
    assert tickets.longest_wait() == 30.0


def test_pages_of_the_queue_follow_each_other_whatever_was_taken_meanwhile(clock: Clock) -> None:
    tickets = OpenTickets(clock)
    everyone = [make_ticket(n, site=SITES[n % 3]) for n in range(10)]
    tickets.fill(everyone, NOW)
    request, _, number = tickets.key(everyone[3]).partition("~")
    tickets.put(replace(everyone[3], status="closed"), NOW)
    after = (request, int(number))
    assert ids(tickets.waiting(after=after, limit=99)) == ids(everyone[4:])
    shop = [one for one in everyone[4:] if one.site == "shop"]
    assert ids(tickets.waiting(("shop",), after=after, limit=99)) == ids(shop)


def test_a_ticket_that_is_opened_again_waits_at_the_end(clock: Clock) -> None:
    tickets = OpenTickets(clock)
    first, second = make_ticket(1), make_ticket(2)
    tickets.fill([first, second], NOW + 2)
    closed = replace(first, status="closed", operator="olga", closed_at="then", closed_by="olga")
    tickets.put(closed, NOW + 3)
    again = closed.again("reopen", to_text(NOW + 4))
    tickets.put(again, NOW + 4)
    assert ids(tickets.waiting(limit=99)) == [second.id, first.id] and tickets.wait_s(again) == 0.0


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(0, 3)), max_size=60))
def test_the_index_is_what_counting_everything_gives(steps: list[tuple[int, int, int]]) -> None:
    index, known = OpenTickets(Clock()), {}
    names = [None, "alla", "boris", "vera"]
    for clock, (number, what, who) in enumerate(steps, 1):
        before = known.get(number) or make_ticket(number, site=SITES[number % 3])
        name = names[who]
        changed = [
            replace(before, status="waiting", operator=None, offered_to=name),
            replace(before, status="active", operator=name or "root", offered_to=None),
            replace(before, status="closed", offered_to=None),
            replace(before, status="bot", operator=None, offered_to=None),
            replace(before, status="waiting", requested_at=to_text(NOW + 100 + clock)),
            before,
        ][what]
        known[number] = changed
        index.put(changed, NOW)
    opened = [one for one in known.values() if one.open]
    waiting = [one for one in opened if one.status == "waiting"]
    assert {one.id for one in index} == {one.id for one in opened} and len(index) == len(opened)
    assert ids(index.newest_first()) == sorted(ids(opened), reverse=True)
    assert sorted(ids(index.waiting(limit=99))) == sorted(ids(waiting))
    assert index.count() == len(waiting)
    customers = [one.customer_id for one in opened]
    assert all(index.open_count(f"p-{n}") == customers.count(f"p-{n}") for n in range(8))
    for site in SITES:
        line = list(index.waiting((site,), limit=99))
        assert [index.place(one) for one in line] == list(range(1, len(line) + 1))
    for name in ("alla", "boris", "vera", "root"):
        theirs = {one.id for one in opened if holder(one) == name}
        assert {one.id for one in index.of(name)} == theirs and index.load(name) == len(theirs)
        assert sum(index.loads(name).values()) == len(theirs)
    assert sorted(ids(index.offers())) == sorted(one.id for one in waiting if one.offered_to)
    assert sorted(index.holders()) == sorted({holder(one) for one in opened} - {None})


def test_with_whom_a_ticket_is_and_since_when(clock: Clock) -> None:
    tickets, ticket = OpenTickets(clock), make_ticket(1, offered_to="alla")
    tickets.put(ticket, NOW)
    clock.now += 5
    assert tickets.with_for(ticket) == 5.0 and tickets.last_change("alla") == 1_000.0
    moved = replace(ticket, offered_to="boris")
    tickets.put(moved, NOW)
    assert tickets.with_for(moved) == 0.0 and tickets.last_change("alla") == 1_005.0
    clock.now += 2
    tickets.put(replace(moved, customer_name="Аня"), NOW)
    assert tickets.with_for(moved) == 2.0, "what changes something else begins nothing anew"
    tickets.put(replace(moved, status="active", operator="boris", offered_to=None), NOW)
    assert tickets.with_for(moved) == 2.0 and tickets.last_change("boris") == 1_005.0


def test_the_longest_idle_of_the_least_loaded_with_room_is_chosen() -> None:
    people = [
        Candidate(operator("busy"), 3, 5, 0.0),
        Candidate(operator("full"), 0, 0, 0.0),
        Candidate(operator("foreign", sites=("blog",)), 0, 5, 0.0),
        Candidate(operator("lately"), 1, 5, 9.0),
        Candidate(operator("long"), 1, 5, 3.0),
        Candidate(operator("passed"), 0, 5, 0.0),
    ]
    ticket = make_ticket(1, passed=("passed",))

    def chosen(one: Ticket, among: list[Candidate] = people) -> str | None:
        found = queue.choose(one, among)
        return found.operator.id if found else None

    assert chosen(ticket) == "long"
    assert chosen(ticket, people[1:3]) is None and chosen(ticket, []) is None
    closed = replace(ticket, status="closed", operator="busy")
    assert chosen(closed.again("reopen", "later", passed=("passed",))) == "busy"
    full = replace(closed, operator="full").again("reopen", "later", passed=("passed",))
    assert chosen(full) == "long", "who had it comes first, but not without room"


def test_nine_tickets_one_after_another_go_around(clock: Clock) -> None:
    tickets = OpenTickets(clock)
    names = ["alla", "boris", "vera"]
    given = []
    for number in range(9):
        clock.now += 1
        free = [
            Candidate(operator(name), tickets.load(name), 5, tickets.last_change(name))
            for name in names
        ]
        ticket = make_ticket(number)
        found = queue.choose(ticket, free)
        assert found
        given.append(found.operator.id)
        tickets.put(replace(ticket, status="active", operator=found.operator.id), NOW)
        clock.now += 1
        tickets.put(replace(ticket, status="closed", operator=found.operator.id), NOW)
    assert given == names * 3


def test_the_wait_follows_the_last_acceptances_of_the_site(clock: Clock) -> None:
    pace = QueuePace(clock)
    assert pace.expect("shop", 2, 0.0) == 2 * FIRST_GUESS_S
    for _ in range(REMEMBERED):
        clock.now += 10
        pace.note_acceptance("shop", 600.0)
    assert pace.seconds("shop") > 10.0, "the first of them had waited long"
    for _ in range(REMEMBERED):
        clock.now += 10
        pace.note_acceptance("shop", 600.0)
    assert pace.seconds("shop") == 10.0, "only the last ones count"
    assert pace.expect("shop", 3, 0.0) == 30.0
    assert pace.expect("bank", 3, 0.0) == 3 * FIRST_GUESS_S, "of another site nothing is known"


def test_the_wait_is_never_less_than_nothing_has_moved(clock: Clock) -> None:
    pace = QueuePace(clock)
    for _ in range(5):
        clock.now += 1
        pace.note_acceptance("shop", 1.3)
    assert pace.expect("shop", 1, 0.0) < 2.0
    clock.now += 600
    assert pace.expect("shop", 1, 600.0) == 600.0
    assert pace.expect("shop", 9, 600.0) >= 600.0
    clock.now += 36_000
    assert pace.expect("shop", 1, 0.0) == FIRST_GUESS_S, "a line that stood empty was not slow"


def test_what_was_told_is_not_told_again() -> None:
    places = Places()
    assert places.is_news("TKT-1", 3, None, 1) and not places.is_news("TKT-1", 3, None, 1)
    assert places.is_news("TKT-1", 2, None, 1) and places.is_news("TKT-2", 2, None, 1)
    places.forget("TKT-1")
    assert places.is_news("TKT-1", 2, None, 1)


def test_opening_again_keeps_what_was() -> None:
    ticket = make_ticket(1, operator="olga", accepted_at="a", connected=("olga",))
    for number in range(REMEMBERED_EPISODES + 5):
        closed = replace(ticket, status="closed", closed_at=f"c{number}", closed_by="olga")
        ticket = replace(closed.again("reopen", f"r{number}"), operator=f"o{number}")
        assert ticket.connected == () and ticket.closed_at is None and ticket.accepted_at is None
        assert ticket.past[-1].closed_at == f"c{number}" and ticket.requested_at == f"r{number}"
    first = closed.again("resume", "later")
    assert first.status == TRANSITIONS["closed", "resume"] == "active"
    assert len(ticket.past) == REMEMBERED_EPISODES and ticket.episode == REMEMBERED_EPISODES + 6
    assert ticket.last_operator == f"o{REMEMBERED_EPISODES + 3}"


def test_who_is_here_who_is_available_and_who_is_absent_since_when(clock: Clock) -> None:
    here = OperatorsOnline(clock, seen_for_s=60.0)
    clock.now += 5
    assert here.absent_for("olga") == 5.0, "since the daemon began"
    assert here.note_seen("olga") and not here.note_seen("olga")
    assert (here.status("olga"), here.available(), here.online()) == ("online", [], ["olga"])
    here.set_away("olga", False, declared=True)
    assert here.available() == ["olga"] and here.is_available("olga")
    clock.now += 61
    assert (here.status("olga"), here.available()) == ("offline", [])
    assert here.absent_for("olga") == 1.0
    assert here.drop_silent() == ["olga"] and here.drop_silent() == []
    here.note_seen("olga")
    assert here.available() == [], "it was said for as long as one is seen"
    assert here.connect("petr", "c1") and not here.connect("petr", "c2")
    assert here.available() == ["petr"] and here.arrival("petr") == clock.now
    here.set_away("petr", True)
    assert (here.status("petr"), here.available(), here.online()) == ("away", [], ["olga"])
    assert here.absent_for("petr") is None
    assert not here.disconnect("petr", "c1") and here.disconnect("petr", "c2")
    clock.now += 7
    assert here.absent_for("petr") == 7.0
    here.connect("petr", "c3")
    assert here.available() == ["petr"], "who comes back is not away any more"
    assert here.forget("petr") and not here.forget("petr")


def test_a_round_tells_the_front_always_and_the_rest_by_and_by(clock: Clock) -> None:
    services: Any = SimpleNamespace(waiting=OpenTickets(clock), places=Places())
    tickets = [make_ticket(n) for n in range(FRONT + TOLD_A_ROUND + 30)]
    services.waiting.fill(tickets, NOW)
    rounds = [ids(to_be_told(services)) for _ in range(3)]
    front, behind = ids(tickets[:FRONT]), ids(tickets[FRONT:])
    assert rounds[0] == front + behind[:TOLD_A_ROUND]
    assert rounds[1] == front + behind[TOLD_A_ROUND:]
    assert rounds[2] == rounds[0], "and around again"


@pytest.mark.parametrize(("offered", "looked_at"), [(0, 1), (7, 8)])
def test_no_more_are_looked_at_than_there_can_be_offers(
    clock: Clock, offered: int, looked_at: int
) -> None:
    waiting, asked = OpenTickets(clock), []
    tickets = [make_ticket(n, offered_to="olga" if n < offered else None) for n in range(500)]
    waiting.fill(tickets, NOW)

    def get(kind: type[Ticket], id: str) -> Ticket:
        asked.append(id)
        return tickets[int(id.removeprefix("TKT-")) - int(NOW)]

    services: Any = SimpleNamespace(waiting=waiting, store=SimpleNamespace(get=get))
    found = first_unoffered(services, [Candidate(operator("alla"), 0, 5)])
    assert ids(found) == [tickets[offered].id] and len(asked) == looked_at
    foreign = Candidate(operator("boris", sites=("bank",)), 0, 5)
    assert first_unoffered(services, [foreign]) == [] and len(asked) == looked_at


@pytest.mark.parametrize(
    ("place", "between", "still", "expected"),
    [
        (0, 30.0, 0.0, 0.0),
        (-1, 30.0, 0.0, 0.0),
        (1, 30.0, 0.0, 30.0),
        (3, 30.04, 0.0, 90.1),
        (1, 30.0, 200.0, 200.0),
        (3, 30.0, 45.0, 90.0),
    ],
)
def test_a_wait_is_places_times_pace_and_never_less_than_the_queue_stood(
    place: int, between: float, still: float, expected: float
) -> None:
    assert queue.expected_wait(place, between, still) == expected
    assert still or queue.expected_wait(place, between) == expected


def test_who_has_as_many_as_they_may_is_not_free_and_of_equals_the_idlest_is_chosen() -> None:
    loads = [Candidate(operator("a"), load, 2).free for load in (0, 1, 2, 3)]
    assert loads == [True, True, False, False]
    one, two = Candidate(operator("b"), 0, 1, idle_since=5), Candidate(operator("a"), 0, 1, 6)
    assert queue.choose(make_ticket(1), [two, one]) is one
    unknown = Candidate(operator("z"), 0, 1)
    assert queue.choose(make_ticket(1), [two, one, unknown]) is unknown, "idle since ever"
    assert FIRST_GUESS_S == 120, "two minutes, where nothing is known yet"
