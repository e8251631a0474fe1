"""The commands with which the daemon itself is operated: connections, bans, figures, reload."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from chatd.log.areas import EveryArea, LogLevel
from chatd.protocol import results, views
from chatd.protocol.commands import Command, DialogCommand, Paged

HUNDRED_YEARS = 3_153_600_000
MOST_ENTRIES = 10_000
Short = Annotated[str, Meta(min_length=1, max_length=256)]


class ClosedConnection(results.Result, frozen=True, kw_only=True):
    """The id of the connection that is closed."""

    connection: str


class OneBan(results.Result, frozen=True, kw_only=True):
    """A ban that no longer holds."""

    ban: views.Ban


class AddedBan(results.Result, frozen=True, kw_only=True):
    """A ban, and how many connections it ended: those of whoever it concerns."""

    ban: views.Ban
    ended: int


class DaemonStatus(results.Result, frozen=True, kw_only=True):
    """Which daemon this is, and where everything is. ``state``: ``serving``, or why it cannot;
    ``configuration``: the file, null for the defaults; ``nodes``: what the others answer."""

    version: str
    state: str
    uptime_s: float
    started_at: str
    pid: int
    user: str
    node: str
    configuration: str | None
    listening: list[str]
    admin_socket: str
    data: str
    nodes: list[views.NodeAnswer] | UnsetType = UNSET


class Findings(results.Result, frozen=True, kw_only=True):
    """What is in order and what is not."""

    checks: list[views.Finding]


class Figures(results.Result, frozen=True, kw_only=True):
    """The daemon's figures; an operator gets the first four, of the sites that they serve."""

    tickets_open: int
    queue_waiting: int
    queue_oldest_wait_s: float
    operators_online: int
    connections: int | UnsetType = UNSET
    connections_opened: int | UnsetType = UNSET
    rooms: int | UnsetType = UNSET
    outbox_queued_bytes: int | UnsetType = UNSET
    outbox_dropped: int | UnsetType = UNSET
    tasks: int | UnsetType = UNSET
    memory_bytes: int | UnsetType = UNSET
    mails_waiting: int | UnsetType = UNSET
    mails_delivered: int | UnsetType = UNSET
    mails_failed: int | UnsetType = UNSET
    pushes_waiting: int | UnsetType = UNSET
    pushes_delivered: int | UnsetType = UNSET
    pushes_failed: int | UnsetType = UNSET
    errands_waiting: int | UnsetType = UNSET
    errands_delivered: int | UnsetType = UNSET
    errands_failed: int | UnsetType = UNSET
    errands_refused: int | UnsetType = UNSET
    nodes_others: int | UnsetType = UNSET
    nodes_sent: int | UnsetType = UNSET
    nodes_heard: int | UnsetType = UNSET
    audit_waiting: int | UnsetType = UNSET
    audit_fault: str | UnsetType | None = UNSET
    store_writable: bool | UnsetType = UNSET
    store_fault: str | UnsetType | None = UNSET
    store_files_writable: bool | UnsetType = UNSET
    store_checkpoint_fault: str | UnsetType | None = UNSET
    store_damaged: str | UnsetType | None = UNSET
    store_damaged_files: int | UnsetType = UNSET
    store_journal_bytes: int | UnsetType = UNSET
    store_commits: int | UnsetType = UNSET
    store_commit_latency_s: float | UnsetType = UNSET
    store_cached_bytes: int | UnsetType = UNSET
    store_connections: int | UnsetType = UNSET
    store_open_tickets: int | UnsetType = UNSET
    loop_stalls: int | UnsetType = UNSET
    log_lines_lost: int | UnsetType = UNSET
    nodes: list[views.NodeAnswer] | UnsetType = UNSET


class AreaLevel(results.Result, frozen=True, kw_only=True):
    """How much an area of the log says."""

    area: EveryArea
    level: LogLevel
    nodes: list[views.NodeAnswer] | UnsetType = UNSET


class LogLevels(results.Result, frozen=True, kw_only=True):
    """How much each area of the log says."""

    areas: list[AreaLevel]


class Reloaded(results.Result, frozen=True, kw_only=True):
    """Which keys of the configuration hold from now on, and which do after a restart.
    ``not_in_force``: what was set of sites and departments while it runs, and contradicts the file:
    why, each in a sentence."""

    applied: list[str]
    needs_restart: list[str]
    not_in_force: list[str] = []
    nodes: list[views.NodeAnswer] | UnsetType = UNSET


class Draining(results.Result, frozen=True, kw_only=True):
    """The daemon stops as soon as everybody is served."""

    draining: Literal[True]
    nodes: list[views.NodeAnswer] | UnsetType = UNSET


class BackedUp(results.Result, frozen=True, kw_only=True):
    """Where the copy is, of how many files and bytes; how many files were read again in it, and
    the names of those that are damaged."""

    directory: str
    files: int
    bytes: int
    checked: int
    damaged: list[str]


class AuditEntries(results.Result, frozen=True, kw_only=True):
    """The newest entries, the newest last, as they stand in the log; ``total``: how many there are
    at hand."""

    entries: list[dict[str, Any]]
    total: int


class EnterRoom(DialogCommand, frozen=True, kw_only=True):
    """Gives the password of a room that has one; it is asked for again when there is another. Until
    then whatever one asks of the room is ``forbidden`` with ``password`` true, and so is a wrong
    one; who tried too often is ``rate_limited``, with ``retry_after``."""

    event: ClassVar[str] = "room:enter"
    result: ClassVar[results.Kind] = results.Done
    password: Annotated[str, Meta(max_length=1024)]


class ListRooms(Paged, frozen=True, kw_only=True):
    """The rooms that this principal may enter, with how many people are in them. ``watch``,
    over a live connection: from then on ``voice:update`` of those whose voice channel is shown."""

    event: ClassVar[str] = "room:list"
    result: ClassVar[results.Kind] = results.RoomList
    watch: bool = False


class ListConnections(Paged, frozen=True, kw_only=True):
    """Who is connected, since when, from where, over which transport, with what traffic."""

    event: ClassVar[str] = "connection:list"
    result: ClassVar[results.Kind] = results.ConnectionList


class KickConnection(Command, frozen=True, kw_only=True):
    """Closes one connection, for a ``reason`` that its peer is told."""

    event: ClassVar[str] = "connection:kick"
    result: ClassVar[results.Kind] = ClosedConnection
    connection: Short
    reason: Annotated[str, Meta(max_length=100)] = ""


class AddBan(Command, frozen=True, kw_only=True):
    """Keeps out an address, a network or a participant, for ``seconds`` or for good. ``network``:
    and the network they come from, of IPv6 the /64. ``sure``: however wide that is."""

    event: ClassVar[str] = "ban:add"
    result: ClassVar[results.Kind] = AddedBan
    target: Short
    reason: Annotated[str, Meta(max_length=200)] = ""
    seconds: Annotated[int, Meta(ge=1, le=HUNDRED_YEARS)] | None = None
    network: bool = False
    sure: bool = False


class RemoveBan(Command, frozen=True, kw_only=True):
    """Lets in again whom a ban kept out."""

    event: ClassVar[str] = "ban:remove"
    result: ClassVar[results.Kind] = OneBan
    target: Short


class ListBans(Paged, frozen=True, kw_only=True):
    """All bans that hold."""

    event: ClassVar[str] = "ban:list"
    result: ClassVar[results.Kind] = results.BanList


class GetStatus(Command, frozen=True, kw_only=True):
    """Which daemon this is: version, process, configuration, sockets, data."""

    event: ClassVar[str] = "daemon:status"
    result: ClassVar[results.Kind] = DaemonStatus


class Examine(Command, frozen=True, kw_only=True):
    """What the daemon finds wrong with itself and its surroundings; whether a page of ``origin``
    may connect."""

    event: ClassVar[str] = "daemon:examine"
    result: ClassVar[results.Kind] = Findings
    origin: Annotated[str, Meta(max_length=256)] | None = None


class GetStats(Command, frozen=True, kw_only=True):
    """The daemon's figures: traffic, queue, store, event loop."""

    event: ClassVar[str] = "stats:get"
    result: ClassVar[results.Kind] = Figures


class GetConnectionStats(Paged, frozen=True, kw_only=True):
    """Connections by transport, site and state, their traffic and queues."""

    event: ClassVar[str] = "connection:stats"
    result: ClassVar[results.Kind] = results.ConnectionStats


class GetLogLevels(Command, frozen=True, kw_only=True):
    """How much each area of the log says, or one."""

    event: ClassVar[str] = "log:levels"
    result: ClassVar[results.Kind] = LogLevels
    area: EveryArea | None = None


class SetLogLevel(Command, frozen=True, kw_only=True):
    """How much one area of the log says, from now on."""

    event: ClassVar[str] = "log:level"
    result: ClassVar[results.Kind] = AreaLevel
    area: EveryArea
    level: LogLevel


class Reload(Command, frozen=True, kw_only=True):
    """Reads the configuration again; reports what was applied and what waits; refused, it
    changes nothing."""

    event: ClassVar[str] = "config:reload"
    result: ClassVar[results.Kind] = Reloaded


class Drain(Command, frozen=True, kw_only=True):
    """Stops the daemon gently: no new connections, everything flushed, 1001 to the connected. Of
    several nodes all of them, or the one that is named."""

    event: ClassVar[str] = "daemon:drain"
    result: ClassVar[results.Kind] = Draining
    node: Annotated[str, Meta(max_length=256)] | None = None


class Backup(Command, frozen=True, kw_only=True):
    """A consistent copy of the data directory, taken while the daemon goes on."""

    event: ClassVar[str] = "store:backup"
    result: ClassVar[results.Kind] = BackedUp
    directory: Annotated[str, Meta(min_length=1, max_length=4096)]


class ReadAudit(Command, frozen=True, kw_only=True):
    """Who did what, over which transport, the newest last."""

    event: ClassVar[str] = "audit:read"
    result: ClassVar[results.Kind] = AuditEntries
    limit: Annotated[int, Meta(ge=1, le=MOST_ENTRIES)] = 100


COMMANDS: tuple[type[Command], ...] = (
    EnterRoom,
    ListRooms,
    ListConnections,
    KickConnection,
    AddBan,
    RemoveBan,
    ListBans,
    GetStats,
    GetConnectionStats,
    Examine,
    GetLogLevels,
    GetStatus,
    SetLogLevel,
    Reload,
    Drain,
    Backup,
    ReadAudit,
)
