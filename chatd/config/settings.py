"""Every key of the configuration, its type and its default."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, get_args

from msgspec import Meta, field
from msgspec.structs import asdict

from chatd.config import logos
from chatd.config.bot import BotSettings, bot_of
from chatd.config.calls import CallSettings, TurnSettings
from chatd.config.departments import DepartmentSettings
from chatd.config.hours import hours_of
from chatd.config.identity import read_all
from chatd.config.limits import LimitSettings
from chatd.config.logos import Logo
from chatd.config.roles import OperatorSettings, RoleSettings
from chatd.config.rooms import room_of
from chatd.config.shapes import (
    Days,
    NameKey,
    NodeName,
    OwnDays,
    Positive,
    RedisAddress,
    Seconds,
    Section,
)
from chatd.config.sites import SiteSettings
from chatd.config.sla import SlaSettings
from chatd.domain.errand import WebhookEvent
from chatd.domain.hours import Hours
from chatd.domain.roles import permissions
from chatd.domain.room import LiveTyping, Room
from chatd.log.areas import LogArea, LogLevel

Pushed = Literal["waiting", "message", "answer"]


class ServerSettings(Section, frozen=True, kw_only=True):
    """Where the daemon listens, and what it believes of proxies."""

    listen: str = "127.0.0.1:8080"
    trusted_proxies: tuple[str, ...] = ()
    max_connections: Positive = 20_000
    max_connections_per_address: Positive = 1_000
    max_body_bytes: Positive = 262_144
    unsent_bytes: Annotated[int, Meta(ge=1_048_576)] = 134_217_728
    hosts: tuple[str, ...] = ()
    node: NodeName = ""
    metrics_listen: str = ""
    drain_seconds: Seconds = 4.0


class WebSocketSettings(Section, frozen=True, kw_only=True):
    """Caps and deadlines of a WebSocket connection."""

    max_message_bytes: Positive = 262_144
    outbox_bytes: Positive = 4_194_304
    header_seconds: Seconds = 10.0
    hello_seconds: Seconds = 30.0
    ping_seconds: Seconds = 25.0
    idle_seconds: Seconds = 75.0
    close_seconds: Seconds = 5.0


class AdminSettings(Section, frozen=True, kw_only=True):
    """The Unix socket: where, and who may act or only read; root and the daemon's user may act."""

    socket: str = ""
    mode: Annotated[str, Meta(pattern=r"^0?[0-7]{3}\Z")] = "660"
    group: str = ""
    act_users: tuple[str, ...] = ()
    act_groups: tuple[str, ...] = ()
    read_users: tuple[str, ...] = ()
    read_groups: tuple[str, ...] = ()
    timeout_seconds: Seconds = 30.0


class LogSettings(Section, frozen=True, kw_only=True):
    """How much is logged, by area, and in which form."""

    level: LogLevel = "info"
    format: Literal["text", "json"] = "text"
    access: bool = False
    areas: dict[LogArea, LogLevel] = {}


class AuditSettings(Section, frozen=True, kw_only=True):
    """How much of who did what is kept: so many full files of so many bytes, and the one that is
    written to."""

    max_bytes: Annotated[int, Meta(ge=65_536)] = 16_777_216
    keep_files: Positive = 16


class StoreSettings(Section, frozen=True, kw_only=True):
    """Where what people write is kept: in files, or in PostgreSQL at ``dsn``, over so many
    ``connections`` at most and one more; ``shared`` by several daemons, which tell each other what
    happens over ``redis``, where there is one. The others are about the files."""

    backend: Literal["tinydb", "postgres"] = "tinydb"
    dsn: str = ""
    connections: Annotated[int, Meta(ge=1, le=500)] = 8
    shared: bool = False
    redis: RedisAddress = ""
    sync: bool = True
    checkpoint_seconds: Seconds = 300.0
    checkpoint_bytes: Positive = 67_108_864
    stop_seconds: Seconds = 4.0
    segment_messages: Annotated[int, Meta(ge=10, le=10_000)] = 200
    cache_bytes: Positive = 16_777_216


class FileSettings(Section, frozen=True, kw_only=True):
    """What may be sent as a file, how much, and what is done with it; where several keep it."""

    enabled: bool = True
    directory: str = ""
    max_bytes: Positive = 104_857_600
    per_message: Annotated[int, Meta(ge=1, le=20)] = 10
    site_bytes: Positive = 10_737_418_240
    keep_free_bytes: Annotated[int, Meta(ge=0)] = 268_435_456
    types: tuple[str, ...] = (
        *("image/jpeg", "image/png", "image/gif", "image/webp"),
        *("audio/*", "video/*", "text/plain", "application/pdf", "application/zip"),
        *("application/vnd.openxmlformats-officedocument.*", "application/vnd.oasis.*"),
        *("application/msword", "application/vnd.ms-excel", "application/rtf"),
    )
    image_bytes: Annotated[int, Meta(ge=1, le=67_108_864)] = 33_554_432
    image_megapixels: Annotated[int, Meta(ge=1, le=60)] = 40
    upload_hours: Positive = 24
    link_seconds: Annotated[int, Meta(ge=10, le=86_400)] = 600
    scanner: str = ""
    scan_seconds: Seconds = 60.0
    ffmpeg: str = "ffmpeg"


class TicketSettings(Section, frozen=True, kw_only=True):
    """How the queue hands tickets to operators, and who sees whose unsent text."""

    assignment: Literal["manual", "auto"] = "manual"
    capacity: Positive = 5
    open_per_visitor: Positive = 20
    answer_seconds: Seconds = 30.0
    grace_seconds: Seconds = 60.0
    customer_drafts: LiveTyping = "full"
    operator_drafts: LiveTyping = "indicator"
    max_message_chars: Positive = 8_000


class TokenSettings(Section, frozen=True, kw_only=True):
    """How long who is somebody stays somebody."""

    visitor_days: Positive = 365
    person_days: Positive = 30
    operator_hours: Positive = 168


class PeopleSettings(Section, frozen=True, kw_only=True):
    """How many people may have an account, how many invitations may be open; and the dialogs that
    people have among themselves: how many each, with how many in a group."""

    accounts: Annotated[int, Meta(ge=1, le=100_000)] = 10_000
    invitations: Annotated[int, Meta(ge=1, le=100_000)] = 1_000
    dialogs: Annotated[int, Meta(ge=1, le=10_000)] = 1_000
    group_size: Annotated[int, Meta(ge=2, le=1_000)] = 250
    live_typing: LiveTyping = "full"
    max_message_chars: Positive = 8_000


class KeepSettings(Section, frozen=True, kw_only=True):
    """What goes by itself, and after how long. ``closed_tickets_days``, ``room_messages_days``,
    ``dialog_messages_days`` of 0: never. ``pages_days``: what visitors' pages told of them."""

    silent_visitors_days: Positive = 2
    abandoned_tickets_days: Positive = 7
    closed_tickets_days: Days = 0
    room_messages_days: Days = 0
    dialog_messages_days: Days = 0
    errands_days: Positive = 7
    pages_days: Positive = 30


class RoomSettings(Section, frozen=True, kw_only=True):
    """A room, under its name. ``password_env``: the variable of the environment that has its
    password. ``voice``: it has a voice channel, for 8 at a time. ``keep_messages_days``: instead of
    ``room_messages_days`` of all; -1: for ever."""

    title: str = ""
    topic: str = ""
    live_typing: LiveTyping = "full"
    sites: tuple[str, ...] = ()
    read_only: bool = False
    operators_only: bool = False
    members_only: bool = False
    password_env: str = ""
    capacity: Positive = 10_000
    crowd: Annotated[int, Meta(ge=1, le=500)] = 300
    max_message_chars: Positive = 8_000
    voice: bool = False
    keep_messages_days: OwnDays = 0


class ErrandSettings(Section, frozen=True, kw_only=True):
    """How what leaves the house is carried out, and where it may go."""

    timeout_seconds: Seconds = 15.0
    retry_seconds: tuple[Seconds, ...] = (
        *(5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0),
    )
    plain_http: bool = False
    private_networks: tuple[str, ...] = ()


class WebhookSettings(Section, frozen=True, kw_only=True):
    """Whom to tell of what happens, under a name. ``secret_env``: the variable of the environment
    that has the secret. ``events``, ``sites``: of which; all, when none is named."""

    url: str
    secret_env: str
    events: tuple[WebhookEvent, ...] = ()
    sites: tuple[str, ...] = ()
    most_waiting: Positive = 100_000


class MailSettings(Section, frozen=True, kw_only=True):
    """Whom mail is given to; without a ``host`` none is sent. ``password_env``: the variable of the
    environment that has the password. ``teams``: by site, who reads what customers write while
    nobody is there."""

    host: str = ""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_env: str = ""
    from_address: str = field(default="", name="from")
    teams: dict[NameKey, str] = {}
    unread_seconds: Seconds = 300.0
    team_seconds: Seconds = 60.0
    timeout_seconds: Seconds = 60.0
    most_waiting: Positive = 10_000


class PushSettings(Section, frozen=True, kw_only=True):
    """What browsers are told although nobody looks; nothing without a ``contact``, whom a push
    service asks about it. ``text``: also who said what. ``sound``: of what a device makes a sound;
    the rest is shown silently."""

    contact: str = ""
    text: bool = False
    sound: tuple[Pushed, ...] = get_args(Pushed)
    after_seconds: Seconds = 10.0
    most_waiting: Positive = 10_000


class WebSettings(Section, frozen=True, kw_only=True):
    """The pages that the daemon serves. ``people``: at ``/``, once anybody has an account or may
    make one; the ``landing`` page is there before that, and always at ``/start``."""

    landing: bool = True
    people: bool = True
    rooms: bool = True
    console: bool = True


class Config(Section, frozen=True, kw_only=True, dict=True):
    """The whole configuration, with defaults that serve without any file."""

    data_dir: str = ""
    server: ServerSettings = ServerSettings()
    websocket: WebSocketSettings = WebSocketSettings()
    admin: AdminSettings = AdminSettings()
    log: LogSettings = LogSettings()
    store: StoreSettings = StoreSettings()
    audit: AuditSettings = AuditSettings()
    limits: LimitSettings = LimitSettings()
    files: FileSettings = FileSettings()
    tickets: TicketSettings = TicketSettings()
    sla: SlaSettings = SlaSettings()
    bot: BotSettings = BotSettings()
    tokens: TokenSettings = TokenSettings()
    operators: OperatorSettings = OperatorSettings()
    people: PeopleSettings = PeopleSettings()
    keep: KeepSettings = KeepSettings()
    web: WebSettings = WebSettings()
    errands: ErrandSettings = ErrandSettings()
    mail: MailSettings = MailSettings()
    push: PushSettings = PushSettings()
    calls: CallSettings = CallSettings()
    turn: TurnSettings = TurnSettings()
    sites: dict[NameKey, SiteSettings] = field(default_factory=lambda: {"default": SiteSettings()})
    departments: dict[NameKey, DepartmentSettings] = {}
    roles: dict[NameKey, RoleSettings] = {}
    webhooks: dict[NameKey, WebhookSettings] = {}
    rooms: dict[NameKey, RoomSettings] = field(
        default_factory=lambda: {"lobby": RoomSettings(title="Lobby")}
    )

    @property
    def default_site(self) -> str:
        """The site of who names none: the first in the file."""
        return next(iter(self.sites))

    @cached_property
    def logos(self) -> dict[str, Logo]:
        """The pictures that the daemon serves as logos, by site; one that is gone is left out."""
        found = dict[str, Logo]()
        for name, site in self.sites.items():
            if site.logo and not site.logo.startswith(logos.ELSEWHERE):
                with suppress(logos.NoLogo):
                    found[name] = logos.read(Path(site.logo))
        return found

    @cached_property
    def permissions(self) -> dict[str, frozenset[str]]:
        """What each role may."""
        return {name: permissions(one.may, one.may_not) for name, one in self.roles.items()}

    @cached_property
    def identity_keys(self) -> dict[str, list[str] | str]:
        """With what sites sign who their customers are, read once; else what is wrong with it."""
        return read_all({name: site.identity for name, site in self.sites.items()})

    @cached_property
    def hours(self) -> dict[str, Hours]:
        """Of the sites that are not always open."""
        return {
            name: hours_of(site.hours) for name, site in self.sites.items() if site.hours.timezone
        }

    @cached_property
    def bots(self) -> dict[str, BotSettings]:
        """Who answers before a person does, by site."""
        return {name: bot_of(self.bot, site.bot) for name, site in self.sites.items()}

    def bot_of(self, site: str) -> BotSettings:
        """Of one, which may be gone by now."""
        return self.bots.get(site, self.bot)

    @cached_property
    def calling_sites(self) -> frozenset[str]:
        """Those whose people may call: asked for with every view."""
        allowed = (name for name, site in self.sites.items() if site.calls)
        return frozenset(allowed if self.calls.enabled else ())

    @cached_property
    def assisted_sites(self) -> frozenset[str]:
        """Those with a model that writes for operators: asked for with every view, too."""
        return frozenset(name for name in self.sites if self.bot_of(name).engine != "none")

    @cached_property
    def longest_text(self) -> int:
        """How many characters the longest message may have, wherever it is said."""
        rooms = [room.max_message_chars for room in self.rooms.values()]
        return max([self.tickets.max_message_chars, self.people.max_message_chars, *rooms])

    def room_table(self) -> dict[str, Room]:
        """The rooms as the domain knows them."""
        return {name: room_of(name, asdict(settings)) for name, settings in self.rooms.items()}

    def data_path(self) -> Path:
        """The data directory; without one in the file, a place in the user's home."""
        return Path(self.data_dir).expanduser() if self.data_dir else user_data_dir()

    def socket_path(self) -> Path:
        """The admin socket; without one in the file, inside the data directory."""
        given = self.admin.socket
        return Path(given).expanduser() if given else self.data_path() / "admin" / "admin.sock"


def user_data_dir() -> Path:
    """``$STATE_DIRECTORY`` (systemd's), else ``$XDG_DATA_HOME/chatd``."""
    state = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if state:
        return Path(state)
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "chatd"
