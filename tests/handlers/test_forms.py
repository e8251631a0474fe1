"""What a site asks before the first word: judged by the daemon, kept, shown, and gone with it."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.ticket import Ticket
from chatd.errors import ChatdError, Invalid
from chatd.protocol.sites import GetSite
from chatd.protocol.support import OpenTicket, ShowTicket
from chatd.protocol.transcripts import GetTranscript
from tests.handlers.stage import Stage
from tests.handlers.test_sites import furnish

FORM: list[dict[str, Any]] = [
    {"name": "who", "kind": "name", "label": "Name", "required": True},
    {"name": "mail", "kind": "email", "label": "Mail"},
    {"name": "call", "kind": "phone", "label": "Phone"},
    {"name": "order", "label": "Order"},
    {"name": "about", "kind": "choice", "label": "About", "choices": ["tea", "cups"]},
    {"name": "terms", "kind": "consent", "label": "I agree", "link": "/terms", "required": True},
]
NEEDED = {"who": "Anna  B", "terms": "true"}


@pytest.fixture
def shop(stage: Stage) -> Stage:
    """A shop that asks for much; a bank that asks for nothing."""
    furnish(stage, shop={"form": FORM}, bank={})
    return stage


def test_answers_are_kept_with_what_was_asked_and_when(shop: Stage) -> None:
    anna, artem = shop.visitor("Guest 1"), shop.staff()
    told = anna.ask(GetSite())
    assert [one.name for one in told.form] == [one["name"] for one in FORM]
    form = {**NEEDED, "mail": "anna@shop.example", "call": "+7 912 345-67-89", "about": "tea"}
    opened = anna.ask(OpenTicket(content="help", form=form))
    kept = shop.store.get(Ticket, opened.ticket.id)
    assert kept and (kept.contact, kept.phone) == ("anna@shop.example", "+79123456789")
    assert kept.customer_name == opened.message.sender_name == "Anna B"
    assert anna.say(kept.id, "more").sender_name == "Anna B"
    told = {one.name: (one.label, one.value, one.link) for one in kept.answers}
    assert told["terms"] == ("I agree", "true", "/terms") and "order" not in told
    assert {one.at for one in kept.answers} == {kept.created_at}
    assert artem.ask(ShowTicket(ticket_id=kept.id)).ticket.answers == kept.answers
    about = artem.ask(GetTranscript(ticket_id=kept.id)).about
    assert "About: tea" in about and f"I agree: {kept.created_at}" in about


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"who": ""}, "form.who", "Name"),
        ({"terms": "false"}, "form.terms", "I agree"),
        ({"terms": "maybe"}, "form.terms", "'true'"),
        ({"mail": "anna"}, "form.mail", "anna@shop.example"),
        ({"call": "7"}, "form.call", "phone number"),
        ({"about": "coffee"}, "form.about", "tea, cups"),
        ({"size": "9"}, "form", "who, mail"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_made(
    shop: Stage, change: dict[str, str], field: str, says: str
) -> None:
    with pytest.raises(Invalid) as refused:
        shop.visitor().ask(OpenTicket(content="help", form={**NEEDED, **change}))
    assert refused.value.details["field"] == field and says in refused.value.message
    assert not shop.store.tickets()


def test_who_is_asked_for_nothing_answers_nothing(shop: Stage) -> None:
    with pytest.raises(ChatdError):
        shop.visitor().open_ticket()
    bank = shop.visitor(site="bank")
    assert bank.ask(OpenTicket(content="help")).ticket.id
    with pytest.raises(Invalid):
        bank.ask(OpenTicket(content="help", form={"who": "Anna"}))


def test_an_answer_that_reaches_somebody_is_a_contact(shop: Stage) -> None:
    furnish(shop, shop={"form": FORM, "when_nobody": "form"})
    anna = shop.visitor()
    with pytest.raises(Invalid) as refused:
        anna.ask(OpenTicket(content="help", form=NEEDED))
    assert refused.value.details["field"] == "contact"
    form = {**NEEDED, "mail": "anna@shop.example"}
    assert anna.ask(OpenTicket(content="help", form=form)).ticket.offline
