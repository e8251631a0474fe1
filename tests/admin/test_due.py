"""What is due of what was promised, as the shell's tables show it."""

from __future__ import annotations

import pytest

from chatd.admin.rendering import due

BEFORE, AFTER = "2001-01-01T00:00:00.000Z", "2101-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("response", "resolution", "shown"),
    [
        ((AFTER, "soon"), (AFTER, "due"), "answer in "),
        ((BEFORE, "overdue"), (AFTER, "due"), "answer late "),
        ((BEFORE, "met"), (AFTER, "due"), "resolution in "),
        ((AFTER, "met"), (BEFORE, "paused"), "paused"),
        ((BEFORE, "missed"), (BEFORE, "missed"), "-"),
    ],
)
def test_what_is_due_first_is_shown(
    response: tuple[str, str], resolution: tuple[str, str], shown: str
) -> None:
    both = {"response": response, "resolution": resolution}
    told = due({name: {"by": by, "state": state} for name, (by, state) in both.items()})
    assert told.startswith(shown) and due({}) == "-"
