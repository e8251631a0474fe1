"""How much a page has: as many as fit, never fewer than one, and from the first on."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.errors import Invalid
from chatd.protocol.envelope import encode_json
from chatd.protocol.operating import ListRooms
from chatd.service import pages
from chatd.service.context import Context
from tests.handlers.stage import Stage
from tests.trust.house import SHELL, convert_config

ONE = "x" * 10
BYTES = len(encode_json(ONE)) + 1


@pytest.fixture
def cx(stage: Stage) -> Context:
    """Of a command at the machine."""
    return stage.surroundings(SHELL)


def outbox(stage: Stage, size: int) -> None:
    """A connection takes so many bytes, from now on."""
    tables: dict[str, Any] = {"websocket": {"outbox_bytes": size, "max_message_bytes": 1024}}
    given = {**stage.settings, "data_dir": str(stage.directory), **tables}
    stage.services.config = convert_config(given)


def test_a_page_is_half_of_what_a_connection_takes_or_half_a_mebibyte(
    stage: Stage, cx: Context
) -> None:
    for size, room in ((10_001, 5_000), (1_048_576, 524_288), (5_000_000, 524_288)):
        outbox(stage, size)
        assert pages.room_for(stage.surroundings(SHELL)) == room


def fitting(cx: Context, items: list[Any], share: int = 1, **more: Any) -> tuple[int, bool]:
    """How many are on a page, and whether there are more."""
    found, further = pages.first_fitting(cx, items, share, **more)
    assert found == items[: len(found)]
    return len(found), further


def test_as_many_as_fit_are_on_a_page_and_one_at_least(
    stage: Stage, cx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room, count in ((0, 1), (3 * BYTES - 1, 2), (3 * BYTES, 3), (3 * BYTES + 1, 3)):
        monkeypatch.setattr(pages, "PAGE_BYTES", room)
        assert fitting(cx, [ONE] * 4) == (count, True)
        assert fitting(cx, [ONE] * count) == (count, False)
    monkeypatch.setattr(pages, "PAGE_BYTES", 6 * BYTES)
    assert fitting(cx, [ONE] * 9, 2) == (3, True)
    assert fitting(cx, [ONE] * 9, limit=4) == (4, True)
    assert fitting(cx, [ONE] * 4, limit=4) == (4, False)
    assert fitting(cx, [ONE, "x" * 999, ONE]) == (1, True), "nothing is passed over"
    assert fitting(cx, [ONE] * 9, told=lambda one: one * 3) == (2, True), "as it is told"
    assert fitting(cx, []) == (0, False)


def test_a_list_counts_what_is_shown_and_begins_with_the_first(
    stage: Stage, cx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_BYTES", 2 * BYTES)
    things = ["a", "b", "c", "d", "e"]

    def shown(cursor: str | None) -> tuple[list[str], str | None]:
        page = pages.place_page(cx, things, lambda one: one * 10, limit=9, cursor=cursor)
        assert page.more is (page.cursor is not None)
        return [row[0] for row in page.rows], page.cursor

    assert shown(None) == shown("") == shown("0") == (["a", "b"], "2")
    assert shown("2") == (["c", "d"], "4")
    assert shown("4") == (["e"], None)
    first = pages.list_page(cx, ["x" * 99, "b"], lambda one: "v", limit=9, cursor=str)
    assert (first.rows, first.more) == (["v", "v"], False), "of the thing itself nothing is sent"
    rooms = stage.visitor().ask(ListRooms()).rooms
    assert rooms[0].id == next(iter(stage.services.rooms))


def test_a_cursor_is_a_short_number() -> None:
    assert pages.place_of("123456789") == 123_456_789
    for odd in ("1234567890", "x", "-1", "１"):
        with pytest.raises(Invalid):
            pages.place_of(odd)
