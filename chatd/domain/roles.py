"""Roles of operators: named lists of what they may, of all that an administrator may.

A permission is a command, as the policy has it in its table, or one of ``MORE``, which widen a
command. What everybody needs who works here needs none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chatd.domain import policy

BUILT_IN = ("operator", "admin")
STAFFED: frozenset[policy.Party] = frozenset({"operator", "staff"})
# What widens a command beyond what any operator may do with it.
MORE: dict[str, str] = {
    "report:all": "the figures of all operators, not only one's own",
    "act:others": "acting for another operator, who is named",
    "message:moderate": "deleting what others wrote",
}
OF_OPERATORS = frozenset(
    name for name, parties in policy.RULES.items() if parties & STAFFED and name not in policy.FREE
)
# Of no one site: who has one of these serves all of them.
OF_THE_HOUSE = frozenset(
    name for name, parties in policy.RULES.items() if "admin" in parties and not parties & STAFFED
)
PERMISSIONS = OF_OPERATORS | OF_THE_HOUSE | frozenset(MORE)
EVERYTHING = {"operator": OF_OPERATORS, "admin": PERMISSIONS}


def expand(pattern: str) -> frozenset[str]:
    """The permissions that are named: one, a family (``ticket:*``), or those of a built-in role
    (``operator``); none where it names nothing."""
    if pattern in EVERYTHING:
        return EVERYTHING[pattern]
    family = pattern.removesuffix("*")
    if family != pattern and family.endswith(":"):
        return frozenset(one for one in PERMISSIONS if one.startswith(family))
    return frozenset({pattern}) & PERMISSIONS


def compact(granted: Collection[str]) -> list[str]:
    """These permissions, as short as they can be told: of a family that is whole its name alone
    (``ticket:*``)."""
    families: dict[str, set[str]] = {}
    for one in PERMISSIONS:
        families.setdefault(one.partition(":")[0], set()).add(one)
    told = list[str]()
    for family, members in families.items():
        given = members.intersection(granted)
        told += [f"{family}:*"] if given == members else given
    return sorted(told)


def permissions(may: Iterable[str], may_not: Iterable[str] = ()) -> frozenset[str]:
    """All that a role may, by what its lists name."""
    taken = frozenset[str]().union(*map(expand, may_not))
    return frozenset[str]().union(*map(expand, may)) - taken
