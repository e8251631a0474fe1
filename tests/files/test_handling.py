"""Files in the hands of people: how they are shown, who gives them up, what they take up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.file import DialogUse, File, Use
from chatd.domain.principal import Principal, of_operator
from chatd.domain.times import to_text
from chatd.errors import Conflict, Forbidden, NotFound, RateLimited
from chatd.live.connections import Connection
from chatd.protocol.files import CreateFile, GetFile, GetFileUsage, RemoveFile, WriteFile
from chatd.service import filing
from chatd.store.base import Put
from tests.daemon import RELAXED
from tests.files.stored import SHA, file_of, put
from tests.handlers.stage import Stage
from tests.trust.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With two sites."""
    sites: dict[str, Any] = {"shop": {}, "bank": {}}
    made = House(tmp_path / "data", **RELAXED, store={"sync": False}, sites=sites)
    yield made
    made.close()


def ids(*people: Connection) -> list[str]:
    """As what they are known."""
    return [one.principal.id for one in people]


def test_a_file_is_shown_by_how_far_it_has_come(house: House) -> None:
    anna, _ = house.hello(name="Anna", site="shop")
    asked = house.ask(anna, CreateFile(dialog_id="lobby", name="a.txt", size=5))
    ends = to_text(house.now + house.services.config.files.upload_hours * 3_600)
    for told in (asked, house.ask(anna, GetFile(file_id=asked.file.id))):
        assert (told.offset, told.expires_at) == (0, ends)
        assert (told.file.state, told.file.type, told.file.sha256) == ("uploading", "", "")
    (who,) = ids(anna)
    ready = house.ask(anna, GetFile(file_id=put(house, who, 5)))
    assert (ready.offset, ready.expires_at, ready.file.sha256) == (UNSET, ends, SHA)
    assert ready.file.type == "text/plain" and ready.file.url
    for state in ("checking", "refused"):
        looked_at = house.ask(anna, GetFile(file_id=put(house, who, 5, state=state)))
        assert (looked_at.offset, looked_at.file.sha256) == (UNSET, SHA)
    sent = house.ask(anna, GetFile(file_id=put(house, who, 5, sent=True)))
    assert sent.expires_at == UNSET


def test_only_whose_it_is_gives_a_file_up_until_a_message_has_it(house: House) -> None:
    people = [house.hello(name=name, site="shop")[0] for name in ("Anna", "Boris")]
    for one, other in (people, people[::-1]):
        (who,) = ids(one)
        unsent, sent = put(house, who, 5), put(house, who, 5, sent=True)
        with pytest.raises(NotFound):
            house.ask(other, RemoveFile(file_id=unsent))
        with pytest.raises(Forbidden, match="only who uploaded"):
            house.ask(other, RemoveFile(file_id=sent))
        with pytest.raises(Conflict, match="it goes with the message"):
            house.ask(one, RemoveFile(file_id=sent))
        assert house.ask(one, RemoveFile(file_id=unsent)).file_id == unsent
        assert house.store.get(File, unsent) is None and house.store.get(File, sent)


def staff(house: House, username: str, *sites: str) -> Connection:
    """An administrator, or an operator of some sites."""
    account = replace(house.operator(username), sites=sites, version=2)
    house.store.commit(Put(account))
    connection = house.connect()
    house.services.connections.identify(connection, of_operator(account), username)
    return connection


def used(house: House, who: Connection, **fields: Any) -> list[tuple[str, str, int, int]]:
    """What files take up, dialog by dialog."""
    told = house.ask(who, GetFileUsage(**fields))
    rows = [(one.site, one.dialog_id, one.files, one.bytes) for one in told.dialogs]
    if not told.more and "cursor" not in fields:
        assert told.total_files == sum(row[2] for row in rows)
        assert told.total_bytes == sum(row[3] for row in rows)
    return rows


def test_what_files_take_up_is_told_the_largest_first_of_ones_own_sites(house: House) -> None:
    for site, dialog, sizes in (
        ("shop", "lobby", (1, 2)),
        ("bank", "lobby", (10,)),
        ("shop", "TKT-1730053200", (3, 4, 0)),
        ("bank", "a", (7,)),
        ("shop", "a", (7,)),
    ):
        for size in sizes:
            count(house, put(house, "p-1", size, site=site, dialog_id=dialog), size)
    uncounted = put(house, "p-1", 1000, dialog_id="lobby")
    house.store.checkpoint()
    everything = [
        ("bank", "lobby", 1, 10),
        ("bank", "a", 1, 7),
        ("shop", "TKT-1730053200", 3, 7),
        ("shop", "a", 1, 7),
        ("shop", "lobby", 2, 3),
    ]
    both, shop = staff(house, "artem"), staff(house, "olga", "shop")
    of_shop = [row for row in everything if row[0] == "shop"]
    assert used(house, both) == everything
    assert used(house, both, site="shop") == used(house, shop) == of_shop
    assert used(house, shop, site="bank") == []
    assert used(house, shop, site="shop") == of_shop
    page = house.ask(both, GetFileUsage(limit=2))
    assert page.more and (page.total_files, page.total_bytes) == (8, 34)
    assert used(house, both, cursor=page.cursor) == everything[2:]
    assert house.store.get(File, uncounted), "what is told is counted, not read file by file"


def count(house: House, id: str, size: int) -> None:
    """A file counts for its site and dialog."""
    ledger = filing.Ledger(house.store)
    ledger.count(file_of(house, id), 1, size)
    house.store.commit(*ledger.changes())


def test_a_dialog_whose_files_went_takes_up_nothing(house: House) -> None:
    both = staff(house, "artem")
    first, second = (put(house, "p-1", size, dialog_id="a") for size in (4, 6))
    for id, size in ((first, 4), (second, 6)):
        count(house, id, size)
    filing.remove(house.services, [first])
    assert used(house, both) == [("shop", "a", 1, 6)]
    filing.remove(house.services, [second])
    assert used(house, both) == []
    assert house.store.get(DialogUse, "u-0-a") is None


def test_who_begins_an_upload_beside_others_is_counted_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "data", far=True)
    stage.services.limiter.apply(stage.limits(files_per_participant="1/hour"))
    people = [stage.visitor(f"n{number}", site="shop") for number in range(6)]
    asked = CreateFile(dialog_id="lobby", name="a.txt", size=5)
    before = stage.services.metrics.reruns._value.get()
    begun = [gevent.spawn(one.ask, asked) for one in people]
    gevent.joinall(begun, timeout=20, raise_error=True)
    use = stage.services.store.get(Use, "shop")
    assert use is not None and (use.files, use.bytes) == (6, 30)
    assert stage.services.metrics.reruns._value.get() == before, "the site's share is taken again"
    for one in people:
        with pytest.raises(RateLimited):
            one.ask(asked)
    stage.close()


def at_the_machine(house: House, id: str) -> Connection:
    """Who uses the shell."""
    connection = house.connect()
    shell = Principal(kind="shell", id=id, name=id, role="act")
    house.services.connections.identify(connection, shell, id)
    return connection


def test_bytes_come_from_who_began_it_from_where_it_is(house: House) -> None:
    people = [at_the_machine(house, id) for id in ("anna", "boris")]
    for one, other in (people, people[::-1]):
        begun = house.ask(one, CreateFile(dialog_id="lobby", name="a.txt", size=5)).file.id
        with pytest.raises((NotFound, Forbidden)):
            house.ask(other, WriteFile(file_id=begun, offset=0, data=b"no"))
        told = house.ask(one, WriteFile(file_id=begun, offset=0, data=b"abc"))
        assert (told.offset, told.file.state) == (3, "uploading")
        with pytest.raises(Conflict):
            house.ask(one, WriteFile(file_id=begun, offset=2, data=b"x"))
        told = house.ask(one, WriteFile(file_id=begun, offset=3, data=b"de"))
        assert told.offset is UNSET and told.file.state == "ready"
        seen = put(house, *ids(one), 5, sent=True)
        with pytest.raises(Forbidden, match="only who began an upload"):
            house.ask(other, WriteFile(file_id=seen, offset=0, data=b"no"))
