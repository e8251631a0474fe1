"""Operating the daemon: connections, bans, figures, log levels, reload, drain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from heapq import nsmallest
from pathlib import PurePath
from typing import Any, TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from chatd.domain.addresses import is_network, network, normal, parse
from chatd.domain.bans import refusal
from chatd.domain.network import network_of
from chatd.domain.participant import Ban, Participant
from chatd.domain.principal import Principal
from chatd.domain.times import to_text
from chatd.errors import Conflict, Invalid, NotFound, Unavailable
from chatd.live.connections import CLOSE_BANNED, CLOSE_KICKED, Connection
from chatd.protocol import views
from chatd.protocol.commands import Paged
from chatd.protocol.operating import (
    AddBan,
    AddedBan,
    AreaLevel,
    AuditEntries,
    BackedUp,
    Backup,
    ClosedConnection,
    DaemonStatus,
    Drain,
    Draining,
    Examine,
    Figures,
    Findings,
    GetConnectionStats,
    GetLogLevels,
    GetStats,
    GetStatus,
    KickConnection,
    ListBans,
    ListConnections,
    LogLevels,
    OneBan,
    ReadAudit,
    Reload,
    Reloaded,
    RemoveBan,
    SetLogLevel,
)
from chatd.protocol.results import BanList, ConnectionList, ConnectionStats
from chatd.runtime.loop import in_turns
from chatd.service import pages, presence, standing, together
from chatd.service.context import Context, Handlers, Services
from chatd.store.base import Put, Remove

L = TypeVar("L", bound=ConnectionList)
COUNTED = ("by_transport", "by_site", "by_state", "traffic")
WIDE = {4: 8, 6: 16}  # shorter prefixes than these are asked about


def connections(cx: Context, command: ListConnections) -> ConnectionList:
    """→ ``connections``, oldest first; whether there are ``more``, and the ``cursor`` that gets
    those."""
    page = list_page(cx, cx.services.connections, command)
    own = ConnectionList(connections=page.rows, more=page.more, cursor=page.cursor)
    answers = together.ask(cx, command)
    return merge(command, [own, *together.results(answers, ConnectionList)], answers)


def merge(command: Paged, lists: list[L], answers: list[views.NodeAnswer]) -> L:
    """One page of those of several nodes. Behind the end of a page that was cut short there may be
    more of that node: what is behind it comes with the next page."""
    if not answers:
        return lists[0]
    ends = [one.cursor for one in lists if one.more and one.cursor]
    rows = sorted((row for one in lists for row in one.connections), key=lambda row: row.id)
    known = [row for row in rows if not ends or row.id <= min(ends)]
    page = known[: command.limit]
    more = bool(ends) or len(known) > len(page)
    return replace(
        lists[0],
        connections=page,
        more=more,
        cursor=page[-1].id if more and page else None,
        silent=together.silent(answers),
    )


def list_page(
    cx: Context, live: Iterable[Connection], command: Paged
) -> pages.Listed[views.Connection]:
    """A page of them, oldest first: their ids begin with when they were made."""
    begun = command.cursor or ""
    rest = (one for one in in_turns(live) if one.id > begun)
    return pages.list_page(
        cx,
        nsmallest(command.limit + 1, rest, key=lambda one: one.id),
        Connection.describe,
        limit=command.limit,
        cursor=lambda one: one.id,
    )


def connection_stats(cx: Context, command: GetConnectionStats) -> ConnectionStats:
    """→ counts by transport, site and kind, traffic, queues, and a page of the connections
    themselves: one's own and those of the sites that one serves; all of them for who runs the
    daemon. Whether there are ``more``, and the ``cursor`` that gets those."""
    live: list[Connection] = []
    traffic: Counter[str] = Counter()
    counted: dict[str, Counter[str]] = {
        "transport": Counter(),
        "site": Counter(),
        "kind": Counter(),
    }
    for one in in_turns(cx.services.connections):
        if concerns(cx.principal, one):
            live.append(one)
            traffic.update(one.traffic())
            counted["transport"][one.transport] += 1
            counted["kind"][one.principal.kind] += 1
            counted["site"].update(filter(None, [one.principal.site]))
    connections, runs_it = cx.services.connections, cx.principal.runs_it
    page = list_page(cx, live, command)
    own = ConnectionStats(
        total=len(live),
        opened=connections.opened if runs_it else UNSET,
        replaced=connections.replaced if runs_it else UNSET,
        by_transport=counted["transport"],
        by_site=counted["site"],
        by_state=counted["kind"],
        traffic=traffic,
        connections=page.rows,
        more=page.more,
        cursor=page.cursor,
    )
    answers = together.ask(cx, command)
    lists = [own, *together.results(answers, ConnectionStats)]
    return add_up(merge(command, lists, answers), lists)


def add_up(merged: ConnectionStats, lists: list[ConnectionStats]) -> ConnectionStats:
    """What several nodes count, together."""
    counted: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
    for one in lists:
        for name, counter in counted.items():
            counter.update(getattr(one, name))
    return replace(
        merged,
        total=sum(one.total for one in lists),
        opened=sum_of([one.opened for one in lists]),
        replaced=sum_of([one.replaced for one in lists]),
        **counted,
    )


def sum_of(numbers: list[int | UnsetType]) -> int | UnsetType:
    """All of them together, where they are told."""
    known = [one for one in numbers if one is not UNSET]
    return sum(known) if known else UNSET


def concerns(viewer: Principal, connection: Connection) -> bool:
    """Whether a connection is a viewer's business."""
    who = connection.principal
    served = who.kind == "visitor" and viewer.serves(who.site)
    return served or viewer.runs_it or who.id == viewer.id


def kick(cx: Context, command: KickConnection) -> ClosedConnection:
    """→ ``connection``, which is closed."""
    connection = cx.services.connections.get(command.connection)
    if connection is None:
        answers = together.ask(cx, command)
        if together.results(answers, ClosedConnection):
            return ClosedConnection(connection=command.connection)
        raise NotFound(f"no such connection {command.connection!r}{unheard(answers)}")
    end(cx.services, connection, command.reason or "closed by an operator")
    return ClosedConnection(connection=connection.id)


def unheard(answers: list[views.NodeAnswer]) -> str:
    """Which nodes may have it and did not say."""
    silent = [one.node for one in answers if one.error == together.SILENT]
    return f"; {', '.join(silent)} {together.SILENT}" if silent else ""


def end(services: Services, connection: Connection, why: str, code: int = CLOSE_KICKED) -> None:
    """Lets a connection go at once."""
    presence.disconnect(services, connection)
    connection.close(code, why)


def ban(cx: Context, command: AddBan) -> AddedBan:
    """→ ``ban``, and how many connections it ``ended``: those of whoever it concerns."""
    services, now = cx.services, cx.services.now()
    target, kind = read_target(services, command.target)
    networks: tuple[str, ...] = ()
    if command.network and kind == "address":
        target = network_of(target)
    elif command.network:
        networks = networks_of(services, target)
    if not command.sure:
        check_meant(cx, target)
    new = Ban(
        id=target,
        kind=kind,
        reason=command.reason,
        by=cx.principal.operator or cx.principal.name,
        created_at=to_text(now),
        expires_at=to_text(now + command.seconds) if command.seconds else None,
        networks=networks,
    )
    services.store.commit(Put(new))
    services.bans.add(new)
    elsewhere = count_banned_elsewhere(services)  # before they are ended there
    return AddedBan(ban=ban_view(new), ended=end_banned(services) + elsewhere)


def count_banned_elsewhere(services: Services) -> int:
    """How many connections to other nodes are those of who is kept out; they end them."""
    now = services.now()
    found = in_turns(services.connections.elsewhere())
    return sum(bool(services.bans.against(address, id, now)) for id, address in found)


def end_banned(services: Services) -> int:
    """Ends the connections of all who are kept out; how many these were."""
    now = services.now()
    found = (
        (one, services.bans.against(one.address, one.principal.id, now))
        for one in in_turns(services.connections)
    )
    banned = [(connection, held) for connection, held in found if held]
    for connection, held in in_turns(banned):
        end(services, connection, refusal(held).message, CLOSE_BANNED)
    return len(banned)


def networks_of(services: Services, participant_id: str) -> tuple[str, ...]:
    """Where a participant comes from; Conflict when that is not known."""
    found = services.connections.networks(participant_id)
    if not found:
        text = f"{participant_id} was not here lately: nobody knows from which network they come"
        raise Conflict(text)
    return tuple(found)


def check_meant(cx: Context, target: str) -> None:
    """Invalid for a network so wide, or that who asks is in, that it is rather a slip."""
    wanted = network(target)
    own = parse(cx.caller.address)
    if wanted is None:
        return
    if wanted.prefixlen < WIDE[wanted.version]:
        why = f"{wanted} is {wanted.num_addresses:,} addresses"
    elif own is not None and own in wanted:
        why = f"you are at {own} yourself"
    else:
        return
    raise Invalid(f"{why}: to mean it, add --yes ('sure': true)", field="sure")


def read_target(services: Services, target: str) -> tuple[str, Any]:
    """An address or network in its usual form, or a participant who exists."""
    if services.store.get(Participant, target):
        return target, "participant"
    if is_network(target):
        return normal(target), "address"
    raise Invalid(
        "a ban is on an IP address, a network like 192.0.2.0/24, or a participant's id",
        field="target",
    )


def unban(cx: Context, command: RemoveBan) -> OneBan:
    """→ ``ban`` that no longer holds."""
    services = cx.services
    old = services.store.get(Ban, normal(command.target))
    if old is None:
        raise NotFound(f"no ban on {command.target!r}")
    services.store.commit(Remove("bans", old.id))
    services.bans.remove(old)
    return OneBan(ban=ban_view(old))


def bans(cx: Context, command: ListBans) -> BanList:
    """→ ``bans`` in the order of their targets; whether there are ``more``, and the ``cursor`` that
    gets those."""
    now, most = cx.services.now(), command.limit + 1
    page = pages.list_page(
        cx,
        cx.services.bans.holding(now, command.cursor or "", most),
        ban_view,
        limit=command.limit,
        cursor=lambda one: one.id,
    )
    return BanList(bans=page.rows, more=page.more, cursor=page.cursor)


def ban_view(ban: Ban) -> views.Ban:
    """A ban as operators see it."""
    return views.Ban(**asdict(ban))


def stats(cx: Context, command: GetStats) -> Figures:
    """→ the daemon's figures; for an operator, those of the sites that they serve."""
    if not cx.principal.runs_it:
        return Figures(**standing.figures(cx.services, cx.principal))
    return Figures(**cx.services.control.stats(), nodes=together.others(cx, command))


def status(cx: Context, command: GetStatus) -> DaemonStatus:
    """→ ``version``, ``pid``, ``uptime_s`` and where everything is."""
    return DaemonStatus(**cx.services.control.status(), nodes=together.others(cx, command))


def examine(cx: Context, command: Examine) -> Findings:
    """→ ``checks``: each with its ``state`` (ok, warning, wrong) and what is ``said``."""
    return Findings(checks=cx.services.control.examine(command.origin))


def log_level(cx: Context, command: SetLogLevel) -> AreaLevel:
    """→ ``area``, ``level``."""
    cx.services.control.set_log_level(command.area, command.level)
    others = together.others(cx, command)
    return AreaLevel(area=command.area, level=command.level, nodes=others)


def log_levels(cx: Context, command: GetLogLevels) -> LogLevels:
    """→ ``areas`` with their levels."""
    levels = cx.services.control.log_levels()
    if command.area not in (None, "all"):
        levels = {command.area: levels[command.area]}
    return LogLevels(areas=[AreaLevel(area=area, level=level) for area, level in levels.items()])


def reload(cx: Context, command: Reload) -> Reloaded:
    """→ ``applied``, ``needs_restart``; Rejected when the old one stays."""
    return Reloaded(**cx.services.control.reload(), nodes=together.others(cx, command))


def drain(cx: Context, command: Drain) -> Draining:
    """The daemon stops as soon as everybody is served; of several nodes the one that is named,
    or all."""
    services, node = cx.services, command.node
    if node not in (None, services.nodes.name):
        (answer,) = together.ask(cx, command, node) or (views.NodeAnswer(node=node or ""),)
        if answer.result is None:
            raise NotFound(f"{node}: {answer.error or 'no such node'}: 'status' lists them")
        return Draining(draining=True)
    others = UNSET if node else together.others(cx, command)
    services.control.drain()
    return Draining(draining=True, nodes=others)


def backup(cx: Context, command: Backup) -> BackedUp:
    """→ ``directory``, ``files``, ``bytes`` of the copy."""
    if not PurePath(command.directory).is_absolute():
        raise Invalid("a backup's directory is an absolute path", field="directory")
    try:
        with cx.services.audit.still(), cx.services.bytes.hold():
            return BackedUp(**cx.services.maintenance.backup(command.directory))
    except OSError as error:
        raise Unavailable(f"{command.directory}: {error.strerror or error}") from None


def read_audit(cx: Context, command: ReadAudit) -> AuditEntries:
    """→ ``entries``, the newest last; ``total``: how many there are at hand."""
    audit = cx.services.audit
    return AuditEntries(entries=audit.list_newest(command.limit), total=len(audit))


HANDLERS: Handlers = {
    Backup: backup,
    ReadAudit: read_audit,
    ListConnections: connections,
    GetConnectionStats: connection_stats,
    KickConnection: kick,
    AddBan: ban,
    RemoveBan: unban,
    ListBans: bans,
    GetStats: stats,
    SetLogLevel: log_level,
    GetLogLevels: log_levels,
    GetStatus: status,
    Examine: examine,
    Reload: reload,
    Drain: drain,
}
