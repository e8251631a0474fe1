"""Dialogs of people who are on two nodes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.cluster import Cluster, settled
from tests.people import test_dialogs
from tests.several.conftest import MakeCluster
from tests.several.stories import stories

globals().update(stories(test_dialogs, but={"house"}))


@pytest.fixture(scope="module")
def house(make_cluster: MakeCluster) -> Iterator[Cluster]:
    """Two nodes with three people."""
    cluster = make_cluster({"sites": {"shop": {}}})
    test_dialogs.register(cluster)
    with settled([cluster], Client):
        yield cluster
