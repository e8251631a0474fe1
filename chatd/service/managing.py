"""What administrators write of sites and departments while the daemon runs: laid over the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loguru import logger
from msgspec import UNSET, json, to_builtins

from chatd.config import pieces
from chatd.domain.piece import MOST, Piece, Table, id_of
from chatd.errors import ConfigError, Conflict, Invalid
from chatd.protocol.managing import Managed, Setting
from chatd.service import presence
from chatd.service.context import Services
from chatd.store.base import Change, Put, Remove

LOG = logger.bind(area="admin")


def refresh(services: Services) -> None:
    """What is kept holds from now on, here."""
    before = services.config.departments
    services.config, services.misfits = pieces.lay(services.filed, list_stored(services))
    for id, why in services.misfits.items():
        LOG.warning("what is set of {} while it runs is not in force: {}", id, why)
    if services.config.departments != before:
        presence.share_queue_anew(services)


def list_stored(services: Services) -> list[Piece]:
    """All of them, by id."""
    return list(services.store.all(Piece, limit=MOST * 2))


def change(services: Services, id: str, made: Piece | None, known: Piece | None) -> None:
    """Keeps a piece, or takes it away; it holds at once, on every node."""
    check(services, id, made, known)
    gone: list[Change] = [Remove("pieces", id, known.version)] if known else []
    services.store.commit(*([Put(made)] if made else gone))
    refresh(services)
    services.nodes.tell("refresh_settings")


def check(services: Services, id: str, made: Piece | None, known: Piece | None) -> None:
    """Invalid for a piece that would not hold, Conflict where something else would not any more."""
    stored = {one.id: one for one in list_stored(services)}
    if made and known is None and len(stored) >= MOST:
        raise Conflict(f"{MOST} sites and departments are set, as many as may be", allowed=MOST)
    rest = [one for one in stored.values() if one.id != id]
    _, misfits = pieces.lay(services.filed, [*rest, *([made] if made else [])])
    if id in misfits:
        raise refusal(ConfigError(misfits[id]))
    if new := [why for one, why in misfits.items() if one not in services.misfits]:
        raise Conflict(f"then this would not hold: {new[0]}")


def refusal(error: ConfigError) -> Invalid:
    """What the file would be refused for; ``field``: the key, below the site or department."""
    key = str(error).partition(":")[0].split(".")[2:]
    return Invalid(str(error), field=".".join(key) or "piece")


def normalize(services: Services, table: Table, name: str, values: Mapping[str, Any]) -> Any:
    """The values as they are kept; Invalid for what cannot be."""
    try:
        laid = pieces.lay_one(services.filed, table, name, values)
    except ConfigError as error:
        raise refusal(error) from None
    whole = json.decode(json.encode(getattr(laid, table)[name]))
    return {key: whole[key] for key in values}


def view(services: Services, table: Table, name: str, known: Piece | None) -> Managed:
    """Whose the values of a site or department are."""
    return Managed(
        name=name,
        in_file=name in getattr(services.filed, table),
        changed=sorted(known.values) if known else [],
        version=known.version if known else UNSET,
        by=known.by if known else UNSET,
        updated_at=known.updated_at if known else UNSET,
        problem=services.misfits.get(id_of(table, name), UNSET),
    )


def list_settings(
    services: Services, table: Table, name: str, known: Piece | None
) -> list[Setting]:
    """All that can be written of one, as it is; of what is not in force, as it would be."""
    in_force = getattr(services.config, table).get(name)
    whole = {**(to_builtins(in_force) if in_force else {}), **(known.values if known else {})}
    own = known.values if known else {}
    return [
        Setting(
            key=key,
            value=whole[key],
            toml=pieces.write(whole[key]),
            source="here" if key in own else "file",
        )
        for key in pieces.MANAGED[table]
        if key in whole
    ]
