"""Who acts: the identity that a transport has established and that the policy judges."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.mute import Mutes
from chatd.domain.participant import Operator, Participant, Role

Kind = Literal["anonymous", "visitor", "operator", "program", "shell", "system"]
# Whoever is at the machine, and the daemon itself: nothing is counted for them, none is shut out.
LOCAL: frozenset[Kind] = frozenset({"shell", "system"})


class Principal(Struct, frozen=True, kw_only=True):
    """``id`` is what messages and receipts are signed with; ``operator`` the user name of one.

    ``role`` is an operator's (``operator``, ``admin``) or a shell user's (``read``, ``act``).
    ``sites``: which sites an operator serves, or a program is for, empty for all; ``scopes``: what
    a program's token is good for. ``account``: a person's user name, who
    is a visitor that logs in; ``avatar``: their picture, a file.
    ``mutes``: where a visitor may not say anything. ``must_enrol``: an operator who has to have a
    second factor before anything else. ``may``: the permissions of a role of the configuration's;
    of the others the policy knows.
    """

    kind: Kind
    id: str = ""
    name: str = ""
    site: str = ""
    role: Role | None = None
    operator: str | None = None
    account: str | None = None
    avatar: str = ""
    mutes: Mutes = ()
    sites: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    must_enrol: bool = False
    may: frozenset[str] | None = None

    def serves(self, site: str) -> bool:
        """Whether this is staff for that site."""
        return self.is_staff and (not self.sites or site in self.sites)

    def shares(self, sites: tuple[str, ...]) -> bool:
        """Whether this is staff for one of these sites; none named: all of them."""
        return self.is_staff and meet(self.sites, sites)

    @property
    def label(self) -> str:
        """What the log and the audit call them: operators by their user names, programs by the
        names of their tokens."""
        if self.kind == "program":
            return self.name
        return f"operator:{self.operator}" if self.kind == "operator" else self.id or self.kind

    @property
    def is_staff(self) -> bool:
        """Whether this is anybody but a visitor."""
        return self.kind in ("operator", "program") or self.kind in LOCAL

    def has(self, permission: str) -> bool:
        """Whether somebody has what not every operator has."""
        return self.role in ("admin", "act") or permission in (self.may or ())

    @property
    def runs_it(self) -> bool:
        """Whether the whole daemon is their business: administrators, the shell, itself."""
        return self.kind in LOCAL or self.role == "admin"


def meet(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether two lists of sites have one in common; an empty one means all sites."""
    return not some or not others or not set(some).isdisjoint(others)


ANONYMOUS = Principal(kind="anonymous")


def of_visitor(participant: Participant) -> Principal:
    """The principal of a visitor's token."""
    return Principal(
        kind="visitor",
        id=participant.id,
        name=participant.name,
        site=participant.site,
        avatar=participant.avatar,
        mutes=participant.mutes,
    )


def of_person(participant: Participant, account: str) -> Principal:
    """The principal of a person's session."""
    return replace(of_visitor(participant), account=account)


def of_operator(
    operator: Operator, *, second_factor: bool = False, may: frozenset[str] | None = None
) -> Principal:
    """The principal of an operator's session; ``second_factor``: whether each needs one; ``may``:
    what their role may, where the configuration says that."""
    return Principal(
        kind="operator",
        id=operator_id(operator),
        name=operator.name,
        role=operator.role,
        operator=operator.id,
        sites=operator.sites,
        must_enrol=second_factor and not operator.is_proven,
        may=may,
    )


def operator_id(operator: Operator) -> str:
    """What an operator's messages and receipts are signed with. Customers read it, and are not to
    know the user name."""
    return f"operator:{operator.alias or operator.id}"
