"""Which undelivered errands are remembered, how many, and what is said where some are not."""

from __future__ import annotations

from typing import Any

from chatd.domain.errand import Errand, State
from chatd.domain.versions import successor
from chatd.errands.undelivered import Undelivered


def errand(at: int, state: State = "failed", target: str = "crm", **fields: Any) -> Errand:
    """One that was made then."""
    return Errand(f"e-{at}", "webhook", target, "ticket.closed", f"{at:03d}", state=state, **fields)


def told(known: Undelivered, state: State, target: str | None = None, before: int = 0) -> list[int]:
    """When those were made that are found, in their order."""
    found = known.newest_first(state, target, (f"{before:03d}", "") if before else None)
    return [int(at) for at, _ in found]


def test_of_a_state_and_target_the_newest_are_remembered_and_no_more() -> None:
    known = Undelivered(most=2)
    for at in (5, 7, 6, 8):
        known.note(errand(at))
    assert told(known, "failed") == [8, 7] and len(known) == 2
    for at in (1, 3):
        known.note(errand(at, "dropped"))
        known.note(errand(at + 1, target="shop"))
    assert len(known) == 6
    assert told(known, "failed", "crm") == [8, 7]
    assert told(known, "failed", "shop") == [4, 2] and told(known, "dropped") == [3, 1]


def test_what_is_older_than_one_that_was_forgotten_is_looked_for_in_the_files() -> None:
    known = Undelivered(most=2)
    for at in (5, 6, 7):
        known.note(errand(at))
    for at in (4, 9):
        known.note(errand(at, target="shop"))
    assert told(known, "failed") == [9, 7, 6], "between 5 and 4 there may be others"
    assert told(known, "failed", before=9) == [7, 6]
    assert told(known, "failed", "shop") == [9, 4]
    assert not known.has_all("failed", None) and not known.has_all("failed", "crm")
    assert known.has_all("failed", "shop")
    for state in ("dropped", "waiting"):
        known.note(errand(1, state))  # type: ignore[arg-type]
        assert known.has_all(state, None) and told(known, state) == [1]  # type: ignore[arg-type]


def test_one_is_remembered_as_it_was_noted_last() -> None:
    known = Undelivered(most=2)
    first = errand(5, "waiting")
    for changed in (first, successor(first, state="failed"), first):
        known.note(changed)
    assert (told(known, "waiting"), told(known, "failed")) == ([], [5])
    known.note(successor(first, state="dropped"))
    assert (told(known, "failed"), told(known, "dropped")) == ([], [5]), "of one version the later"
    known.forget("e-5")
    known.forget("e-5")
    assert len(known) == 0 and told(known, "dropped") == [] and not known.whole


def test_all_that_waits_is_remembered() -> None:
    known = Undelivered(most=1)
    for at in range(1, 6):
        known.note(errand(at, "waiting"))
    assert told(known, "waiting") == [5, 4, 3, 2, 1] and known.has_all("waiting", None)
