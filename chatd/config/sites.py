"""What a site has of its own."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chatd.config.automatic import AutomaticSettings
from chatd.config.bot import SiteBotSettings
from chatd.config.departments import Language
from chatd.config.form import FieldSettings
from chatd.config.hours import HoursSettings
from chatd.config.identity import IdentitySettings
from chatd.config.invitations import InvitationSettings
from chatd.config.shapes import OwnDays, Section
from chatd.config.sla import TargetSettings
from chatd.domain.person import Registration


class SiteSettings(Section, frozen=True, kw_only=True):
    """A web site that customers come from. ``origins``: which pages may connect.

    ``registration``: who may make an account of their own there.
    ``self`` stands for the daemon's own address, ``*`` for any page. ``logo``: an address, or a
    file; relative to the configuration until that is loaded. ``calls``: whether its people may
    call; ``relay_only``: they never learn each other's addresses; ``recording``: whether calls
    with its customers may be recorded, if both agree. ``when_nobody``: what becomes of who begins
    while no operator can take it: they queue, or leave how they are reached. ``rating``: whether
    customers are asked how it was, when a ticket is closed. ``auto_close``: after so many minutes
    in which its customer does not answer, if any; ``warn_minutes`` before, they are told.
    ``department``: that its new tickets are given. ``keep_tickets_days``: instead of
    ``closed_tickets_days`` of all; -1: for ever. ``pages``: whether operators are shown on which
    pages a customer was, and not only where they are; ``visitors``: who else has a page open;
    ``invitations``: what its pages say by themselves.
    """

    title: str = ""
    origins: tuple[str, ...] = ("self",)
    language: Language = "ru"
    texts: dict[str, str] = {}
    registration: Registration = "closed"
    accent: Annotated[str, Meta(pattern=r"^(#[0-9a-fA-F]{6})?\Z")] = ""
    logo: str = ""
    questions: tuple[str, ...] = ()
    calls: bool = True
    relay_only: bool = False
    recording: bool = False
    rating: bool = True
    keep_tickets_days: OwnDays = 0
    department: str = ""
    auto_close: Annotated[int, Meta(ge=0, le=10_080)] = 0
    warn_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 5
    canned: dict[str, str] = {}
    when_nobody: Literal["queue", "form"] = "queue"
    hours: HoursSettings = HoursSettings()
    automatic: AutomaticSettings = AutomaticSettings()
    form: tuple[FieldSettings, ...] = ()
    sla: TargetSettings = TargetSettings()
    bot: SiteBotSettings = SiteBotSettings()
    pages: bool = False
    visitors: bool = False
    identity: IdentitySettings = IdentitySettings()
    invitations: tuple[InvitationSettings, ...] = ()
