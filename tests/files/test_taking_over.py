"""An upload that goes on elsewhere ends whoever was at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from chatd.live.connections import Connection
from chatd.service import uploads
from chatd.service.filing import name_upload
from tests.daemon import RELAXED
from tests.files.test_receiving import create
from tests.trust.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data", **RELAXED, store={"sync": False})
    yield made
    made.close()


@pytest.fixture
def anna(house: House) -> Connection:
    return house.hello(name="Anna")[0]


def test_who_goes_on_elsewhere_ends_who_was_at_it(house: House, anna: Connection) -> None:
    file = create(house, anna, 10)
    ended: list[str] = []
    house.services.receiving[file.id] = lambda: ended.append("first")
    with uploads.alone(house.services, file.id):
        assert ended == ["first"]
    house.services.receiving.clear()
    assert uploads.end_at(house.services, file.id).received == 0
    assert ended == ["first"]


def test_who_goes_on_before_it_is_known_whom_to_end_ends_them_too(
    house: House, anna: Connection
) -> None:
    file = create(house, anna, 10)
    ended, coming = Event(), Event()

    def pieces() -> Iterator[bytes]:
        coming.set()
        assert ended.wait(30), "nobody hung up"
        yield b"012"

    services = house.services
    with services.turns.one_at_a_time(name_upload(file.id)):  # whatever is done before it is known
        first = gevent.spawn(uploads.receive, services, file.id, 0, pieces(), ended.set)
        gevent.sleep(0.01)
        second = gevent.spawn(uploads.end_at, services, file.id)
        gevent.sleep(0.01)
        assert not coming.is_set()
    assert second.get(timeout=60).received == first.get().received == 3
    assert uploads.receive(services, file.id, 3, [b"345"], pytest.fail).received == 6
