"""Tables on narrow terminals: what is broken and what is not, which columns there are, what a row's
id is, and how an error calls a field."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.admin import rendering, words
from chatd.admin.fitting import widths
from chatd.admin.flags import Options, UsageError
from chatd.admin.lexing import Argv
from chatd.admin.lines import spell_fields
from chatd.admin.verb import Column
from chatd.admin.verbs import TABLE
from chatd.errors import Invalid

TICKETS = [["ID", "TKT-1795807283"], ["STATUS", "waiting"], ["MESSAGE", "where is my order by now"]]


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        (80, [14, 7, 24]),
        (40, [14, 7, 19]),
        (28, [14, 7, 7]),
        (26, [14, 7, 5]),
        (24, [14, 5, 5]),
        (5, [14, 4, 4]),
    ],
)
def test_words_stay_whole_as_long_as_they_can(space: int, expected: list[int]) -> None:
    assert widths(TICKETS, [True, False, False], space, len) == expected


def draw(monkeypatch: pytest.MonkeyPatch, capsys: Any, columns: int, rows: list[Any]) -> str:
    """A table of tickets on a terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = (*TABLE["tickets"].columns, Column("OPEN", "open"), Column("SHUT", "shut"))
    rendering.table(shown, rows)
    text: str = capsys.readouterr().out
    return text


def test_a_table_has_no_column_of_nothing_and_says_yes_and_no(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    row = {"id": "TKT-1795807283", "status": "waiting", "customer_name": "Анна", "site": "",
           "unread": 0, "priority": "normal", "tags": [], "open": True, "shut": False,
           "last_message": {"text": "Где мой заказ номер 8? Ёлка"}}  # fmt: skip
    wide = draw(monkeypatch, capsys, 200, [row]).splitlines()
    assert [" ".join(line.split()) for line in wide] == [
        "ID STATUS CUSTOMER UNREAD PRIORITY LAST MESSAGE OPEN SHUT",
        "TKT-1795807283 waiting Анна 0 normal Где мой заказ номер 8? Ёлка yes no",
    ]
    narrow = draw(monkeypatch, capsys, 64, [row, {**row, "site": "shop"}])
    assert max(map(len, narrow.splitlines())) <= 64
    for word in ("TKT-1795807283", "waiting", "normal", "заказ", "SITE", "yes"):
        assert word in narrow, narrow


@pytest.mark.parametrize(
    ("verb", "row", "id"),
    [
        ("report operators", {"opened": 8, "operator": ""}, ""),
        ("report queue", {"opened": 8, "at": None, "site": "shop"}, "shop"),
        ("report tags", {"opened": 8, "tag": "vip"}, "vip"),
        ("hours", {"open": True, "site": "shop"}, "shop"),
        ("tickets", {"id": "TKT-1"}, "TKT-1"),
    ],
)
def test_a_rows_id_is_what_it_is_of(verb: str, row: dict[str, Any], id: str) -> None:
    assert rendering.id_of(TABLE[verb], row) == id


def test_an_error_calls_fields_as_they_are_typed() -> None:
    told = spell_fields("snooze", Invalid("'until' is at most 366 days from now", field="until"))
    assert (told["message"], told["field"]) == ("UNTIL is at most 366 days from now", "until")
    told = spell_fields("view save", Invalid("narrowed to something: 'site', 'waits_s'"))
    assert told["message"] == "narrowed to something: --site, --waiting"
    assert spell_fields("", Invalid("'until'"))["message"] == "'until'"


@pytest.mark.parametrize("word", ["foo", "2x", "", "tomorrow", "-1h"])
def test_a_time_to_put_aside_until_is_told_with_what_is_allowed(word: str) -> None:
    with pytest.raises(UsageError, match=r"UNTIL is 30m, 2h, 3d, a time like .*, or now; not"):
        words.parse(Argv(["snooze", word, "TKT-1"]), Options())


def test_help_of_a_group_lists_it() -> None:
    listed = words.help_text(["canned"])
    assert len(listed.splitlines()) == 5 and "Remove a canned answer" in listed
    assert "usage: canned set" in words.help_text(["canned", "set"])
    assert "usage: calls" in words.help_text(["calls"])
    with pytest.raises(UsageError, match="no such verb"):
        words.help_text(["cannot"])
