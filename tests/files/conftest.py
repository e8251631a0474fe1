"""Those who send files to the daemon of a module."""

from __future__ import annotations

import pytest

from tests.daemon import Daemon
from tests.files.sender import Sender, visitor


@pytest.fixture
def anna(daemon: Daemon) -> Sender:
    """A visitor with a ticket."""
    return visitor(daemon)


@pytest.fixture(scope="module")
def staff(daemon: Daemon) -> str:
    """The token of an administrator."""
    return daemon.add_operator("artem", "Artem", role="admin")
