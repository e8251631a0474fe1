"""Documents that carry the number of their changes, and what a change makes of one."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec.structs import replace

from chatd.domain.episode import Episode
from chatd.domain.errand import Errand
from chatd.domain.file import File
from chatd.domain.participant import LoginSession, Operator, Participant

Versioned = TypeVar(
    "Versioned", bound=Participant | Operator | LoginSession | Errand | Episode | File
)


def successor(document: Versioned, **changes: Any) -> Versioned:
    """The document with other fields, one version on."""
    return replace(document, version=document.version + 1, **changes)
