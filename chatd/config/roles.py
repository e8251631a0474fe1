"""How operators prove who they are, and the roles that the configuration makes for them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Literal

from chatd.config.shapes import Section
from chatd.domain.roles import BUILT_IN, PERMISSIONS, expand


class OperatorSettings(Section, frozen=True, kw_only=True):
    """How operators prove who they are: with a password, and with a second factor where they have
    one (``optional``) or all of them (``required``); ``off``: none is asked for."""

    second_factor: Literal["off", "optional", "required"] = "optional"


class RoleSettings(Section, frozen=True, kw_only=True):
    """A role of operators, under its name: what it may, of all that an administrator may, without
    what it ``may_not``. ``operator`` stands for all that any operator may, ``ticket:*`` for all
    that begins so."""

    may: tuple[str, ...]
    may_not: tuple[str, ...] = ()


def check_roles(roles: Mapping[str, RoleSettings]) -> str | None:
    """Roles: names that no other role has, and permissions that there are."""
    for name, role in roles.items():
        if name in BUILT_IN:
            return f"roles.{name}: {name!r} is built in and stays as it is: choose another name"
        if not role.may:
            return f"roles.{name}.may: at least one permission is needed"
        for key, patterns in (("may", role.may), ("may_not", role.may_not)):
            if unknown := [one for one in patterns if not expand(one)]:
                return f"roles.{name}.{key}: no such permission {unknown[0]!r}{near(unknown[0])}"
    return None


def near(unknown: str) -> str:
    """What may have been meant, and where all of them are."""
    found = get_close_matches(unknown, sorted(PERMISSIONS), 1)
    return (f", perhaps {found[0]!r}" if found else "") + ": all are in docs/roles.md"
