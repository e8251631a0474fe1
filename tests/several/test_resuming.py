"""What became of a room while one was away, asked of the other node, on each transport."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.cluster import Cluster, settled
from tests.rev import conftest, test_rev
from tests.several.conftest import ROOMS, MakeCluster
from tests.several.stories import stories

LONG = {
    "test_so_many_changes_are_told_and_no_more",
    "test_changes_are_told_as_far_as_an_answer_holds_them",
    "test_a_changed_room_has_another_number",
    "test_a_rev_that_is_none_is_refused_by_name",
}

globals().update(stories(conftest, but={"daemon"}))
globals().update(stories(test_rev, but=LONG))


@pytest.fixture(scope="module")
def daemon(make_cluster: MakeCluster) -> Iterator[Cluster]:
    """Two nodes with rooms enough."""
    cluster = make_cluster({"rooms": ROOMS})
    cluster.add_operator("artem", "Артём", "admin")
    with settled([cluster], Client):
        yield cluster
