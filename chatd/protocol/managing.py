"""The commands about what administrators set of sites and departments while the daemon runs."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chatd.domain.piece import LONGEST
from chatd.protocol import results
from chatd.protocol.canned import Version
from chatd.protocol.commands import Command, Paged
from chatd.protocol.results import Page, Result
from chatd.protocol.support import DepartmentName, SiteName

PieceText = Annotated[str, Meta(max_length=LONGEST)]
Keys = Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=32)]


class Managed(Struct, frozen=True, kw_only=True):
    """A site or department, and whose its values are. ``in_file``: whether the file has it;
    ``changed``: the keys that are set while the daemon runs; ``version``, ``by``, ``updated_at``:
    of the last of these changes; ``problem``: why they are not in force."""

    name: str
    in_file: bool
    changed: list[str]
    version: int | UnsetType = UNSET
    by: str | UnsetType = UNSET
    updated_at: str | UnsetType = UNSET
    problem: str | UnsetType = UNSET


class Setting(Struct, frozen=True, kw_only=True):
    """A key with its value, that as TOML too, and where it is from: the ``file`` and its defaults,
    or set ``here``."""

    key: str
    value: Any
    toml: str
    source: Literal["file", "here"]


class ManagedSites(Page, frozen=True, kw_only=True):
    """The sites, and what is set of each."""

    sites: list[Managed]


class ManagedDepartments(Page, frozen=True, kw_only=True):
    """The departments, in the file and made here."""

    departments: list[Managed]


class SettingsShown(Result, frozen=True, kw_only=True):
    """All that can be set of a site or department, as it is. ``texts``: what a site says where it
    has no text of its own, by key."""

    managed: Managed
    settings: list[Setting]
    texts: dict[str, str] | UnsetType = UNSET


class DepartmentRemoved(Result, frozen=True, kw_only=True):
    """Which department is gone, and how many open tickets were moved."""

    department: str
    moved: int


class ListSites(Paged, frozen=True, kw_only=True):
    """The sites, with what is set of them while the daemon runs."""

    event: ClassVar[str] = "site:list"
    result: ClassVar[results.Kind] = ManagedSites


class ShowSite(Command, frozen=True, kw_only=True):
    """All that can be set of a site while the daemon runs, as it is."""

    event: ClassVar[str] = "site:settings"
    result: ClassVar[results.Kind] = SettingsShown
    site: SiteName


class Writes(Command, frozen=True, kw_only=True):
    """What writes a piece."""

    has_text: ClassVar[bool] = True
    piece: PieceText
    version: Version | None = None


class PutSite(Writes, frozen=True, kw_only=True):
    """Sets keys of a site in place of the file's. ``piece``: TOML, as below ``[sites.NAME]``; keys
    that it does not name stay. ``version``: of what was read before, 0 where nothing was set;
    whatever there is is replaced where it is not named."""

    event: ClassVar[str] = "site:put"
    result: ClassVar[results.Kind] = SettingsShown
    site: SiteName


class ResetSite(Command, frozen=True, kw_only=True):
    """Takes a site back to what the file says: these ``keys``, or all."""

    event: ClassVar[str] = "site:reset"
    result: ClassVar[results.Kind] = SettingsShown
    site: SiteName
    keys: Keys = []
    version: Version | None = None


class ListDepartments(Paged, frozen=True, kw_only=True):
    """The departments, with what is set of them while the daemon runs."""

    event: ClassVar[str] = "department:list"
    result: ClassVar[results.Kind] = ManagedDepartments


class ShowDepartment(Command, frozen=True, kw_only=True):
    """All that can be set of a department while the daemon runs, as it is."""

    event: ClassVar[str] = "department:settings"
    result: ClassVar[results.Kind] = SettingsShown
    department: DepartmentName


class PutDepartment(Writes, frozen=True, kw_only=True):
    """Sets keys of a department, or makes one. ``piece``: TOML, as below ``[departments.NAME]``;
    keys that it does not name stay. ``version``: of what was read before, 0 where nothing was set;
    whatever there is is replaced where it is not named."""

    event: ClassVar[str] = "department:put"
    result: ClassVar[results.Kind] = SettingsShown
    department: DepartmentName


class ResetDepartment(Command, frozen=True, kw_only=True):
    """Takes a department back to what the file says: these ``keys``, or all."""

    event: ClassVar[str] = "department:reset"
    result: ClassVar[results.Kind] = SettingsShown
    department: DepartmentName
    keys: Keys = []
    version: Version | None = None


class RemoveDepartment(Command, frozen=True, kw_only=True):
    """Removes a department that was made here. ``to``: the department that its open tickets go to,
    empty for none."""

    event: ClassVar[str] = "department:remove"
    result: ClassVar[results.Kind] = DepartmentRemoved
    department: DepartmentName
    to: DepartmentName | None = None
    version: Version | None = None


class RoleShown(Struct, frozen=True, kw_only=True):
    """A role of operators, ``built_in`` or of the file, and what it ``may``: of a family that is
    whole its name alone, ``ticket:*``."""

    name: str
    built_in: bool
    may: list[str]


class RoleList(Page, frozen=True, kw_only=True):
    """The roles, and all ``permissions`` that there are."""

    roles: list[RoleShown]
    permissions: list[str]


class ListRoles(Paged, frozen=True, kw_only=True):
    """The roles that operators may have, with what each of them may."""

    event: ClassVar[str] = "role:list"
    result: ClassVar[results.Kind] = RoleList


COMMANDS: tuple[type[Command], ...] = (
    ListRoles,
    *(ListSites, ShowSite, PutSite, ResetSite),
    *(ListDepartments, ShowDepartment, PutDepartment, ResetDepartment, RemoveDepartment),
)
