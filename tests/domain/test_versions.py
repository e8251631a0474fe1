"""How often somebody tries again who lost a race."""

from __future__ import annotations

import pytest

from chatd.domain.versions import rerun
from chatd.errors import Conflict, Overtaken


class Racer:
    """Loses so many times, then is done."""

    def __init__(self, lost: int) -> None:
        self.lost, self.tried = lost, 0

    def __call__(self) -> str:
        self.tried += 1
        if self.tried <= self.lost:
            raise Overtaken("somebody was faster")
        return "done"


@pytest.mark.parametrize(("lost", "tried"), [(0, 1), (1, 2), (7, 8)])
def test_who_was_overtaken_tries_again_and_no_more_once_it_is_done(lost: int, tried: int) -> None:
    racer = Racer(lost)
    assert rerun(racer) == "done" and racer.tried == tried


def test_who_is_overtaken_eight_times_is_told_so() -> None:
    racer = Racer(8)
    with pytest.raises(Overtaken):
        rerun(racer)
    assert racer.tried == 8


def test_what_is_no_race_is_not_tried_again() -> None:
    tried: list[int] = []

    def refused() -> None:
        tried.append(1)
        raise Conflict("it is closed")

    with pytest.raises(Conflict):
        rerun(refused)
    assert len(tried) == 1
