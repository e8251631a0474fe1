"""The verbs that operators' accounts and people's have in common."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from chatd.admin.verb import Fields, Param, Verb
from chatd.protocol.accounts import AccountCommand, SetAccountDisabled, SetAccountPassword


class Accounts(Struct, frozen=True):
    """Accounts of one kind: what the verbs call them (``operator``), under which heading they
    stand, and the commands about one."""

    noun: str
    group: str
    username: Param
    new_password: type[SetAccountPassword]
    set_disabled: type[SetAccountDisabled]
    remove: type[AccountCommand]
    whom: str
    removal: str


def say_of(noun: str, what: str) -> Callable[[Fields, Fields], str]:
    """``added operator artem``."""
    return lambda fields, result: f"{what} {noun} {fields['username']}"


def verbs_of(accounts: Accounts) -> tuple[Verb, ...]:
    """A new password, shutting out, letting in again, removing."""
    return (
        _verb(
            accounts,
            "passwd",
            "A new password; sessions and connections end",
            accounts.new_password,
            "new password for",
        ),
        _verb(
            accounts,
            "disable",
            f"Shut {accounts.whom} out",
            accounts.set_disabled,
            "disabled",
            {"disabled": True},
        ),
        _verb(
            accounts,
            "enable",
            f"Let {accounts.whom} in again",
            accounts.set_disabled,
            "enabled",
            {"disabled": False},
        ),
        _verb(accounts, "remove", accounts.removal, accounts.remove, "removed"),
    )


def _verb(
    accounts: Accounts,
    name: str,
    help: str,
    command: type[AccountCommand],
    said: str,
    fixed: Fields | None = None,
) -> Verb:
    return Verb(
        name=f"{accounts.noun} {name}",
        help=help,
        command=command,
        params=(accounts.username,),
        fixed=fixed or {},
        done=say_of(accounts.noun, said),
        acts=True,
        secret=command is accounts.new_password,
        group=accounts.group,
    )
