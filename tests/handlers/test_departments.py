"""Departments: whose queue a ticket is in, who takes it, what becomes of one that is moved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from chatd.domain.episode import Episode
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, Forbidden, Invalid, NotFound
from chatd.protocol.commands import JoinDialog
from chatd.protocol.operators import SetDisabled
from chatd.protocol.reports import GetReport, ListCounted
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    GetQueue,
    ListOwnTickets,
    ListTickets,
    ReopenTicket,
    ReplyTicket,
    ReturnTicket,
    TransferTicket,
    UpdateTicket,
    WatchQueue,
)
from chatd.service import presence
from tests.handlers.stage import Person, Stage
from tests.trust.house import convert_config

DEPARTMENTS: dict[str, Any] = {
    "billing": {"title": {"ru": "Оплата", "en": "Billing"}, "members": ["olga", "ivan"]},
    "credit": {"members": ["olga"], "sites": ["bank"]},
    "empty": {"members": ["nobody-yet"]},
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Stage]:
    """With departments."""
    made = Stage(tmp_path / "data", departments=DEPARTMENTS)
    yield made
    made.close()


def queue(person: Person, **asked: Any) -> list[str]:
    """Who waits, for somebody."""
    return [one.id for one in person.ask(GetQueue(**asked)).tickets]


def stored(stage: Stage, id: str) -> Ticket:
    """A ticket as it is kept."""
    found = stage.store.get(Ticket, id)
    assert found
    return found


def give(person: Person, id: str, department: str) -> Any:
    """A ticket is given a department."""
    return person.ask(UpdateTicket(ticket_id=id, department=department)).ticket


def test_a_ticket_of_a_department_is_in_its_members_queue_and_administrators(house: Stage) -> None:
    anna, artem, olga = house.visitor(), house.staff(), house.staff("olga")
    admin = house.staff("root", role="admin")
    plain, billed = anna.open_ticket(), anna.open_ticket()
    for one in (artem, olga, admin):
        one.ask(WatchQueue())
        one.heard()
    assert give(artem, billed, "billing").department == "billing"
    told = {one: one.heard("queue:update")[-1] for one in (artem, olga, admin)}
    assert [told[one]["waiting"] for one in (artem, olga, admin)] == [1, 2, 2]
    assert {one["ticket"]["department"] for one in told.values()} == {"billing"}
    assert queue(artem) == [plain] and queue(olga) == queue(admin) == [plain, billed]
    assert artem.ask(GetQueue(count=True)).total == 1
    assert queue(artem, department="billing") == [billed], "who asks for it by name may look"
    assert queue(olga, department="") == [plain]
    listed = [one.id for one in artem.ask(ListTickets(count=True)).tickets]
    assert listed == [plain] and artem.ask(ListTickets(count=True)).total == 1
    mine = {one.name: one.mine for one in artem.ask(GetQueue()).departments}
    assert mine == {"billing": False, "credit": False, "empty": True}
    assert stored(house, billed).department == "billing"
    position = house.services.waiting.place(stored(house, billed))
    assert position == 1, "it has a line of its own"
    shown = anna.ask(UpdateTicket(ticket_id=billed, contact="a@shop.example")).ticket
    assert shown.department is UNSET, "customers are told of no department"


def test_others_read_it_and_do_not_take_it(house: Stage) -> None:
    anna, artem, olga = house.visitor(), house.staff(), house.staff("olga")
    billed = anna.open_ticket()
    give(artem, billed, "billing")
    artem.ask(JoinDialog(dialog_id=billed))
    for command in (
        AcceptTicket(ticket_id=billed),
        ReplyTicket(ticket_id=billed, message="I am faster"),
        TransferTicket(ticket_id=billed, operator="artem"),
    ):
        with pytest.raises(Forbidden, match="waits for the department billing: its members"):
            artem.ask(command)
    with pytest.raises(Forbidden):
        artem.say(billed, "I am faster")
    assert stored(house, billed).operator is None
    artem.ask(TransferTicket(ticket_id=billed, operator="olga"))
    assert stored(house, billed).operator == "olga"
    olga.ask(TransferTicket(ticket_id=billed, operator="artem"))
    assert [one.id for one in artem.ask(ListOwnTickets()).tickets] == [billed]
    assert [one.id for one in artem.ask(ListTickets()).tickets] == [billed], "what one has one sees"
    artem.ask(ReturnTicket(ticket_id=billed))
    assert queue(artem) == [] and queue(olga) == [billed], "and goes back to where it was from"
    olga.ask(AcceptTicket(ticket_id=billed))
    olga.ask(CloseTicket(ticket_id=billed))
    with pytest.raises(Forbidden):
        artem.ask(ReopenTicket(ticket_id=billed))
    anna.say(billed, "once more")
    assert stored(house, billed).department == "billing" and queue(artem) == []


def test_who_does_not_work_there_loses_a_ticket_that_is_moved_and_its_customer_is_told(
    house: Stage,
) -> None:
    anna, artem, olga = house.visitor(), house.staff(), house.staff("olga")
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    asked_at = stored(house, id).requested_at
    anna.join(id)
    anna.heard()
    assert give(artem, id, "billing").status == "waiting"
    moved = stored(house, id)
    assert (moved.operator, moved.accepted_at, moved.requested_at) == (None, None, asked_at)
    said = anna.heard("message:new")[-1]
    assert said["content"] == "Передаём вопрос коллегам" and "billing" not in str(said)
    episode = house.store.get(Episode, moved.episode_id)
    assert episode and (episode.transfers, episode.department) == (1, "billing")
    version = moved.version
    give(artem, id, "billing")
    assert stored(house, id).version == version, "what is no news changes nothing"
    olga.ask(AcceptTicket(ticket_id=id))
    assert give(olga, id, "").status == "active", "who works there, too, keeps it"
    assert give(olga, id, "billing").operator == "olga"


def test_what_a_ticket_cannot_be_given(house: Stage) -> None:
    anna, artem = house.visitor(), house.staff()
    foreign = house.staff("boris", sites=("bank",))
    house.staff("olga")
    id = anna.open_ticket()
    with pytest.raises(Invalid, match=r"no such department 'sales'; allowed: billing, empty$"):
        give(artem, id, "sales")
    with pytest.raises(Invalid, match="no such department 'credit'"):
        give(artem, id, "credit")
    with pytest.raises(Conflict, match="nobody of the department empty serves the site shop"):
        give(artem, id, "empty")
    with pytest.raises(Forbidden, match="is given by operators"):
        give(anna, id, "billing")
    with pytest.raises(NotFound):
        give(foreign, id, "billing")
    with pytest.raises(Invalid, match="no such department 'sales'; allowed: billing, credit, emp"):
        queue(artem, department="sales")
    assert stored(house, id).version == 1


def test_what_no_one_works_in_is_everybodys(house: Stage) -> None:
    """A department that is taken out of the configuration, or whose last account is shut out."""
    anna, artem, olga = house.visitor(), house.staff(), house.staff("olga")
    admin = house.staff("root", role="admin")
    id = anna.open_ticket()
    give(artem, id, "billing")
    artem.ask(WatchQueue())
    assert queue(artem) == []
    admin.ask(SetDisabled(username="olga", disabled=True))
    assert queue(artem) == [id] and olga.closed
    admin.ask(SetDisabled(username="olga", disabled=False))
    assert queue(artem) == []
    given = {**house.settings, "data_dir": str(house.directory), "departments": {}}
    house.services.config = convert_config(given)
    presence.share_queue_anew(house.services)
    told = artem.heard("queue:update")[-1]
    assert (told["ticket"], told["waiting"]) == (None, 1)
    assert queue(artem) == [id] and stored(house, id).department == "billing"
    anna.open_ticket()
    assert artem.heard("queue:update"), "they follow the queue as it is now"
    artem.ask(AcceptTicket(ticket_id=id))


def test_a_sites_new_tickets_have_its_department_and_are_offered_to_its_members(
    tmp_path: Path,
) -> None:
    house = Stage(
        tmp_path / "data",
        departments=DEPARTMENTS,
        sites={"shop": {"department": "billing"}, "bank": {}},
        tickets={"assignment": "auto", "capacity": 1},
    )
    artem, olga = house.staff(), house.staff("olga")
    house.staff("root", role="admin")
    first, second = house.visitor().open_ticket(), house.visitor().open_ticket()
    third = house.visitor(site="bank").open_ticket()
    house.round()
    offered = [stored(house, one).offered_to for one in (first, second, third)]
    assert offered[:2] == ["olga", None] and offered[2] in ("artem", "root")
    assert stored(house, first).department == "billing" and stored(house, third).department == ""
    house.shell(UpdateTicket(ticket_id=first, department=""))
    house.round()
    assert stored(house, first).offered_to, "everybody of the site may be asked now"
    assert queue(artem) and queue(olga)
    house.close()


def test_figures_by_department_count_the_one_a_request_had_last(house: Stage) -> None:
    anna, olga = house.visitor(), house.staff("olga", role="admin")
    plain, billed = anna.open_ticket(), anna.open_ticket()
    give(olga, billed, "billing")
    olga.ask(AcceptTicket(ticket_id=billed))
    report = olga.ask(GetReport(report="departments"))
    assert [(one.department, one.opened, one.accepted) for one in report.rows] == [
        ("", 1, 0),
        ("billing", 1, 1),
    ]
    by_day = olga.ask(GetReport(report="queue", group="department", department="billing"))
    assert [(one.department, one.opened) for one in by_day.rows] == [("billing", 1)]
    listed = olga.ask(ListCounted(department="")).tickets
    assert [(one.id, one.department) for one in listed] == [(plain, "")]
    olga.ask(CloseTicket(ticket_id=billed))
    give(olga, billed, "")
    assert [one.department for one in olga.ask(GetReport(report="departments")).rows] == [""]
