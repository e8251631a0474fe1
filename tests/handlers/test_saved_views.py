"""Views of the list of tickets: what they narrow it to, whose they are, how many there may be."""

from __future__ import annotations

import pytest

from chatd.domain.saved_view import MOST
from chatd.domain.times import to_text
from chatd.errors import ChatdError, Conflict, Forbidden, Invalid, NotFound
from chatd.protocol.commands import Command
from chatd.protocol.saved_views import ListViews, RemoveView, SaveView
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    ListTickets,
    TagTicket,
    UpdateTicket,
)
from chatd.protocol.work import SnoozeTicket
from tests.handlers.stage import Person, Stage


def listed(who: Person, **asked: object) -> list[str]:
    """The ids of a list."""
    return [one.id for one in who.ask(ListTickets(**asked)).tickets]  # type: ignore[arg-type]


def names(who: Person) -> list[str]:
    """Those of one's views."""
    return [one.name for one in who.ask(ListViews()).views]


def refusal(who: Person, command: Command) -> ChatdError:
    """What it was refused with."""
    with pytest.raises(ChatdError) as refused:
        who.ask(command)
    return refused.value


def test_a_view_narrows_the_list_to_what_was_saved_and_what_is_asked_goes_before(
    stage: Stage,
) -> None:
    boss, olga = stage.staff("boss", role="admin"), stage.staff("olga")
    shop, bank, old = (stage.visitor(site=one).open_ticket() for one in ("shop", "bank", "shop"))
    olga.ask(AcceptTicket(ticket_id=bank))
    boss.ask(TagTicket(ticket_id=bank, add=["vip"]))
    boss.ask(UpdateTicket(ticket_id=shop, priority="high"))
    boss.ask(CloseTicket(ticket_id=old))
    for name, fields in {
        "a": {"operator": "olga"},
        "b": {"operator": "", "status": "waiting"},
        "c": {"site": "shop"},
        "d": {"tag": "vip", "status": "active"},
        "e": {"priority": "high"},
        "f": {"waits_s": 0},
        "g": {"waits_s": 60},
        "h": {"overdue": True},
        "i": {"snoozed": True},
        "j": {"snoozed": False, "status": "active"},
    }.items():
        boss.ask(SaveView(name=name, **fields))  # type: ignore[arg-type]
    found = {name: listed(boss, view=name) for name in names(boss)}
    only = [shop]
    assert found == {
        "a": [bank],
        "b": only,
        "c": [old, shop],
        "d": [bank],
        "e": only,
        "f": only,
        "g": [],
        "h": [],
        "i": [],
        "j": [bank],
    }
    olga.ask(SnoozeTicket(ticket_id=bank, until=to_text(stage.now + 60)))
    assert listed(boss, view="i") == [bank] and listed(boss, view="j") == []
    assert listed(stage.staff("artem", sites=("shop",)), snoozed=True) == []
    assert listed(boss, view="C", status="waiting") == only, "what is asked goes before"
    stage.now += 60
    assert listed(boss, view="g") == only and listed(boss, waits_s=61) == []
    assert boss.ask(ListTickets(view="c", count=True)).total == 2
    stage.reopen()
    again = stage.staff("boss2", role="admin")
    assert names(again) == [], "they are each operator's own"


def test_views_are_saved_over_renamed_removed_and_bounded(stage: Stage) -> None:
    olga, artem = stage.staff("olga", sites=("bank",)), stage.staff("artem")
    olga.ask(SaveView(name=" My  own ", tag="vip"))
    olga.ask(SaveView(name="MY OWN", tag="late"))
    assert [(one.name, one.tag) for one in olga.ask(ListViews()).views] == [("MY OWN", "late")]
    olga.ask(SaveView(name="other", was="my own", tag="late"))
    assert names(olga) == ["other"] and names(artem) == []
    assert isinstance(refusal(artem, ListTickets(view="other")), NotFound)
    assert isinstance(refusal(artem, ListViews(viewer="olga")), Forbidden)
    error = refusal(olga, RemoveView(name="my own"))
    assert isinstance(error, NotFound) and "saved: 'other'" in error.message
    for command, words in (
        (SaveView(name="x"), "'status', 'site'"),
        (SaveView(name="x", tag="a,b"), "tag"),
        (SaveView(name="x", site="shop"), "these are served: bank"),
        (SaveView(name="x", department="no"), "department"),
    ):
        error = refusal(olga, command)
        assert isinstance(error, Invalid) and words in error.message
    for number in range(MOST - 1):
        olga.ask(SaveView(name=f"{number}", tag="vip"))
    assert isinstance(refusal(olga, SaveView(name="more", tag="vip")), Conflict)
    olga.ask(SaveView(name="more", was="0", tag="vip"))
    assert olga.ask(RemoveView(name="More")).views == [
        one for one in olga.ask(ListViews()).views if one.name != "more"
    ]
    assert len(names(olga)) == MOST - 1


def test_the_shell_says_whose_views_it_means(stage: Stage) -> None:
    stage.staff("olga")
    stage.shell(SaveView(name="vip", tag="vip", viewer="olga"))
    ticket = stage.visitor().open_ticket()
    stage.shell(TagTicket(ticket_id=ticket, add=["vip"]))
    seen = stage.shell(ListTickets(view="vip", viewer="olga")).tickets
    assert [one.id for one in seen] == [ticket]
    with pytest.raises(NotFound, match="no such operator 'nobody'"):
        stage.shell(ListViews(viewer="nobody"))
    with pytest.raises(Invalid, match="--as NAME"):
        stage.shell(ListViews())
