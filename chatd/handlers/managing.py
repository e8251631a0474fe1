"""Sites and departments as administrators set them while the daemon runs, over the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET

from chatd.config.pieces import read_piece
from chatd.domain import roles
from chatd.domain.piece import Piece, Table, id_of
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import ConfigError, Conflict, Invalid
from chatd.locale import catalog
from chatd.locale.counting import count_of
from chatd.protocol.managing import (
    DepartmentRemoved,
    ListDepartments,
    ListRoles,
    ListSites,
    ManagedDepartments,
    ManagedSites,
    PutDepartment,
    PutSite,
    RemoveDepartment,
    ResetDepartment,
    ResetSite,
    RoleList,
    RoleShown,
    SettingsShown,
    ShowDepartment,
    ShowSite,
)
from chatd.runtime.loop import in_turns
from chatd.service import departments, managing, pages, tickets
from chatd.service.changes import reread
from chatd.service.context import Context, Handlers, Services

WORDS: dict[Table, str] = {"sites": "site", "departments": "department"}


def sites(cx: Context, command: ListSites) -> ManagedSites:
    """→ ``sites``, in the order of the file; then those that it does not have any more."""
    page = pages.place_page(
        cx,
        names(cx.services, "sites"),
        lambda name: managing.view(cx.services, "sites", name, find(cx.services, "sites", name)),
        limit=command.limit,
        cursor=command.cursor,
    )
    return ManagedSites(sites=page.rows, more=page.more, cursor=page.cursor)


def list_departments(cx: Context, command: ListDepartments) -> ManagedDepartments:
    """→ ``departments``: those of the file, then those made here; also those not in force."""
    services = cx.services
    page = pages.place_page(
        cx,
        names(services, "departments"),
        lambda name: managing.view(
            services, "departments", name, find(services, "departments", name)
        ),
        limit=command.limit,
        cursor=command.cursor,
    )
    return ManagedDepartments(departments=page.rows, more=page.more, cursor=page.cursor)


def show_site(cx: Context, command: ShowSite) -> SettingsShown:
    """→ ``settings`` of the site, each with where it is from; Invalid for none that there is."""
    return tell(cx.services, "sites", command.site)


def show_department(cx: Context, command: ShowDepartment) -> SettingsShown:
    """→ ``settings`` of the department, each with where it is from; Invalid for none."""
    return tell(cx.services, "departments", command.department)


def put_site(cx: Context, command: PutSite) -> SettingsShown:
    """→ ``settings`` as they are now, in force at once. Invalid, naming the key, for what the file
    would be refused for; Conflict where somebody changed it meanwhile, saying who."""
    return put(cx, "sites", command.site, command.piece, command.version)


def put_department(cx: Context, command: PutDepartment) -> SettingsShown:
    """→ ``settings`` as they are now, in force at once; else as ``site:put``."""
    return put(cx, "departments", command.department, command.piece, command.version)


def reset_site(cx: Context, command: ResetSite) -> SettingsShown:
    """→ ``settings`` as they are now; Invalid for a key that is not set here."""
    return reset(cx, "sites", command.site, command.keys, command.version)


def reset_department(cx: Context, command: ResetDepartment) -> SettingsShown:
    """→ ``settings`` as they are now; Conflict for a department that the file does not have."""
    name = command.department
    if find(cx.services, "departments", name) and name not in cx.services.filed.departments:
        raise Conflict(f"the file has no department {name!r} to go back to: it can be removed")
    return reset(cx, "departments", name, command.keys, command.version)


def remove_department(cx: Context, command: RemoveDepartment) -> DepartmentRemoved:
    """→ ``department`` that is gone. Conflict for one of the file; for one that sites give their
    new tickets; for one with open tickets, where it is not named where these go."""
    services, name = cx.services, command.department
    with services.turns.one_at_a_time("managing"):
        known = removable(services, name)
        check_version(known, "departments", name, command.version)
        held = tickets_of(services, name)
        check_target(services, name, held, command.to)
        managing.check(services, known.id, None, known)
        # First the tickets: whatever happens in between, none is left behind.
        moved = move_all(services, held, name, command.to or "")
        managing.change(services, known.id, None, known)
    moved += move_all(services, tickets_of(services, name), name, command.to or "")
    return DepartmentRemoved(department=name, moved=moved)


def removable(services: Services, name: str) -> Piece:
    """What was set of a department that is not the file's."""
    known = find(services, "departments", name)
    if name in services.filed.departments:
        raise Conflict(f"{name!r} is said by the configuration: departments.{name}")
    if known is None:
        raise no_such(services, "departments", name)
    return known


def check_target(services: Services, name: str, held: Sequence[Ticket], to: str | None) -> None:
    """Whether a department's open tickets can go there; ``None``: nobody said where."""
    if to == name:
        raise Invalid("its tickets cannot go to itself", field="to")
    if to:
        departments.check_name(services, to)
    if held and to is None:
        counted = count_of(len(held), "open ticket")
        raise Conflict(f"{name} has {counted}: say where they go", tickets=len(held))
    for one in held:
        if to and to not in departments.of_site(services, one.site):
            raise Conflict(f"{one.id} is of the site {one.site}, which {to} does not have")


def tickets_of(services: Services, department: str) -> list[Ticket]:
    """Those of its tickets that somebody still has to answer, or will."""
    return [one for one in in_turns(services.waiting) if one.department == department]


def move_all(services: Services, held: Iterable[Ticket], name: str, to: str) -> int:
    """How many of a department's tickets went elsewhere."""
    own = (one for one in reread(services, held) if one.open and one.department == name)
    return len([tickets.move(services, one, to) for one in own])


def put(cx: Context, table: Table, name: str, text: str, version: int | None) -> SettingsShown:
    """Writes keys of a piece; the rest of it stays."""
    services = cx.services
    try:
        given = read_piece(table, name, text)
    except ConfigError as error:
        raise managing.refusal(error) from None
    if not given:
        raise Invalid("nothing to set was named", field="piece")
    with services.turns.one_at_a_time("managing"):
        known = find(services, table, name)
        check_version(known, table, name, version)
        values = {**(known.values if known else {}), **given}
        values = managing.normalize(services, table, name, values)
        managing.change(
            services, id_of(table, name), make_piece(cx, table, name, values, known), known
        )
    return tell(services, table, name)


def reset(
    cx: Context, table: Table, name: str, keys: Sequence[str], version: int | None
) -> SettingsShown:
    """Takes keys of a piece away, or all of it."""
    services = cx.services
    with services.turns.one_at_a_time("managing"):
        known = find(services, table, name)
        if known is None:
            if name not in getattr(services.config, table):
                raise no_such(services, table, name)
            raise Conflict(f"nothing of the {WORDS[table]} {name!r} is set here")
        check_version(known, table, name, version)
        if unknown := [key for key in keys if key not in known.values]:
            allowed = ", ".join(known.values)
            raise Invalid(f"{unknown[0]!r} is not set here; allowed: {allowed}", field="keys")
        left = {key: value for key, value in known.values.items() if keys and key not in keys}
        after = make_piece(cx, table, name, left, known) if left else None
        managing.change(services, known.id, after, known)
    if name not in getattr(services.config, table):
        return SettingsShown(managed=managing.view(services, table, name, after), settings=[])
    return tell(services, table, name)


def make_piece(
    cx: Context, table: Table, name: str, values: dict[str, Any], known: Piece | None
) -> Piece:
    """The piece as it is then."""
    return Piece(
        id=id_of(table, name),
        table=table,
        name=name,
        values=values,
        by=cx.principal.label,
        updated_at=to_text(cx.services.now()),
        version=known.version + 1 if known else 1,
    )


def names(services: Services, table: Table) -> list[str]:
    """Of all that there are, and of what is kept."""
    kept = [one.name for one in managing.list_stored(services) if one.table == table]
    return list(dict.fromkeys([*getattr(services.config, table), *kept]))


def find(services: Services, table: Table, name: str) -> Piece | None:
    """What is set of a site or department."""
    return services.store.get(Piece, id_of(table, name))


def no_such(services: Services, table: Table, name: str) -> Invalid:
    """For a name that none has: which there are."""
    word, allowed = WORDS[table], ", ".join(getattr(services.config, table))
    words = f"allowed: {allowed}" if allowed else "there is none"
    return Invalid(f"no such {word} {name!r}; {words}", field=word)


def tell(services: Services, table: Table, name: str) -> SettingsShown:
    """One as it is now."""
    known = find(services, table, name)
    site = services.config.sites.get(name) if table == "sites" else None
    if known is None and name not in getattr(services.config, table):
        raise no_such(services, table, name)
    return SettingsShown(
        managed=managing.view(services, table, name, known),
        settings=managing.list_settings(services, table, name, known),
        texts=dict(catalog(site.language)) if site else UNSET,
    )


def check_version(known: Piece | None, table: Table, name: str, version: int | None) -> None:
    """Conflict where somebody was faster."""
    if version is None or version == (known.version if known else 0):
        return
    if known is None:
        raise Conflict(f"the {WORDS[table]} {name!r} was taken back meanwhile", version=0)
    raise Conflict(
        f"the {WORDS[table]} {name!r} was changed meanwhile, by {known.by}",
        by=known.by,
        at=known.updated_at,
        version=known.version,
    )


def list_roles(cx: Context, command: ListRoles) -> RoleList:
    """→ ``roles``: those that are built in, then those of the file."""
    granted = {**roles.EVERYTHING, **cx.services.config.permissions}
    page = pages.place_page(
        cx,
        granted,
        lambda name: RoleShown(
            name=name, built_in=name in roles.BUILT_IN, may=roles.compact(granted[name])
        ),
        limit=command.limit,
        cursor=command.cursor,
    )
    return RoleList(
        roles=page.rows,
        permissions=sorted(roles.PERMISSIONS),
        more=page.more,
        cursor=page.cursor,
    )


HANDLERS: Handlers = {
    ListRoles: list_roles,
    ListSites: sites,
    ShowSite: show_site,
    PutSite: put_site,
    ResetSite: reset_site,
    ListDepartments: list_departments,
    ShowDepartment: show_department,
    PutDepartment: put_department,
    ResetDepartment: reset_department,
    RemoveDepartment: remove_department,
}
