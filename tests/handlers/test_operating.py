"""Operating the daemon, to the bound: lists, bans, figures, backups."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from chatd.errors import Conflict, Invalid, NotFound, Unavailable
from chatd.handlers import operating
from chatd.protocol.operating import (
    AddBan,
    Backup,
    GetConnectionStats,
    KickConnection,
    ListBans,
    ListConnections,
    ReadAudit,
    RemoveBan,
)
from tests.handlers.stage import Person, Stage
from tests.trust.house import SHELL


def walk(stage: Stage, command: type[Any], rows: str, limit: int) -> list[str]:
    """The ids of all pages of a list, each as long as asked for but the last."""
    seen: list[str] = []
    cursor = None
    for _ in range(20):
        page = stage.shell(command(limit=limit, cursor=cursor))
        found = [one.id for one in getattr(page, rows)]
        seen += found
        assert page.more is (page.cursor is not None)
        cursor = page.cursor
        if cursor is None:
            return seen
        assert len(found) == limit
    raise AssertionError("no end of pages")


def test_connections_and_bans_are_listed_in_pages_each_once(stage: Stage) -> None:
    people = [stage.visitor(str(number)) for number in range(5)]
    opened = sorted(one.connection.id for one in people)
    targets = [f"198.51.100.{number}" for number in range(5)]
    for target in targets:
        stage.shell(AddBan(target=target))
    for limit in (1, 2, 4, 5, 6):
        assert walk(stage, ListConnections, "connections", limit) == opened
        assert walk(stage, ListBans, "bans", limit) == targets


def test_a_ban_says_who_made_it_why_and_until_when(stage: Stage) -> None:
    boss = stage.staff("boss", role="admin")
    boss.connection.address = "203.0.113.200"
    made = boss.ask(AddBan(target="198.51.100.1", seconds=60, reason="spam")).ban
    assert (made.kind, made.by, made.reason, made.networks) == ("address", "boss", "spam", ())
    assert made.expires_at == operating.to_text(stage.now + 60)
    assert stage.shell(AddBan(target="198.51.100.2")).ban.expires_at is None
    assert stage.shell(AddBan(target="198.51.100.2")).ban.by == "root"
    wide = stage.shell(AddBan(target="2001:db8::1", network=True)).ban
    assert wide.id == "2001:db8::/64"
    assert stage.shell(AddBan(target="2001:db9::1")).ban.id == "2001:db9::1"
    anna = stage.visitor()
    kept = stage.shell(AddBan(target=anna.id)).ban
    assert (kept.kind, kept.networks) == ("participant", ())
    with pytest.raises(NotFound, match="no ban on"):
        stage.shell(RemoveBan(target="198.51.100.9"))
    for target in ("198.51.100.1", "198.51.100.2"):
        assert stage.shell(RemoveBan(target=target)).ban.id == target


def test_a_network_as_wide_as_this_has_to_be_meant(stage: Stage) -> None:
    assert operating.WIDE == {4: 8, 6: 16}
    cx = stage.surroundings(SHELL, "192.0.2.7")
    for target in ("10.0.0.0/8", "11.0.0.0/9", "2000::/16", "p-1", "198.51.100.0/24"):
        operating.check_meant(cx, target)
    for target in ("10.0.0.0/7", "2000::/15"):
        with pytest.raises(Invalid, match="addresses: to mean it"):
            operating.check_meant(cx, target)
    for target in ("192.0.2.7", "192.0.2.0/24"):
        with pytest.raises(Invalid, match=r"you are at 192\.0\.2\.7 yourself"):
            operating.check_meant(cx, target)
    operating.check_meant(stage.surroundings(SHELL, "unix"), "192.0.2.7")


def test_who_is_kept_out_already_is_ended_and_counted(stage: Stage) -> None:
    anna, boris = stage.visitor(address="198.51.100.1"), stage.visitor("Boris")
    assert stage.shell(AddBan(target="198.51.100.9")).ended == 0
    assert stage.shell(AddBan(target="198.51.100.0/24")).ended == 1
    assert (len(anna.closed), len(boris.closed)) == (1, 0)
    with pytest.raises(Conflict, match="nobody knows from which network"):
        stage.services.connections.networks = lambda _: ()  # type: ignore[method-assign]
        stage.shell(AddBan(target=boris.id, network=True))


def why_closed(person: Person) -> list[str]:
    """The reasons that their connection will be closed with."""
    said: list[str] = []
    person.connection.close = lambda code, reason: said.append(reason)
    return said


def test_who_is_put_out_is_told_why(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    told = why_closed(anna), why_closed(boris)
    stage.shell(KickConnection(connection=anna.connection.id, reason="enough"))
    stage.shell(KickConnection(connection=boris.connection.id))
    assert told == (["enough"], ["closed by an operator"])
    with pytest.raises(NotFound, match="no such connection"):
        stage.shell(KickConnection(connection=anna.connection.id))


def test_who_runs_it_is_told_of_all_connections_and_others_of_their_own(stage: Stage) -> None:
    shop = [stage.visitor(name, "shop") for name in ("A", "B")]
    stage.visitor("C", "bank")
    anna, zoe = (stage.staff(name, sites=("shop",)) for name in ("anna", "zoe"))
    boss = stage.staff("boss", role="admin")
    for one in (anna, zoe):
        told = one.ask(GetConnectionStats())
        own = {one.connection.id, *(visitor.connection.id for visitor in shop)}
        assert {row.id for row in told.connections} == own
        assert (told.total, told.by_site) == (3, {"shop": 2})
        assert told.by_state == {"visitor": 2, "operator": 1}
        assert told.by_transport == {"websocket": 3}
        assert told.opened is told.replaced is UNSET
    told = boss.ask(GetConnectionStats())
    assert (told.total, told.by_site) == (6, {"shop": 2, "bank": 1})
    live = stage.services.connections
    assert (told.opened, told.replaced) == (live.opened, live.replaced)


def test_a_backup_that_the_disk_refuses_says_why(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, says in ((OSError(28, "no room"), "no room"), (OSError("odd"), "odd")):

        def fail(_: str, error: OSError = error) -> None:
            raise error

        monkeypatch.setattr(stage.services.maintenance, "backup", fail)
        with pytest.raises(Unavailable, match=f"/copy: {says}"):
            stage.shell(Backup(directory="/copy"))
    with pytest.raises(Invalid, match="absolute path"):
        stage.shell(Backup(directory="copy"))


def test_of_the_audit_log_the_newest_are_read_and_all_counted(stage: Stage) -> None:
    for number in range(3):
        stage.shell(AddBan(target=f"198.51.100.{number}"))
    told = stage.shell(ReadAudit(limit=2))
    assert [one["target"] for one in told.entries] == ["198.51.100.1", "198.51.100.2"]
    assert told.total == len(stage.services.audit) >= 3
