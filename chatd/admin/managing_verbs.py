"""The verbs about what is set of sites and departments: a part of the table in
:mod:`chatd.admin.verbs`."""

from __future__ import annotations

import sys
from pathlib import Path

from chatd.admin.verb import PAGES, Column, Fields, Option, Param, Verb
from chatd.admin.work_verbs import department_of
from chatd.locale.counting import count_of
from chatd.protocol import managing

SITE = Param("site", "the site")
DEPARTMENT = Param("department", "the department", "department")
VERSION = Option("--version", "version", "only if this is still its version; 0: if none is set")
LISTED = (
    Column("NAME", "name"),
    Column("SET HERE", "changed"),
    Column("VERSION", "version", "count"),
    Column("BY", "by"),
    Column("CHANGED", "updated_at", "since"),
    Column("IN THE FILE", "in_file"),
    Column("NOT IN FORCE", "problem"),
)
SHOWN = (Column("KEY", "key"), Column("FROM", "source"), Column("VALUE", "toml"))


def read_file(path: str) -> str:
    """What a file at this end holds; ``-``: stdin."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is no text in UTF-8"
        raise ValueError(f"a file of TOML, or '-' for stdin: {path}: {why}") from None


PIECE = Param("piece", "TOML as in the file, like 'title = \"Shop\"'", rest=True, optional=True)
FILE = Option("--file", "piece", "read it from there; '-': from stdin", read=read_file)


def say_set(fields: Fields, result: Fields) -> str:
    """``shop: hours, title are set here, version 2``."""
    managed = result["managed"]
    keys = ", ".join(managed["changed"])
    if not keys:
        return f"{managed['name']} is as the file says"
    return f"{managed['name']}: set here: {keys}; version {managed['version']}"


def say_removed(fields: Fields, result: Fields) -> str:
    """``removed billing; moved 2 tickets``."""
    return f"removed {result['department']}; moved {count_of(result['moved'], 'ticket')}"


VERBS = (
    Verb(
        name="role list",
        help="The roles that operators may have, and what each of them may",
        command=managing.ListRoles,
        options=PAGES,
        rows="roles",
        paged="cursor",
        columns=(
            Column("NAME", "name"),
            Column("BUILT IN", "built_in"),
            Column("MAY", "may"),
        ),
        empty="No roles.",
        group="operators",
    ),
    Verb(
        name="site list",
        help="The sites, and what is set of them while the daemon runs",
        command=managing.ListSites,
        options=PAGES,
        rows="sites",
        paged="cursor",
        columns=LISTED,
        empty="No sites.",
        group="daemon",
    ),
    Verb(
        name="site show",
        help="What can be set of a site, as it is, and where each value is from",
        command=managing.ShowSite,
        params=(SITE,),
        rows="settings",
        columns=SHOWN,
        empty="Nothing can be set.",
        group="daemon",
    ),
    Verb(
        name="site set",
        help="Set keys of a site in place of the file's, at once; the rest stays",
        command=managing.PutSite,
        params=(SITE, PIECE),
        options=(FILE, VERSION),
        done=say_set,
        acts=True,
        group="daemon",
    ),
    Verb(
        name="site reset",
        help="Take a site back to what the file says",
        command=managing.ResetSite,
        params=(SITE,),
        options=(Option("--key", "keys", "this key only; again for another", many=True), VERSION),
        done=say_set,
        acts=True,
        group="daemon",
    ),
    Verb(
        name="department list",
        help="The departments, and what is set of them while the daemon runs",
        command=managing.ListDepartments,
        options=PAGES,
        rows="departments",
        paged="cursor",
        columns=LISTED,
        empty="No departments: make one with 'department set'.",
        group="daemon",
    ),
    Verb(
        name="department show",
        help="What can be set of a department, as it is, and where each value is from",
        command=managing.ShowDepartment,
        params=(DEPARTMENT,),
        rows="settings",
        columns=SHOWN,
        empty="Nothing can be set.",
        group="daemon",
    ),
    Verb(
        name="department set",
        help="Make a department, or set keys of one, at once; the rest stays",
        command=managing.PutDepartment,
        params=(DEPARTMENT, PIECE),
        options=(FILE, VERSION),
        done=say_set,
        acts=True,
        group="daemon",
    ),
    Verb(
        name="department reset",
        help="Take a department back to what the file says",
        command=managing.ResetDepartment,
        params=(DEPARTMENT,),
        options=(Option("--key", "keys", "this key only; again for another", many=True), VERSION),
        done=say_set,
        acts=True,
        group="daemon",
    ),
    Verb(
        name="department remove",
        help="Remove a department that was made while the daemon runs",
        command=managing.RemoveDepartment,
        params=(DEPARTMENT,),
        options=(
            Option(
                "--to",
                "to",
                "its open tickets go there; none: to no department",
                read=department_of,
            ),
            VERSION,
        ),
        done=say_removed,
        acts=True,
        group="daemon",
    ),
)
