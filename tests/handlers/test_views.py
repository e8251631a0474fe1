"""How rooms, tickets, the queue and operators look to who asks, and what of them is left out."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.department import Scope
from chatd.domain.participant import Operator
from chatd.domain.principal import of_operator
from chatd.domain.ticket import Ticket
from chatd.domain.versions import successor
from chatd.errors import Damaged
from chatd.protocol.operating import GetStats, ListRooms
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    GetQueue,
    OpenTicket,
    ReplyTicket,
    ShowCustomer,
    ShowTicket,
)
from chatd.protocol.views import Counters
from chatd.service import customers, views
from chatd.service.standing import Standing, has_room, is_available, scopes
from chatd.store.base import Put
from tests.handlers.stage import Stage
from tests.trust.house import convert_config


def furnish(stage: Stage, **tables: Any) -> None:
    """Another configuration, as after a reload."""
    given = {**stage.settings, "data_dir": str(stage.directory), **tables}
    stage.services.config = convert_config(given)


def ticket_of(stage: Stage, id: str) -> Ticket:
    """As it is stored."""
    found = stage.store.get(Ticket, id)
    assert found
    return found


def test_a_room_without_a_title_goes_by_its_name(stage: Stage) -> None:
    stage.furnish(lobby={"title": "The lobby"}, quiet={})
    told = {one.id: one.title for one in stage.visitor().ask(ListRooms()).rooms}
    assert told == {"lobby": "The lobby", "quiet": "quiet"}


def test_each_side_is_told_what_it_sees_of_the_others_typing(stage: Stage) -> None:
    furnish(stage, tickets={"customer_drafts": "full", "operator_drafts": "off"})
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    hers, his = anna.join(ticket).dialog, artem.join(ticket).dialog
    assert (hers.live_typing, hers.sees_live_typing) == ("full", "off")
    assert (his.live_typing, his.sees_live_typing) == ("off", "full")


def test_a_ticket_is_shown_as_it_is_by_now(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    asked = anna.ask(OpenTicket(wants_person=True)).ticket
    assert asked.last_message.text and asked.position == 1
    empty = replace(ticket_of(stage, asked.id), id="TKT-1")
    shown = views.ticket_view(stage.services, empty, anna.connection.principal)
    assert shown.last_message is None
    before = ticket_of(stage, asked.id).version
    shown = artem.join(asked.id).dialog
    assert shown.version == ticket_of(stage, asked.id).version == before + 1
    artem.ask(ReplyTicket(ticket_id=asked.id, message="here"))
    shown = anna.join(asked.id).dialog
    assert shown.last_message.text == "here"
    assert (shown.operator_name, shown.position) == ("Artem", UNSET)


def test_a_place_in_line_is_shown_while_somebody_waits(stage: Stage) -> None:
    first, second, artem = stage.visitor(), stage.visitor("Boris"), stage.staff()
    tickets = [one.open_ticket() for one in (first, second)]
    assert [artem.join(one).dialog.position for one in tickets] == [1, 2]
    stage.clock += 12.345
    rows = artem.ask(GetQueue()).tickets
    assert [(one.id, one.position, one.waited_s) for one in rows] == [
        (tickets[0], 1, 12.3),
        (tickets[1], 2, 12.3),
    ]
    assert {one.operators_online for one in rows} == {1}
    told = artem.ask(GetStats())
    assert (told.queue_oldest_wait_s, told.tickets_open, told.queue_waiting) == (12.3, 2, 2)
    artem.ask(AcceptTicket(ticket_id=tickets[0]))
    shown = artem.join(tickets[0]).dialog
    assert (shown.position, shown.expected_wait_s) == (UNSET, UNSET)


def test_of_a_customer_the_latest_eight_pages_are_shown(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    anna.connection.since = "2026-01-01T00"
    for number in range(9, 0, -1):
        stage.again(anna.token, device=str(number)).connection.since = f"2026-01-01T0{number}"
    told = artem.ask(ShowCustomer(ticket_id=ticket)).customer
    assert [one.since[-1] for one in told.visits] == ["2", "3", "4", "5", "6", "7", "8", "9"]
    assert (told.id, told.name) == (anna.id, "Anna") and told.since


def test_of_each_request_of_a_ticket_all_is_shown(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    artem.ask(CloseTicket(ticket_id=ticket))
    anna.say(ticket, "again")
    told = artem.ask(ShowTicket(ticket_id=ticket, episodes=5)).episodes
    assert [(one.number, one.closed_by) for one in told] == [(2, None), (1, "artem")]
    assert [one.opened_by for one in told] == [anna.id] * 2


def test_of_a_customer_who_is_forgotten_it_is_not_said_since_when(stage: Stage) -> None:
    ticket = ticket_of(stage, stage.visitor().open_ticket())
    assert customers.customer_view(stage.services, ticket, None).since is None


def test_what_is_damaged_is_left_out_and_nothing_else(stage: Stage) -> None:
    def view(thing: int) -> int:
        if thing == 2:
            raise Damaged("two")
        return thing * 10

    assert list(views.readable_views(view, [1, 2, 3])) == [10, 30]


def test_who_answers_goes_by_the_name_that_customers_see(stage: Stage) -> None:
    stage.staff()
    names = [views.operator_name(stage.services, one) for one in (None, "artem", "root")]
    assert names == [None, "Artem", "root"]


def colleague(stage: Stage, viewer: dict[str, Any], operator: dict[str, Any]) -> bool:
    """Whether one may know of the other."""
    accounts = [
        Operator(password_hash="-", created_at="", name="", **one) for one in (viewer, operator)
    ]
    return views.is_colleague(of_operator(accounts[0]), accounts[1])


@pytest.mark.parametrize("id", ["anna", "zoe"])
def test_colleagues_serve_a_site_together_or_are_oneself_or_run_it_all(
    stage: Stage, id: str
) -> None:
    viewer = {"id": "maria", "sites": ("shop",)}
    assert colleague(stage, viewer, {"id": id, "sites": ("shop", "bank")})
    assert colleague(stage, viewer, {"id": id})
    assert not colleague(stage, viewer, {"id": id, "sites": ("bank",)})
    assert colleague(stage, viewer, {"id": "maria", "sites": ("bank",)}), "before it was changed"
    boss = {"id": "maria", "role": "admin", "sites": ("shop",)}
    assert colleague(stage, boss, {"id": id, "sites": ("bank",)})


def test_an_operator_may_have_as_many_as_they_or_the_house_say(stage: Stage) -> None:
    furnish(stage, tickets={"capacity": 7})
    artem, olga = stage.staff(), stage.staff("olga", capacity=2)
    shown = []
    for one in (artem, olga):
        account = stage.store.get(Operator, one.connection.principal.operator or "")
        assert account
        shown.append(views.operator_view(stage.services, account, artem.connection.principal))
    assert [(one.capacity, one.available, one.active) for one in shown] == [
        (7, True, 0),
        (2, True, 0),
    ]


def test_available_is_who_is_there_takes_tickets_and_may(stage: Stage) -> None:
    for name, fields in {"artem": {}, "busy": {"takes_tickets": False}, "shut": {}}.items():
        stage.staff(name, **fields)
    stage.leave(stage.staff("gone"))
    account = stage.store.get(Operator, "shut")
    assert account
    stage.store.commit(Put(successor(account, disabled=True)))
    assert [one.id for one in Standing(stage.services).takers("shop", "")] == ["artem"]
    names = ("artem", "busy", "shut", "gone")
    accounts = [stage.store.get(Operator, name) for name in names]
    able = [one.id for one in accounts if one and is_available(stage.services, one)]
    assert able == ["artem"]
    free = [one.id for one in accounts if one and has_room(stage.services, one)]
    assert free == ["artem"]


@pytest.mark.parametrize("own", [2, None])
def test_there_is_room_for_as_many_as_one_may_have(stage: Stage, own: int | None) -> None:
    furnish(stage, tickets={"capacity": 2 if own is None else 9})
    anna, artem = stage.visitor(), stage.staff(capacity=own)
    account = stage.store.get(Operator, "artem")
    assert account
    room = []
    for number in range(3):
        room.append(has_room(stage.services, account))
        artem.ask(AcceptTicket(ticket_id=anna.open_ticket(str(number))))
    assert [*room, has_room(stage.services, account)] == [True, True, False, False]


def test_a_wait_is_expected_only_where_somebody_could_answer(stage: Stage) -> None:
    anna = stage.visitor()
    ticket = ticket_of(stage, anna.open_ticket())
    assert Standing(stage.services).place(ticket).expected_wait_s is None
    stage.staff(sites=("shop",))
    place = Standing(stage.services).place(ticket)
    assert (place.position, place.operators_online) == (1, 1)
    assert place.expected_wait_s and place.expected_wait_s > 0
    assert Standing(stage.services).counters(Scope(("shop",))) == Counters(
        waiting=1, operators_online=1
    )
    assert Standing(stage.services).counters(Scope(("bank",))) == Counters(
        waiting=0, operators_online=0
    )


def test_who_watches_is_told_by_the_sites_of_those_who_are_here(stage: Stage) -> None:
    assert scopes(stage.services) == {Scope()}
    stage.staff(sites=("shop", "bank"))
    stage.staff("olga", sites=("bank", "shop"))
    stage.staff("vera", sites=("bank",))
    assert scopes(stage.services) == {Scope(), Scope(("bank", "shop")), Scope(("bank",))}
    stage.staff("boss", role="admin")
    assert scopes(stage.services) == {Scope(), Scope(("bank", "shop")), Scope(("bank",))}
