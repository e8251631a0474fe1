"""The contract of how good calls are: of each side the last and the worst, of lately."""

from __future__ import annotations

import pytest

from chatd.domain.quality import Quality
from chatd.live.calls import Qualities
from chatd.live.local import qualities as local
from chatd.live.shared import qualities as shared
from tests.live.implementations import SHARED, shared_by


@pytest.fixture(params=["local", *SHARED])
def qualities(request: pytest.FixtureRequest) -> Qualities:
    if request.param in SHARED:
        return shared_by(request, lambda node: shared.Qualities(node.exchange), {"of"})
    return local.Qualities()


def test_of_each_side_the_last_and_the_worst_are_known(qualities: Qualities) -> None:
    bad = Quality(state="connected", rtt_ms=900, loss_in=1.0, loss_out=8.5, troubles=("loss",))
    good = Quality(state="connected", rtt_ms=20, route="relayed", troubles=("cpu", "loss"))
    for at, told in (("1", bad), ("2", good)):
        qualities.put("call-1", "anna", told, at)
    qualities.put("call-1", "artem", good, "3")
    (anna, artem) = (qualities.of("call-1")[one] for one in ("anna", "artem"))
    assert (anna.at, anna.last, artem.at, artem.last) == ("2", good, "3", good)
    assert (anna.worst_rtt_ms, anna.worst_loss, anna.troubles) == (900, 8.5, ("loss", "cpu"))
    assert (artem.worst_rtt_ms, artem.worst_loss, artem.troubles) == (20, 0.0, ("cpu", "loss"))
    assert qualities.of("call-2") == {}


def test_so_many_calls_are_known_those_of_which_something_was_told_last() -> None:
    qualities = local.Qualities()
    fine = Quality(state="connected")
    for number in range(local.REMEMBERED):
        qualities.put(f"call-{number}", "anna", fine, "")
    assert qualities.of("call-0")
    qualities.put("call-0", "anna", fine, "")
    qualities.put("call-new", "anna", fine, "")
    assert qualities.of("call-0") and qualities.of("call-new") and not qualities.of("call-1")
