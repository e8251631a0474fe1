"""The kinds of places, and which of them is meant by an id."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, Self

from chatd.domain.house import House
from chatd.domain.place import (
    DialogPlace,
    Kind,
    NotesPlace,
    Place,
    Relation,
    RoomPlace,
    TicketPlace,
)
from chatd.domain.principal import Principal

AVATARS = "@avatars"


class AvatarsPlace(Place, frozen=True):
    """Where people upload what they want to be seen as, and do nothing else."""

    kind: ClassVar[Kind] = "avatars"

    @classmethod
    def is_named(cls, dialog_id: str) -> bool:
        return dialog_id == AVATARS

    @classmethod
    def find(cls, house: House, who: Principal, dialog_id: str) -> Self | None:
        return cls(dialog_id) if who.account else None

    def relation(self, who: Principal) -> Relation:
        return "self"


# Asked in this order: the first whose kind an id is of.
KINDS: tuple[type[Place], ...] = (NotesPlace, TicketPlace, DialogPlace, AvatarsPlace, RoomPlace)


@lru_cache(maxsize=4096)
def kind_of(dialog_id: str) -> type[Place]:
    """The kind of place that an id is of, whether or not there is such a one."""
    for kind in KINDS:
        if kind.is_named(dialog_id):
            return kind
    return RoomPlace


def find(house: House, who: Principal, dialog_id: str) -> Place | None:
    """The place of this id, as far as somebody may know that it is there."""
    return kind_of(dialog_id).find(house, who, dialog_id)
