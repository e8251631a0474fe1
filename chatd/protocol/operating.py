"""The commands with which the daemon itself is operated: connections, bans, figures, reload."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from chatd.log.areas import EveryArea, LogLevel
from chatd.protocol import results
from chatd.protocol.commands import Command, Paged

HUNDRED_YEARS = 3_153_600_000
MOST_ENTRIES = 10_000
Short = Annotated[str, Meta(min_length=1, max_length=256)]


class ListRooms(Paged, frozen=True, kw_only=True):
    """The rooms that this principal may enter, with how many people are in them."""

    event: ClassVar[str] = "room:list"
    result: ClassVar[results.Kind] = results.RoomList


class ListConnections(Paged, frozen=True, kw_only=True):
    """Who is connected, since when, from where, over which transport, with what traffic."""

    event: ClassVar[str] = "connection:list"
    result: ClassVar[results.Kind] = results.ConnectionList


class KickConnection(Command, frozen=True, kw_only=True):
    """Closes one connection."""

    event: ClassVar[str] = "connection:kick"
    connection: Short
    reason: Annotated[str, Meta(max_length=100)] = ""


class AddBan(Command, frozen=True, kw_only=True):
    """Keeps out an address, a network or a participant, for ``seconds`` or for good. ``network``:
    and the network they come from, of IPv6 the /64. ``sure``: however wide that is."""

    event: ClassVar[str] = "ban:add"
    target: Short
    reason: Annotated[str, Meta(max_length=200)] = ""
    seconds: Annotated[int, Meta(ge=1, le=HUNDRED_YEARS)] | None = None
    network: bool = False
    sure: bool = False


class RemoveBan(Command, frozen=True, kw_only=True):
    """Lets in again."""

    event: ClassVar[str] = "ban:remove"
    target: Short


class ListBans(Paged, frozen=True, kw_only=True):
    """All bans that hold."""

    event: ClassVar[str] = "ban:list"
    result: ClassVar[results.Kind] = results.BanList


class GetStatus(Command, frozen=True, kw_only=True):
    """Which daemon this is: version, process, configuration, sockets, data."""

    event: ClassVar[str] = "daemon:status"


class Examine(Command, frozen=True, kw_only=True):
    """What the daemon finds wrong with itself and its surroundings; whether a page of ``origin``
    may connect."""

    event: ClassVar[str] = "daemon:examine"
    origin: Annotated[str, Meta(max_length=256)] | None = None


class GetStats(Command, frozen=True, kw_only=True):
    """The daemon's figures: traffic, queue, store, event loop."""

    event: ClassVar[str] = "stats:get"


class GetConnectionStats(Paged, frozen=True, kw_only=True):
    """Connections by transport, site and state, their traffic and queues."""

    event: ClassVar[str] = "connection:stats"
    result: ClassVar[results.Kind] = results.ConnectionStats


class GetLogLevels(Command, frozen=True, kw_only=True):
    """How much each area of the log says, or one."""

    event: ClassVar[str] = "log:levels"
    area: EveryArea | None = None


class SetLogLevel(Command, frozen=True, kw_only=True):
    """How much one area of the log says, from now on."""

    event: ClassVar[str] = "log:level"
    area: EveryArea
    level: LogLevel


class Reload(Command, frozen=True, kw_only=True):
    """Reads the configuration again; reports what was applied and what waits; refused, it
    changes nothing."""

    event: ClassVar[str] = "config:reload"


class Drain(Command, frozen=True, kw_only=True):
    """Stops the daemon gently: no new connections, everything flushed, 1001 to the connected."""

    event: ClassVar[str] = "daemon:drain"


class Backup(Command, frozen=True, kw_only=True):
    """A consistent copy of the data directory, taken while the daemon goes on."""

    event: ClassVar[str] = "store:backup"
    directory: Annotated[str, Meta(min_length=1, max_length=4096)]


class ReadAudit(Command, frozen=True, kw_only=True):
    """Who did what, over which transport, the newest last."""

    event: ClassVar[str] = "audit:read"
    limit: Annotated[int, Meta(ge=1, le=MOST_ENTRIES)] = 100


COMMANDS: tuple[type[Command], ...] = (
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
