"""A push service, and houses that push by it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.push.service import PushService


@pytest.fixture
def service() -> Iterator[PushService]:
    """One that takes whatever is signed."""
    one = PushService()
    yield one
    one.close()
