"""Attributes of customers: who may give them, who sees them, what is refused and why."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.attributes import Attribute
from chatd.domain.ticket import Ticket
from chatd.errors import Forbidden, Invalid, NotFound
from chatd.protocol.support import OpenTicket, UpdateTicket
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage


def said_of(ticket: Any) -> dict[str, Any]:
    """What a ticket's view says of its customer."""
    return {one.name: one.value for one in ticket.attributes}


def give(who: Person, id: str, **fields: Any) -> Any:
    """The ticket's view, once something of it was changed."""
    return who.ask(UpdateTicket(ticket_id=id, **fields)).ticket


def test_the_page_and_operators_say_what_they_know_and_only_operators_see_it(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    opened = anna.ask(OpenTicket(content="help", attributes={"plan": "gold", "cart": 3})).ticket
    assert opened.attributes is UNSET and opened.verified is UNSET
    artem.join(opened.id)
    artem.heard()
    own = give(anna, opened.id, attributes={"cart": 4, "plan": None, "vip": True})
    assert own.attributes is UNSET
    (told,) = artem.heard("dialog:update")
    assert told["dialog"]["attributes"] == [
        {"name": "cart", "value": 4, "verified": False},
        {"name": "vip", "value": True, "verified": False},
    ]
    assert not any("attributes" in one["dialog"] for one in anna.heard("dialog:update"))
    assert said_of(give(artem, opened.id, attributes={"city": "Omsk"})) == {
        "cart": 4,
        "city": "Omsk",
        "vip": True,
    }
    version = stage.store.get(Ticket, opened.id).version  # type: ignore[union-attr]
    again = give(artem, opened.id, attributes={"city": "Omsk"})
    assert again.version == version, "what is no news changes nothing"


def test_what_is_refused_changes_nothing_and_is_told(stage: Stage) -> None:
    anna, boris, foreign = stage.visitor(), stage.visitor(), stage.staff("olga", sites=("bank",))
    id = anna.open_ticket()
    for who in (boris, foreign):
        with pytest.raises(NotFound):
            give(who, id, attributes={"plan": "gold"})
    for attributes in ({"a<b": 1}, {"plan": ""}, {f"n{n}": n for n in range(16)} | {"m": 1}):
        with pytest.raises(Invalid) as refused:
            give(anna, id, attributes=attributes, phone="+7 912 345-67-89")
        assert refused.value.details["field"] == "attributes"
    with pytest.raises(Invalid):
        anna.ask(OpenTicket(content="help", attributes={"": 1}))
    ticket = stage.store.get(Ticket, id)
    assert ticket and (ticket.attributes, ticket.phone) == ((), "")


def test_what_the_site_signed_customers_leave_alone_and_operators_overrule(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    plan = Attribute(name="plan", value="gold", verified=True)
    ticket = stage.store.get(Ticket, id)
    assert ticket
    signed: dict[str, Any] = {"attributes": (plan,), "verified": ("name", "contact", "phone")}
    own = {"contact": "anna@shop.example", "phone": "+79123456789"}
    stage.store.commit(Put(replace(ticket, version=ticket.version + 1, **signed, **own)))
    refused = [{"contact": ""}, {"phone": "+79123456780"}, {"attributes": {"plan": None}}]
    for fields in refused:
        with pytest.raises(Forbidden, match="is signed by the site") as error:
            give(anna, id, language="en", **fields)
        assert error.value.details["field"] == next(iter(fields))
    give(anna, id, contact="Anna@shop.example".lower(), attributes={"plan": "gold", "cart": 1})
    shown = give(artem, id, phone="")
    assert shown.attributes[1] == plan and shown.verified == ["name", "contact"]
    shown = give(artem, id, attributes={"plan": "silver"})
    assert shown.attributes[1] == Attribute(name="plan", value="silver")
