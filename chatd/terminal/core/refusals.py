"""What the daemon refused, in the reader's language: by its code, and what the error says more."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chatd.locale import catalog
from chatd.terminal.core.link import Lost
from chatd.terminal.core.reading import moment
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import one_line

if TYPE_CHECKING:
    from chatd.terminal.core.texts import Texts

# The details of an error that let its sentence say more, the most telling first.
MORE = {
    "conflict": ("capacity", "replaced"),
    "forbidden": ("banned", "kicked", "muted_until", "password", "read_only"),
    "internal": ("incident",),
    "invalid": ("type", "allowed", "field"),
    "too_large": ("limit",),
}
OF_FIELDS = ("allowed", "field")  # say more of a field that people type
CLOSED = {4001: "replaced", 4003: "kicked", 4004: "banned"}
UNTIL = re.compile(r"until (\S+)")
FOR_GOOD = "9999"


def explain(texts: Texts, refused: Refused) -> str:
    """Why not; in its own words where the code is none of the daemon's that are known here: a
    refusal of this client has them in the reader's language."""
    after = refused.details.get("retry_after") or 1
    values = {
        **{name: in_words(one) for name, one in refused.details.items()},
        "message": refused.message,
        "retry_after": math.ceil(after) if isinstance(after, int | float) else 1,
        "what": words_of_field(texts, refused.details.get("field")),
    }
    known = catalog(texts.language)
    key = next((one for one in keys(refused, values["what"]) if f"client.{one}" in known), "")
    if not key:
        return refused.message
    told = texts(key, **values)
    if "muted_until" in key or "banned" in key:
        told += ending(texts, refused.details)
    return told


def in_words(detail: Any) -> Any:
    """What is allowed, say, one after the other."""
    return ", ".join(map(str, detail)) if isinstance(detail, list) else detail


def keys(refused: Refused, what: str) -> Iterator[str]:
    """The texts that would say it, the best first."""
    for more in MORE.get(refused.code, ()):
        if refused.details.get(more) and (what or more not in OF_FIELDS):
            yield f"refused.{refused.code}_{more}"
    yield f"refused.{refused.code}"


def words_of_field(texts: Texts, field: object) -> str:
    """What somebody typed for a field, by its name; nothing for one that nobody types."""
    name = re.split(r"[.\[]", field)[0] if isinstance(field, str) else ""
    key = f"field.{name}"
    return texts(key) if f"client.{key}" in catalog(texts.language) else ""


def ending(texts: Texts, details: dict[str, Any]) -> str:
    """Until when, and why, as far as that is told."""
    until, why = details.get("muted_until") or details.get("until"), details.get("why")
    when = moment(until) if isinstance(until, str) and not until.startswith(FOR_GOOD) else None
    told = texts("until", time=f"{when:%d.%m.%Y %H:%M}") if when else ""
    return told + (f": {one_line(why, 200)}" if isinstance(why, str) and why else "")


def over_in(refused: Refused | None) -> float | None:
    """In how many seconds somebody who is kept out no longer is; nothing where no end is set."""
    details = refused.details if refused else {}
    until = details.get("until") if details.get("banned") else None
    when = moment(until) if isinstance(until, str) else None
    return max(0.0, when.timestamp() - time.time()) if when else None


def closed_by(lost: Lost) -> Refused | None:
    """Why a connection was closed for good, as a refusal; nothing where another one may do."""
    what = CLOSED.get(lost.code or 0)
    if what is None:
        return None
    until = UNTIL.search(lost.reason)
    details: dict[str, Any] = {what: True, "until": until[1] if until else None}
    return Refused("conflict" if what == "replaced" else "forbidden", lost.reason, details)
