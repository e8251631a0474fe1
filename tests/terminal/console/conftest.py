"""One daemon for all tests of the console, two operators, and customers who come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.daemon import Daemon
from tests.terminal.seat import Customer

CANNED = {
    "hours": "Мы работаем с 9 до 18.",
    "hello": "Здравствуйте! Сейчас посмотрю.",
    "delivery": "Доставка занимает 2–3 дня.",
}
CONFIG = {
    "sites": {"shop": {"canned": CANNED}, "blog": {"canned": {"bye": "До свидания"}}},
    "tickets": {"max_message_chars": 200},
}
Arrive = Callable[..., Customer]


@pytest.fixture(scope="package")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    running = Daemon(tmp_path_factory.mktemp("console"), CONFIG).start()
    yield running
    assert running.stop() == 0
    assert "incident" not in running.logged(), running.logged()


@pytest.fixture(scope="package")
def artem(daemon: Daemon) -> str:
    return daemon.add_operator("artem", "Артём", "admin")


@pytest.fixture(scope="package")
def olga(daemon: Daemon) -> str:
    return daemon.add_operator("olga", "Ольга")


@pytest.fixture
def arrive(daemon: Daemon, artem: str) -> Iterator[Arrive]:
    """Customers; at the end of a test their tickets are closed, so that the next begins anew."""
    came: list[Customer] = []

    def make(name: str = "Анна", asks: str = "Где заказ?", site: str = "shop") -> Customer:
        came.append(Customer(daemon, name, asks, site=site))
        return came[-1]

    yield make
    for customer in came:
        customer.leaves()
        daemon.http("POST", f"/api/admin/support/close/{customer.ticket}", {}, token=artem)
