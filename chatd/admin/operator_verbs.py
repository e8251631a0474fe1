"""The verbs about operators' accounts: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from collections.abc import Callable

from chatd.admin.verb import PAGES, Column, Fields, Option, Param, Verb
from chatd.protocol import support

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
)


def say_of_operator(what: str) -> Callable[[Fields, Fields], str]:
    """``added operator artem``."""
    return lambda fields, result: f"{what} operator {fields['username']}"


VERBS = (
    Verb(
        name="operator add",
        help="A new operator; the password is asked for, or read with --password-stdin",
        command=support.CreateOperator,
        params=(Param("username", "lower-case letters, digits, . _ -"),),
        options=(
            Option("--name", "display_name", "as customers see it"),
            Option("--role", "role", "operator (the default) or admin"),
            Option("--capacity", "capacity", "tickets at a time"),
            Option("--site", "sites", "serves this site; again for another; else all", many=True),
            NO_TICKETS,
        ),
        done=say_of_operator("added"),
        acts=True,
        secret=True,
        group="operators",
    ),
    Verb(
        name="operator list",
        help="All operators",
        command=support.ListOperators,
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
        command=support.SetOperator,
        params=(USERNAME,),
        options=(
            Option("--name", "display_name", "as customers see it"),
            Option("--role", "role", "operator or admin, who serves every site"),
            Option("--site", "sites", "serves this site; again for another", many=True),
            Option("--all-sites", "sites", "serves every site", flag=True, value=[]),
            Option("--capacity", "capacity", "tickets at a time"),
            Option("--usual-capacity", "capacity", "as configured", flag=True, value=None),
            Option("--takes-tickets", "takes_tickets", "is offered some", flag=True),
            NO_TICKETS,
        ),
        done=say_of_operator("changed"),
        acts=True,
        group="operators",
    ),
    Verb(
        name="operator remove",
        help="Remove an operator's account; their tickets wait again, what they wrote stays",
        command=support.RemoveOperator,
        params=(USERNAME,),
        done=say_of_operator("removed"),
        acts=True,
        group="operators",
    ),
    Verb(
        name="operator passwd",
        help="A new password; sessions and connections end",
        command=support.SetPassword,
        params=(USERNAME,),
        done=say_of_operator("new password for"),
        acts=True,
        secret=True,
        group="operators",
    ),
    Verb(
        name="operator disable",
        help="Shut an operator out",
        command=support.SetDisabled,
        params=(USERNAME,),
        fixed={"disabled": True},
        done=say_of_operator("disabled"),
        acts=True,
        group="operators",
    ),
    Verb(
        name="operator enable",
        help="Let an operator in again",
        command=support.SetDisabled,
        params=(USERNAME,),
        fixed={"disabled": False},
        done=say_of_operator("enabled"),
        acts=True,
        group="operators",
    ),
)
