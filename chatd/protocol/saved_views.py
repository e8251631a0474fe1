"""The commands about views of the list of tickets that an operator has saved."""

from __future__ import annotations

from typing import ClassVar

from chatd.domain.saved_view import SavedView
from chatd.domain.ticket import Priority, Status
from chatd.protocol import results
from chatd.protocol.accounts import Username
from chatd.protocol.commands import Command
from chatd.protocol.narrowing import OperatorFilter, ViewName, WaitFilter
from chatd.protocol.results import Result
from chatd.protocol.support import DepartmentName, SiteName, Tag


class SavedViews(Result, frozen=True, kw_only=True):
    """All views that an operator has saved, in the order of their names."""

    views: list[SavedView]


class ListViews(Command, frozen=True, kw_only=True):
    """The views that one has saved. ``viewer``: whose, where an operator does not ask."""

    event: ClassVar[str] = "view:list"
    result: ClassVar[results.Kind] = SavedViews
    viewer: Username | None = None


class SaveView(Command, frozen=True, kw_only=True):
    """Saves under a name what a list of tickets is narrowed to; what had that name is replaced, and
    the view that was called ``was`` so far goes. The other fields are those of ``ticket:list``."""

    event: ClassVar[str] = "view:save"
    result: ClassVar[results.Kind] = SavedViews
    name: ViewName
    was: ViewName | None = None
    status: Status | None = None
    site: SiteName | None = None
    tag: Tag | None = None
    priority: Priority | None = None
    department: DepartmentName | None = None
    operator: OperatorFilter | None = None
    waits_s: WaitFilter | None = None
    overdue: bool | None = None
    snoozed: bool | None = None
    viewer: Username | None = None


class RemoveView(Command, frozen=True, kw_only=True):
    """Removes a view that one has saved."""

    event: ClassVar[str] = "view:remove"
    result: ClassVar[results.Kind] = SavedViews
    name: ViewName
    viewer: Username | None = None


COMMANDS: tuple[type[Command], ...] = (ListViews, SaveView, RemoveView)
