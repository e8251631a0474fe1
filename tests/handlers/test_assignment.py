"""What the queue does by itself, and when it does not: grace, offers, rounds, places in line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.ticket import Ticket
from chatd.protocol.commands import Command, SetPresence
from chatd.protocol.operators import RemoveOperator, SetOperator
from chatd.protocol.support import AcceptTicket, CloseTicket, ReturnTicket, TransferTicket
from chatd.service import assignment
from tests.handlers.stage import Stage

GRACE, PATIENCE = 60.0, 30.0


@pytest.fixture
def offering(tmp_path: Path, far: bool) -> Iterator[Stage]:
    """A stage where tickets are offered to one operator after the other."""
    made = Stage(tmp_path / "data", far=far, tickets={"assignment": "auto", "capacity": 2})
    yield made
    made.close()


def held(stage: Stage, *ids: str) -> list[str | None]:
    """Who has each ticket."""
    return [one.operator for one in map(as_stored(stage), ids)]


def offered(stage: Stage, *ids: str) -> list[str | None]:
    """Who is asked about each ticket."""
    return [one.offered_to for one in map(as_stored(stage), ids)]


def as_stored(stage: Stage) -> Any:
    """What finds tickets by their ids."""
    return lambda id: stage.store.get(Ticket, id)


def test_who_comes_back_within_the_period_of_grace_keeps_their_tickets(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    mine, hers = anna.open_ticket(), anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=mine))
    olga.ask(AcceptTicket(ticket_id=hers))
    stage.round(after=10 * GRACE)
    assert held(stage, mine, hers) == ["artem", "olga"], "who is here keeps theirs however long"
    stage.leave(artem)
    stage.round(after=GRACE - 1)
    assert held(stage, mine) == ["artem"]
    back = stage.again(artem.token)
    stage.round(after=2)
    assert held(stage, mine) == ["artem"]
    stage.leave(back)
    stage.round(after=GRACE - 1)
    assert held(stage, mine) == ["artem"], "it begins anew"
    stage.round(after=1)
    assert held(stage, mine, hers) == [None, "olga"]


def test_who_is_given_a_ticket_while_away_has_the_whole_period(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    stage.leave(artem)
    stage.round(after=10 * GRACE)
    olga.ask(AcceptTicket(ticket_id=ticket))
    olga.ask(TransferTicket(ticket_id=ticket, operator="artem"))
    stage.round(after=GRACE - 1)
    assert held(stage, ticket) == ["artem"]
    stage.round(after=1)
    assert held(stage, ticket) == [None]


def test_nothing_is_offered_where_operators_choose(stage: Stage) -> None:
    stage.staff()
    ticket = stage.visitor().open_ticket()
    stage.round()
    assert offered(stage, ticket) == [None]


def test_offers_go_to_who_serves_the_site_takes_tickets_is_here_and_has_room(
    offering: Stage,
) -> None:
    offering.staff("elsewhere", sites=("bank",))
    offering.staff("busy", takes_tickets=False)
    away = offering.staff("away")
    away.ask(SetPresence(status="away"))
    gone = offering.staff("gone")
    offering.leave(gone)
    anna = offering.visitor(site="shop")
    tickets = [anna.open_ticket(str(number)) for number in range(4)]
    offering.round()
    assert offered(offering, *tickets) == [None] * 4
    artem = offering.staff("artem", sites=("shop",), capacity=3)
    offering.round()
    assert offered(offering, *tickets) == ["artem", "artem", "artem", None], "first come, first"
    offering.round()
    assert offered(offering, *tickets) == ["artem", "artem", "artem", None]
    artem.ask(AcceptTicket(ticket_id=tickets[0]))
    offering.round()
    assert offered(offering, tickets[3]) == [None], "what one answers takes room"
    artem.ask(CloseTicket(ticket_id=tickets[0]))
    offering.round()
    assert offered(offering, tickets[3]) == ["artem"]


def test_the_default_capacity_is_the_configurations(offering: Stage) -> None:
    offering.staff()
    anna = offering.visitor()
    tickets = [anna.open_ticket(str(number)) for number in range(3)]
    offering.round()
    assert offered(offering, *tickets) == ["artem", "artem", None]


def test_an_offer_runs_so_long_and_goes_on_to_who_was_not_asked(offering: Stage) -> None:
    offering.staff("artem")
    ticket = offering.visitor().open_ticket()
    offering.round()
    offering.round(after=PATIENCE - 1)
    assert offered(offering, ticket) == ["artem"]
    offering.staff("olga")
    offering.round(after=1)
    assert offered(offering, ticket) == ["olga"]
    offering.round(after=PATIENCE)
    assert offered(offering, ticket) == ["artem"], "all have let it pass: a new round"


def test_an_offer_ends_when_who_was_asked_is_not_to_be_asked_any_more(offering: Stage) -> None:
    ticket = offering.visitor().open_ticket()
    artem = offering.staff("artem")
    offering.round()
    assert offered(offering, ticket) == ["artem"]
    olga = offering.staff("olga")
    offering.round()
    assert offered(offering, ticket) == ["artem"], "while it runs it goes to nobody else"
    artem.ask(SetPresence(status="away"))
    offering.round()
    assert offered(offering, ticket) == ["olga"]
    olga.ask(AcceptTicket(ticket_id=ticket))
    assert (held(offering, ticket), offered(offering, ticket)) == (["olga"], [None])
    offering.round(after=PATIENCE)
    assert held(offering, ticket) == ["olga"], "what was accepted is offered to nobody"


@pytest.mark.parametrize(
    "change",
    [SetOperator(username="artem", sites=["bank"]), RemoveOperator(username="artem")],
    ids=["other sites", "removed"],
)
def test_an_offer_to_who_may_not_have_the_ticket_any_more_goes_on(
    offering: Stage, change: Command
) -> None:
    offering.staff("artem")
    ticket = offering.visitor(site="shop").open_ticket()
    offering.round()
    offering.staff("olga")
    assert offered(offering, ticket) == ["artem"]
    offering.shell(change)
    offering.round()
    assert offered(offering, ticket) == ["olga"]


def test_who_let_a_ticket_pass_is_not_asked_again_before_the_others(offering: Stage) -> None:
    anna, artem, olga = offering.visitor(), offering.staff("artem"), offering.staff("olga")
    hers = anna.open_ticket()
    olga.ask(AcceptTicket(ticket_id=hers))
    ticket = anna.open_ticket()
    offering.round()
    assert offered(offering, ticket) == ["artem"], "who has less to do"
    offering.round(after=PATIENCE)
    assert offered(offering, ticket) == ["olga"] and artem.closed == []


def test_who_had_a_ticket_that_returns_is_asked_last(offering: Stage) -> None:
    artem = offering.staff("artem")
    ticket = offering.visitor().open_ticket()
    artem.ask(AcceptTicket(ticket_id=ticket))
    artem.ask(ReturnTicket(ticket_id=ticket))
    offering.staff("olga")
    offering.round()
    assert offered(offering, ticket) == ["olga"], "though artem has had it before"
    offering.round(after=PATIENCE)
    assert offered(offering, ticket) == ["artem"]


def test_those_who_wait_are_told_their_place_when_it_changes_and_not_again(stage: Stage) -> None:
    first, second = stage.visitor(), stage.visitor("Boris")
    one, two = first.open_ticket(), second.open_ticket()
    artem = stage.staff()
    stage.round()
    first.heard()
    told = [each for each in second.heard("dialog:update") if each.get("change") == "position"]
    assert [each["position"] for each in told] == [2]
    stage.round()
    assert (first.heard(), second.heard()) == ([], [])
    artem.ask(AcceptTicket(ticket_id=one))
    stage.round()
    told = [each for each in second.heard("dialog:update") if each.get("change") == "position"]
    assert [each["position"] for each in told] == [1]
    assert [each for each in first.heard("dialog:update") if each.get("change") == "position"] == []
    assert held(stage, two) == [None]


def test_the_front_of_a_line_is_told_each_round_and_the_rest_by_and_by(stage: Stage) -> None:
    assert (assignment.FRONT, assignment.TOLD_A_ROUND) == (20, 200)
    first = stage.store.get(Ticket, stage.visitor().open_ticket())
    assert first
    for number in range(1, 224):
        waits = replace(first, id=f"TKT-{1_900_000_000 + number}")
        stage.services.waiting.put(waits, stage.now + number)
    rounds = [[one.id for one in assignment.to_be_told(stage.services)] for _ in range(3)]
    line = [one.id for one in stage.services.waiting.waiting(("shop",), limit=999)]
    assert rounds[0] == line[:220]
    assert rounds[1] == line[:20] + line[220:]
    assert rounds[2] == rounds[0]


def test_no_more_of_a_line_are_looked_at_than_there_can_be_offers(offering: Stage) -> None:
    anna, artem = offering.visitor(), offering.staff(capacity=1)
    mine, other = anna.open_ticket(), anna.open_ticket()
    everybody = assignment.everybody(offering.services)
    assert [one.load for one in everybody] == [0]
    first = assignment.first_unoffered(offering.services, everybody)
    assert [one.id for one in first] == [mine]
    offering.round()
    assert offered(offering, mine, other) == ["artem", None]
    artem.ask(AcceptTicket(ticket_id=mine))
    assert [one.load for one in assignment.everybody(offering.services)] == [1]
