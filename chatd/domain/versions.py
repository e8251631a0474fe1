"""Documents that carry the number of their changes, what a change makes of one, and how often
who lost a race tries again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from msgspec.structs import replace

from chatd.domain.call import Call
from chatd.domain.canned import Canned
from chatd.domain.dialog import Dialog
from chatd.domain.episode import Episode
from chatd.domain.errand import Errand
from chatd.domain.file import File
from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.domain.person import Account, Invitation
from chatd.errors import Overtaken

TRIES = 8  # where others keep being faster, they are nodes that do not wait for each other
T = TypeVar("T")

Versioned = TypeVar(
    "Versioned",
    bound=Participant
    | Operator
    | LoginSession
    | Errand
    | Episode
    | File
    | Account
    | Invitation
    | Dialog
    | Call
    | Canned,
)


def successor(document: Versioned, **changes: Any) -> Versioned:
    """The document with other fields, one version on."""
    return replace(document, version=document.version + 1, **changes)


def rerun(attempt: Callable[[], T]) -> T:
    """Once more from what there is by then, where somebody else was faster; Overtaken, where they
    always were."""
    for _ in range(TRIES - 1):
        with suppress(Overtaken):
            return attempt()
    return attempt()
