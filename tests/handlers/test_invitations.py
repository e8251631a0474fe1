"""Invitations to a conversation: by a rule of the site, by an operator; and when there are none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.config.invitations import InvitationSettings, unfit_invitations
from chatd.errors import Conflict, Forbidden, NotFound
from chatd.protocol.commands import Hello
from chatd.protocol.sites import GetSite
from chatd.protocol.support import OpenTicket
from chatd.protocol.visitors import InviteVisitor, ListVisitors
from chatd.protocol.visits import Here
from tests.handlers.stage import Person, Stage

NEVER: dict[str, Any] = {"timezone": "Europe/Moscow"}
RULES = [
    {"name": "help", "text": "Can we help?", "page": "/tea*", "after_seconds": 5, "visits": 2},
    {"name": "night", "text": "Ask our bot", "only_open": False},
]
SITES = {
    "shop": {"visitors": True, "invitations": RULES},
    "bank": {"visitors": True, "invitations": RULES, "hours": NEVER},
}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "data", sites=SITES)
    yield made
    made.close()


def come(stage: Stage, site: str = "shop") -> Person:
    """A visitor on a page."""
    return stage.visitor(site=site, here=Here(language="ru"))


def rules(person: Person, site: str = "shop") -> list[str]:
    """What a page is to say by itself now."""
    found = person.ask(GetSite(site=site)).invitations
    return [one.name for one in found] if found else []


def invite(operator: Person, visitor: Person, text: str = "Looking for tea?") -> Any:
    return operator.ask(InviteVisitor(participant_id=visitor.id, text=text))


def begin_by(visitor: Person, invitation: str) -> Any:
    """The ticket that is begun by an invitation, with its first message."""
    ticket = visitor.ask(OpenTicket(content="Yes", invitation=invitation)).ticket
    return ticket, visitor.join(ticket.id).messages[0]


def test_a_page_is_told_the_rules_only_while_somebody_could_answer(stage: Stage) -> None:
    anna, olga = come(stage), come(stage, "bank")
    assert rules(anna) == []
    artem = stage.staff()
    assert rules(anna) == ["help", "night"]
    shown = anna.ask(GetSite(site="shop")).invitations[0]
    assert (shown.page, shown.after_seconds, shown.visits) == ("/tea*", 5, 2)
    assert rules(olga, "bank") == [], "outside hours nobody answers, whoever is there"
    stage.leave(artem)
    assert rules(anna) == []


def test_what_a_rule_said_is_the_first_message(stage: Stage) -> None:
    ticket, first = begin_by(come(stage), "help")
    assert (first.sender_type, first.content) == ("bot", "Can we help?")
    assert first.meta["kind"] == "invitation" and ticket.last_seq == 2
    _, greeting = begin_by(come(stage), "nothing of the kind")
    assert greeting.meta["kind"] == "greeting", "a page may have been open for long"


def test_an_operator_invites_who_is_there_and_is_answered(stage: Stage) -> None:
    artem, anna = stage.staff(), come(stage)
    given = invite(artem, anna)
    [told] = anna.heard("visitor:invited")
    assert told["invitation"]["text"] == "Looking for tea?"
    assert told["invitation"]["operator_name"] == "Artem"
    assert artem.ask(ListVisitors()).visitors[0].invited_at == given.invitation.id
    again = anna.ask(Hello(token=anna.token))
    assert again.invitation.id == given.invitation.id
    with pytest.raises(Conflict, match="within the last hour"):
        invite(artem, anna)
    ticket, first = begin_by(anna, given.invitation.id)
    assert (first.sender_type, first.sender_id) == ("admin", artem.id)
    assert (first.content, ticket.status) == ("Looking for tea?", "waiting")
    with pytest.raises(Conflict, match=ticket.id):
        invite(artem, anna)
    assert not anna.ask(Hello(token=anna.token)).invitation


def test_an_invitation_that_nobody_answers_is_over(stage: Stage) -> None:
    artem, anna = stage.staff(), come(stage)
    old = invite(artem, anna).invitation.id
    stage.now += 3_601
    assert not anna.ask(Hello(token=anna.token)).invitation
    assert invite(artem, anna).invitation.id != old
    assert begin_by(anna, old)[1].meta["kind"] == "greeting"


def test_none_is_invited_who_is_not_there_or_not_ones_own(stage: Stage) -> None:
    artem, anna = stage.staff(), come(stage)
    banker = stage.staff("boris", sites=("bank",))
    with pytest.raises(NotFound):
        invite(banker, anna)
    with pytest.raises(Forbidden):
        invite(come(stage), anna)
    stage.leave(anna)
    with pytest.raises(NotFound, match="no page open"):
        invite(artem, anna)
    with pytest.raises(NotFound):
        artem.ask(InviteVisitor(participant_id="p-unknown", text="?"))


def test_rules_that_cannot_be_are_refused() -> None:
    one = InvitationSettings(name="a", text="Hi")
    assert unfit_invitations([one]) is None
    assert unfit_invitations([one, one]) == "'a' is there twice"
    assert (
        unfit_invitations([InvitationSettings(name="b", text=" ")]) == "b: the text shows nothing"
    )
    many = [InvitationSettings(name=f"n{number}", text="Hi") for number in range(11)]
    assert unfit_invitations(many) == "at most 10, not 11"
