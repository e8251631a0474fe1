"""A mail server, and houses that send by it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mail.postbox import Postbox


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """One that takes every letter, in clear."""
    one = Postbox()
    yield one
    one.close()
