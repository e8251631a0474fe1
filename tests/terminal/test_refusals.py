"""What an operator typed and the daemon refused: what it was, and what would do."""

from __future__ import annotations

import pytest

from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.texts import Texts

DEPARTMENTS = {"field": "department", "allowed": ["billing", "tech"]}


@pytest.mark.parametrize(
    ("language", "details", "told"),
    [
        ("ru", DEPARTMENTS, "Не подходит: отдел. Можно: billing, tech"),
        ("en", DEPARTMENTS, "This will not do: the department (why)"),
        ("ru", {"field": "department", "allowed": []}, "Не подходит: отдел"),
        ("ru", {"field": "until"}, "Не подходит: время (30m, 2h, 3d, 2030-03-31T09:00Z или now)"),
        ("ru", {"field": "contact"}, "Не подходит: почта (нужна такая: anna@shop.example)"),
        ("ru", {"field": "add[0]"}, "Не подходит: метка"),
        ("ru", {"field": "limit", "allowed": ["a"]}, "Сервер этого не принял"),
    ],
)
def test_what_will_not_do_is_named_with_what_would(
    language: str, details: dict[str, object], told: str
) -> None:
    assert Texts(language).refusal(Refused("invalid", "why", details)).startswith(told)
