"""What the commands about accounts have in common, whoever's they are."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.domain import password
from chatd.protocol.commands import Command

Username = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,31}\Z",
        description="a user name is small letters, digits, '.', '_' and '-', at most 32 of them",
    ),
]
RoleName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\Z",
        description="a role is 'operator', 'admin' or one of the configuration's",
    ),
]
Password = Annotated[
    str,
    Meta(min_length=password.SHORTEST, max_length=password.LONGEST, description=password.RULE),
]
# As somebody types it: what it says is judged by what is kept.
TypedPassword = Annotated[str, Meta(max_length=1024)]


class AccountCommand(Command, frozen=True, kw_only=True):
    """A command about the account of this name."""

    username: Username


class CreateAccount(AccountCommand, frozen=True, kw_only=True):
    """An account that comes to be, with its password."""

    password: Password


class SetAccountPassword(AccountCommand, frozen=True, kw_only=True):
    """A new password in place of whatever it was."""

    password: Password


class SetAccountDisabled(AccountCommand, frozen=True, kw_only=True):
    """Shut out, or let in again."""

    disabled: bool = True


class LogInAccount(Command, frozen=True, kw_only=True):
    """A name and a password. ``device``: what an earlier log-in from this device was given."""

    username: Annotated[str, Meta(max_length=64)]
    password: TypedPassword
    device: Annotated[str, Meta(max_length=256)] = ""


class LogOutAccount(Command, frozen=True, kw_only=True):
    """The end of this session, or of all of the account's."""

    everywhere: bool = False
