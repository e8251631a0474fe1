"""The verbs about people's accounts: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.account_verbs import Accounts, say_of, verbs_of
from chatd.admin.verb import PAGES, Column, Fields, Option, Param, Verb
from chatd.protocol import people

USERNAME = Param("username", "the person's user name", "user")
SITE = Option("--site", "site", "of this site; else the first")
USER_COLUMNS = (
    Column("USERNAME", "username"),
    Column("NAME", "display_name"),
    Column("SITE", "site"),
    Column("STATUS", "status"),
    Column("DISABLED", "disabled"),
    Column("SINCE", "created_at", "since"),
    Column("PARTICIPANT", "id"),
)


def say_invited(fields: Fields, result: Fields) -> str:
    """``for 1 account on shop, until …: CODE``."""
    accounts = f"{result['uses']} account{'s' * (result['uses'] > 1)}"
    until = result["expires_at"]
    return f"for {accounts} on {result['site']}, until {until}: {result['code']}"


ACCOUNTS = Accounts(
    noun="user",
    group="people",
    username=USERNAME,
    new_password=people.SetUserPassword,
    set_disabled=people.SetUserDisabled,
    remove=people.RemoveUser,
    whom="a person",
    removal="Remove a person's account; what they wrote stays",
)

VERBS = (
    Verb(
        name="user add",
        help="A new person's account; the password is asked for, or read with --password-stdin",
        command=people.CreateUser,
        params=(Param("username", "lower-case letters, digits, . _ -"),),
        options=(Option("--name", "display_name", "as others see it"), SITE),
        done=say_of("user", "added"),
        acts=True,
        secret=True,
        group="people",
    ),
    Verb(
        name="user list",
        help="All people who have an account",
        command=people.ListUsers,
        options=PAGES,
        rows="people",
        paged="cursor",
        columns=USER_COLUMNS,
        empty="No accounts: add one with 'user add'.",
        group="people",
    ),
    *verbs_of(ACCOUNTS),
    Verb(
        name="user unpicture",
        help="Take off a person's picture; they are seen as their initials",
        command=people.TakeOffAvatar,
        params=(USERNAME,),
        done=say_of("user", "took the picture off"),
        acts=True,
        group="people",
    ),
    Verb(
        name="user invite",
        help="An invitation with which somebody makes an account",
        command=people.InviteUser,
        options=(
            SITE,
            Option("--uses", "uses", "for so many accounts; else one"),
            Option("--hours", "hours", "good for so long; else a week"),
        ),
        done=say_invited,
        acts=True,
        group="people",
    ),
)
