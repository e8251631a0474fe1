"""Daemons that tell a receiver of what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.errands.receiver import SECRET, VARIABLE, Receiver

Tell = Callable[..., Daemon]
HERE = {"plain_http": True, "private_networks": ["127.0.0.0/8"]}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that takes whatever is signed."""
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def tell(make_daemon: MakeDaemon, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Starts a daemon whose webhook ``crm`` is the receiver; with further keys of the webhook, of
    ``errands`` and of other tables."""
    monkeypatch.setenv(VARIABLE, SECRET)

    def start(
        errands: dict[str, Any] | None = None, others: dict[str, Any] | None = None, **keys: Any
    ) -> Daemon:
        webhook = {"url": receiver.url(), "secret_env": VARIABLE, **keys}
        config = {"webhooks": {"crm": webhook}, "errands": {**HERE, **(errands or {})}}
        return make_daemon({**config, **(others or {})})

    return start
