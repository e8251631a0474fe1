"""Who waits is served by priority and time: ahead by so much, and by no more, so nobody starves."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chatd.domain.ticket import HEAD_STARTS, PRIORITIES
from chatd.live.local.open_tickets import OpenTickets
from chatd.terminal.console.board import Board
from tests.queue.test_order import NOW, Clock, ids, make_ticket


def filled(*tickets: Any) -> OpenTickets:
    """The queue with these."""
    made = OpenTickets(Clock())
    made.fill(tickets, NOW + 9_999)
    return made


def test_of_those_who_came_together_the_urgent_are_first() -> None:
    assert list(HEAD_STARTS) == list(PRIORITIES)
    low, normal, high, urgent = (
        make_ticket(n, priority=one) for n, one in enumerate(reversed(PRIORITIES))
    )
    waiting = filled(low, normal, high, urgent)
    assert ids(waiting.waiting(limit=9)) == ids([urgent, high, normal, low])
    assert [waiting.place(one) for one in (urgent, low)] == [1, 4]
    assert waiting.longest_wait() == waiting.wait_s(low), "who came first waits longest"
    more = OpenTickets(Clock())
    more.fill([low, urgent], NOW + 9_999)
    request, _, number = more.key(urgent).partition("~")
    assert ids(more.waiting(after=(request, int(number)), limit=9)) == [low.id]


def test_nobody_is_overtaken_by_who_comes_later_than_the_head_start() -> None:
    for priority, lead in HEAD_STARTS.items():
        first = make_ticket(0, priority="low")
        late = lead - HEAD_STARTS["low"]
        before = make_ticket(late - 1, priority=priority) if late else None
        behind = make_ticket(late + 1, priority=priority)
        assert ids(filled(first, behind).waiting(limit=9)) == ids([first, behind])
        if before:
            assert ids(filled(first, before).waiting(limit=9)) == ids([before, first])


def test_a_priority_that_is_changed_moves_a_ticket_and_changes_no_wait() -> None:
    first, second = make_ticket(1), make_ticket(2)
    waiting = filled(first, second)
    waited = waiting.wait_s(second)
    waiting.put(replace(second, priority="high", version=2), NOW)
    assert ids(waiting.waiting(limit=9)) == ids([second, first])
    assert waiting.wait_s(second) == waited
    waiting.put(replace(second, version=3), NOW)
    assert ids(waiting.waiting(limit=9)) == ids([first, second]), "to the old place again"
    waiting.put(replace(first, status="active", operator="olga", priority="low"), NOW)
    assert ids(waiting.waiting(limit=9)) == [second.id] and waiting.lines() == {"shop": 1}
    waiting.put(replace(first, priority="urgent", version=5), NOW)
    assert ids(waiting.waiting(limit=9)) == ids([first, second]) and waiting.count() == 2


def test_a_terminal_sorts_as_the_daemon_does() -> None:
    tickets = [make_ticket(n * 600, priority=PRIORITIES[n % 4]) for n in range(9)]
    board = Board()
    for one in tickets:
        board.take({"id": one.id, "requested_at": one.requested_at, "priority": one.priority})
    assert ids(board.waiting()) == ids(filled(*tickets).waiting(limit=99))


def test_a_request_that_begins_anew_is_a_normal_one_and_tags_stay() -> None:
    closed = make_ticket(1, priority="urgent", tags=("vip",), status="closed")
    again = closed.again("reopen", "later")
    assert (again.priority, again.tags) == ("normal", ("vip",))
