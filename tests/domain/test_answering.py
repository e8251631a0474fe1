"""How long it takes, as people say it."""

from __future__ import annotations

import pytest

from chatd.domain.answering import spoken_minutes

HOUR = 3_600


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [
        (0, 1),
        (66, 1),
        (67, 2),
        (300, 5),
        (330, 5),
        (331, 10),
        (11 * 60, 10),
        (12 * 60, 15),
        (49 * 60, 45),
        (50 * 60, 60),
        (66 * 60, 60),
        (67 * 60, 120),
        (12 * HOUR, 12 * 60),
        (26 * HOUR, 24 * 60),
        (27 * HOUR, None),
    ],
)
def test_a_round_figure_and_hardly_ever_less_than_it_takes(
    seconds: float, minutes: int | None
) -> None:
    assert spoken_minutes(seconds) == minutes
