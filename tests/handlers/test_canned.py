"""Canned answers that are edited: by whom, for which sites, with which variables, and how many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from chatd.domain.canned import Canned, fill
from chatd.errors import ChatdError, Conflict, Forbidden, Invalid, NotFound, TooLarge
from chatd.handlers import canned
from chatd.protocol.canned import ListCanned, PutCanned, RemoveCanned
from tests.handlers.stage import Person, Stage


def listed(who: Person, **fields: Any) -> list[tuple[str, str, str]]:
    """Site, name and text of all that somebody is told of, page by page."""
    found: list[tuple[str, str, str]] = []
    cursor = None
    while True:
        page = who.ask(ListCanned(limit=2, cursor=cursor, **fields))
        found += [(one.site, one.name, one.text) for one in page.canned]
        cursor = page.cursor
        if not page.more:
            return found


def refusal(who: Person, command: PutCanned | RemoveCanned) -> ChatdError:
    """What it was refused with."""
    with pytest.raises(ChatdError) as refused:
        who.ask(command)
    return refused.value


def test_what_is_edited_stands_behind_what_is_configured_and_only_where_it_is_for(
    stage: Stage,
) -> None:
    boss, olga = stage.staff("boss", role="admin"), stage.staff("olga", sites=("bank",))
    made = boss.ask(PutCanned(name=" Thanks  all ", text="Thank you, {customer}!")).answer
    assert (made.site, made.name, made.version, made.by) == ("", "Thanks all", 1, "operator:boss")
    boss.ask(PutCanned(name="ship", text="It is on its way.", site="shop"))
    boss.ask(PutCanned(name="iban", text="Your IBAN, please", site="bank"))
    everything = [
        *(("shop", "hello", "of the shop"), ("bank", "hello", "of the bank")),
        ("", "Thanks all", "Thank you, {customer}!"),
        *(("bank", "iban", "Your IBAN, please"), ("shop", "ship", "It is on its way.")),
    ]
    assert listed(boss) == everything
    assert listed(olga) == [row for row in everything if row[0] != "shop"]
    assert listed(boss, site="shop") == [row for row in everything if row[0] != "bank"]
    assert listed(olga, site="shop") == [everything[2]]
    assert boss.ask(ListCanned()).canned[0].version is UNSET, "it is not edited"
    stage.reopen()
    assert [one.name for one in stage.store.all(Canned)] == ["Thanks all", "iban", "ship"]


def test_of_two_editors_the_second_is_told_of_the_first(stage: Stage) -> None:
    boss, chief = stage.staff("boss", role="admin"), stage.staff("chief", role="admin")
    read = boss.ask(PutCanned(name="ship", text="one", version=0)).answer
    error = refusal(chief, PutCanned(name="SHIP", text="other", version=0))
    assert isinstance(error, Conflict) and "there already, by operator:boss" in error.message
    changed = chief.ask(PutCanned(name="ship", text="two", version=read.version)).answer
    assert (changed.version, changed.text) == (2, "two")
    for late in (
        PutCanned(name="ship", text="three", version=read.version),
        PutCanned(name="ship", text="three", new_name="sent", version=read.version),
        RemoveCanned(name="ship", version=read.version),
    ):
        error = refusal(boss, late)
        assert "changed meanwhile, by operator:chief" in error.message
        assert error.details["version"] == 2 and error.details["by"] == "operator:chief"
    assert [text for *_, text in listed(boss)][-1] == "two"
    boss.ask(RemoveCanned(name="ship", version=2))
    error = refusal(chief, PutCanned(name="ship", text="four", version=2))
    assert "removed meanwhile" in error.message
    assert isinstance(refusal(chief, RemoveCanned(name="ship")), NotFound)
    assert chief.ask(PutCanned(name="ship", text="five")).answer.version == 1


def test_a_new_name_is_free_and_takes_the_place_of_the_old(stage: Stage) -> None:
    boss = stage.staff("boss", role="admin")
    for name in ("ship", "sent"):
        boss.ask(PutCanned(name=name, text=name, site="shop"))
    error = refusal(boss, PutCanned(name="ship", text="x", site="shop", new_name="Sent"))
    assert "'sent' already" in error.message
    boss.ask(PutCanned(name="ship", text="y", site="shop", new_name="Ship"))
    boss.ask(PutCanned(name="ship", text="z", site="shop", new_name="gone"))
    own = [row for row in listed(boss) if row[0] == "shop"]
    assert [row[1:] for row in own] == [("hello", "of the shop"), ("gone", "z"), ("sent", "sent")]


WRONG: list[tuple[PutCanned | RemoveCanned, type[ChatdError], str]] = [
    (PutCanned(name="x", text="{name}"), Invalid, "{customer}, {operator}, {ticket}"),
    (PutCanned(name="x", text=" \n"), Invalid, "needs some text"),
    (PutCanned(name="\t", text="x"), Invalid, "visible"),
    (PutCanned(name="ß" * 48, text="x"), Invalid, "at most 48"),
    (PutCanned(name="x", text="y" * 101), TooLarge, "at most 100"),
    (PutCanned(name="x", text="y\0"), Invalid, "U+0000"),
    (PutCanned(name="x", text="y", site="none"), Invalid, "allowed: shop, bank"),
    (PutCanned(name="Hello", text="y", site="shop"), Conflict, "sites.shop.canned"),
    (PutCanned(name="x", new_name="hello", text="y", site="shop"), Conflict, "configuration"),
    (RemoveCanned(name="hello", site="bank"), Conflict, "sites.bank.canned"),
]


def test_what_would_not_do_is_refused_with_what_is_allowed(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "data", tickets={"max_message_chars": 100})
    boss = stage.staff("boss", role="admin")
    for command, kind, words in WRONG:
        error = refusal(boss, command)
        assert isinstance(error, kind) and words in error.message
    assert stage.store.all(Canned) == []
    stage.close()


def test_only_administrators_edit_and_only_so_many_are_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    artem, boss = stage.staff("artem"), stage.staff("boss", role="admin")
    for who in (artem, stage.visitor()):
        assert isinstance(refusal(who, PutCanned(name="x", text="y")), Forbidden)
        assert isinstance(refusal(who, RemoveCanned(name="x")), Forbidden)
    monkeypatch.setattr(canned, "MOST", 2)
    for name in ("a", "b", "a"):
        boss.ask(PutCanned(name=name, text=name))
    assert "2 canned answers" in refusal(boss, PutCanned(name="c", text="c")).message
    boss.ask(PutCanned(name="a", text="c", new_name="c"))
    assert [one.name for one in stage.store.all(Canned)] == ["b", "c"]


def test_what_a_variable_brings_is_no_variable() -> None:
    values = {"customer": "{ticket}", "operator": "", "ticket": "TKT-1"}
    text = "{customer}, {ticket}: {x} {operator} {"
    assert fill(text, values) == "{ticket}, TKT-1: {x} {operator} {"
