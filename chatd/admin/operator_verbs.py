"""The verbs about operators' accounts: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.account_verbs import Accounts, say_of, verbs_of
from chatd.admin.verb import PAGES, Column, Fields, Option, Param, Verb
from chatd.locale.counting import count_of
from chatd.protocol import operators, passkeys, second_factors, sessions

USERNAME = Param("username", "the operator's user name", "operator")
NO_TICKETS = Option(
    "--no-tickets",
    "takes_tickets",
    "is offered none",
    flag=True,
    value=False,
)
OPERATOR_COLUMNS = (
    Column("USERNAME", "username"),
    Column("NAME", "display_name"),
    Column("ROLE", "role"),
    Column("STATUS", "status"),
    Column("TAKES TICKETS", "takes_tickets"),
    Column("AVAILABLE", "available"),
    Column("ACTIVE", "active", "count"),
    Column("CAPACITY", "capacity", "count"),
    Column("DISABLED", "disabled"),
    Column("SITES", "sites"),
    Column("SECOND FACTOR", "second_factor"),
    Column("PASSKEYS", "passkeys", "count"),
)

SESSION_COLUMNS = (
    Column("SESSION", "id"),
    Column("WHERE", "where"),
    Column("ADDRESS", "address"),
    Column("DEVICE", "device"),
    Column("BEGUN", "created_at", "since"),
    Column("USED", "used_at", "since"),
    Column("UNTIL", "expires_at"),
)


def say_left(fields: Fields, result: Fields) -> str:
    """``operator artem has 1 passkey left``."""
    return f"operator {fields['username']} has {count_of(len(result['passkeys']), 'passkey')} left"


def say_ended(fields: Fields, result: Fields) -> str:
    """``ended 2 sessions of operator artem``."""
    return f"ended {count_of(result['ended'], 'session')} of operator {fields['username']}"


ACCOUNTS = Accounts(
    noun="operator",
    group="operators",
    username=USERNAME,
    new_password=operators.SetPassword,
    set_disabled=operators.SetDisabled,
    remove=operators.RemoveOperator,
    whom="an operator",
    removal="Remove an operator's account; their tickets wait again, what they wrote stays",
)


VERBS = (
    Verb(
        name="operator add",
        help="A new operator; the password is asked for, or read with --password-stdin",
        command=operators.CreateOperator,
        params=(Param("username", "lower-case letters, digits, . _ -"),),
        options=(
            Option("--name", "display_name", "as customers see it"),
            Option("--role", "role", "operator (the default), admin, or a role of [roles]"),
            Option("--capacity", "capacity", "tickets at a time"),
            Option("--site", "sites", "serves this site; again for another; else all", many=True),
            NO_TICKETS,
        ),
        done=say_of("operator", "added"),
        acts=True,
        secret=True,
        group="operators",
    ),
    Verb(
        name="operator list",
        help="All operators",
        command=operators.ListOperators,
        options=PAGES,
        rows="operators",
        paged="cursor",
        columns=OPERATOR_COLUMNS,
        empty="No operators: add one with 'operator add'.",
        group="operators",
    ),
    Verb(
        name="operator set",
        help="Change an operator: what is named, at once; the rest stays",
        command=operators.SetOperator,
        params=(USERNAME,),
        options=(
            Option("--name", "display_name", "as customers see it"),
            Option("--role", "role", "operator, admin, or a role of [roles]"),
            Option("--site", "sites", "serves this site; again for another", many=True),
            Option("--all-sites", "sites", "serves every site", flag=True, value=[]),
            Option("--capacity", "capacity", "tickets at a time"),
            Option("--usual-capacity", "capacity", "as configured", flag=True, value=None),
            Option("--takes-tickets", "takes_tickets", "is offered some", flag=True),
            NO_TICKETS,
        ),
        done=say_of("operator", "changed"),
        acts=True,
        group="operators",
    ),
    *verbs_of(ACCOUNTS),
    Verb(
        name="operator factor-off",
        help="Take an operator's second factor off, who lost it",
        command=second_factors.TakeOffFactor,
        params=(USERNAME,),
        done=say_of("operator", "no second factor any more for"),
        acts=True,
        group="operators",
    ),
    Verb(
        name="operator passkeys",
        help="An operator's passkeys: by what they log in without a password",
        command=passkeys.ListPasskeysOf,
        params=(USERNAME,),
        rows="passkeys",
        columns=(
            Column("PASSKEY", "id"),
            Column("NAME", "name"),
            Column("AT", "host"),
            Column("MADE", "created_at", "since"),
            Column("USED", "used_at", "since"),
        ),
        empty="They have no passkeys.",
        group="operators",
    ),
    Verb(
        name="operator passkey-off",
        help="Take an operator's passkeys away, or one of them; the sessions that they began end",
        command=passkeys.TakeOffPasskeys,
        params=(USERNAME, Param("passkey", "one of 'operator passkeys'; else all", optional=True)),
        done=say_left,
        acts=True,
        group="operators",
    ),
    Verb(
        name="operator sessions",
        help="Where an operator is logged in: in what, from where, since when",
        command=sessions.ListSessionsOf,
        params=(USERNAME,),
        options=PAGES,
        rows="sessions",
        paged="cursor",
        columns=SESSION_COLUMNS,
        empty="They are logged in nowhere.",
        group="operators",
    ),
    Verb(
        name="operator session-end",
        help="End one of an operator's sessions, or all of them; their connections end",
        command=sessions.EndSessionOf,
        params=(USERNAME, Param("session", "one of 'operator sessions'; else all", optional=True)),
        done=say_ended,
        acts=True,
        group="operators",
    ),
)
