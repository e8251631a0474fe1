"""Who has which colour: the page's own code, called without a page."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.net.socketio.stock import find_node

HUES = Path(__file__).parents[2] / "chatd/web/shared/hues.js"
SCRIPT = """
import { assignHues, hueOf } from %s;
const seats = %s;
const hues = (ids) => Object.fromEntries(ids.map((id) => [id, hueOf(id)]));
const seen = seats.map((ids) => (assignHues(ids), hues(ids)));
console.log(JSON.stringify(seen));
"""


def seat(*seats: list[str]) -> list[dict[str, int]]:
    """Who has which colour after each of these sat down together, one after the other."""
    script = SCRIPT % (json.dumps(HUES.as_uri()), json.dumps(seats))
    words = [find_node(), "--input-type=module", "--eval", script]
    found = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    seen: list[dict[str, int]] = json.loads(found.stdout)
    return seen


def test_of_two_who_would_look_alike_the_second_looks_otherwise() -> None:
    (seen,) = seat(["p-1", "p-9", "p-2"])
    assert seen == {"p-1": 4, "p-9": 5, "p-2": 6}


def test_who_was_seated_first_keeps_the_colour_wherever_they_meet() -> None:
    team, alone, together = seat(["p-9", "olga"], ["p-1"], ["p-1", "olga", "p-9"])
    assert (team["p-9"], alone["p-1"]) == (4, 4), "they have not met"
    assert together == {"p-9": 4, "olga": 7, "p-1": 5}


def test_more_than_there_are_colours_share_them() -> None:
    ids = [f"p-{number}" for number in range(20)]
    (seen,) = seat(ids)
    assert set(seen.values()) == set(range(8))
