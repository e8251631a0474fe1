"""The commands about operators: how they log in, and their accounts."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from chatd.protocol import results
from chatd.protocol.accounts import (
    AccountCommand,
    CreateAccount,
    LogInAccount,
    LogOutAccount,
    RoleName,
    SetAccountDisabled,
    SetAccountPassword,
)
from chatd.protocol.commands import Command, Paged, PersonName
from chatd.protocol.support import SiteName

Capacity = Annotated[int, Meta(ge=1, le=1000)]


class Login(LogInAccount, frozen=True, kw_only=True):
    """An operator's name and password, for a session token. ``device``: what an earlier log-in of
    this account from this device was given. ``code``: of the second factor, or a recovery code,
    where the error said ``second_factor``."""

    event: ClassVar[str] = "operator:login"
    result: ClassVar[results.Kind] = results.LoggedIn
    code: Annotated[str, Meta(max_length=64)] = ""


class Logout(LogOutAccount, frozen=True, kw_only=True):
    """Ends the session of this token, or all of one's sessions."""

    event: ClassVar[str] = "operator:logout"
    result: ClassVar[results.Kind] = results.LoggedOut


class WhoAmI(Command, frozen=True, kw_only=True):
    """The operator that this session belongs to."""

    event: ClassVar[str] = "operator:me"
    result: ClassVar[results.Kind] = results.OneOperator


class CreateOperator(CreateAccount, frozen=True, kw_only=True):
    """A new operator account."""

    event: ClassVar[str] = "operator:create"
    result: ClassVar[results.Kind] = results.OneOperator
    display_name: PersonName
    role: RoleName = "operator"
    sites: list[SiteName] = []
    capacity: Capacity | None = None
    takes_tickets: bool = True


class SetOperator(AccountCommand, frozen=True, kw_only=True):
    """Changes what is named of an operator's account, at once. ``sites`` empty: all of them;
    ``capacity`` null: the configuration's."""

    event: ClassVar[str] = "operator:set"
    result: ClassVar[results.Kind] = results.OneOperator
    display_name: PersonName | UnsetType = UNSET
    role: RoleName | UnsetType = UNSET
    sites: list[SiteName] | UnsetType = UNSET
    capacity: Capacity | UnsetType | None = UNSET
    takes_tickets: bool | UnsetType = UNSET


class RemoveOperator(AccountCommand, frozen=True, kw_only=True):
    """Removes an operator's account; their tickets wait again."""

    event: ClassVar[str] = "operator:remove"
    result: ClassVar[results.Kind] = results.RemovedOperator


class ListOperators(Paged, frozen=True, kw_only=True):
    """All operators, with whether they are on line and how many tickets they have."""

    event: ClassVar[str] = "operator:list"
    result: ClassVar[results.Kind] = results.OperatorList


class SetPassword(SetAccountPassword, frozen=True, kw_only=True):
    """A new password for an operator; their sessions end."""

    event: ClassVar[str] = "operator:passwd"
    result: ClassVar[results.Kind] = results.OneOperator


class SetDisabled(SetAccountDisabled, frozen=True, kw_only=True):
    """Shuts an operator out, or lets them in again; shutting out ends sessions and connections."""

    event: ClassVar[str] = "operator:disable"
    result: ClassVar[results.Kind] = results.OneOperator


COMMANDS: tuple[type[Command], ...] = (
    *(Login, Logout, WhoAmI),
    *(CreateOperator, ListOperators, SetPassword, SetOperator, RemoveOperator, SetDisabled),
)
