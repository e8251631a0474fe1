"""The commands about dialogs that people have among themselves, and who is in them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, field

from chatd.domain.dialog import Form, Past
from chatd.protocol import results
from chatd.protocol.accounts import Username
from chatd.protocol.commands import Command, DialogCommand, Paged, PersonName

MOST_AT_ONCE = 100
Companions = Annotated[
    list[Username],
    Meta(max_length=MOST_AT_ONCE, description=f"at most {MOST_AT_ONCE} user names"),
]
GroupCode = Annotated[str, Meta(max_length=160)]


class CreateDialog(Command, frozen=True, kw_only=True):
    """A dialog with one other person, which is the same however often it is asked for; or a new
    group with a ``title`` and whoever is named. ``past``: how much of a group those see who come
    later."""

    event: ClassVar[str] = "dialog:create"
    result: ClassVar[results.Kind] = results.OneDialog
    kind: Form
    companions: Companions = field(default_factory=list, name="with")
    title: PersonName | None = None
    past: Past = "all"


class ListDialogs(Paged, frozen=True, kw_only=True):
    """The dialogs that I am in."""

    event: ClassVar[str] = "dialog:list"
    result: ClassVar[results.Kind] = results.DialogList


class WatchDialogs(Paged, frozen=True, kw_only=True):
    """The same, and from then on what happens in all of them, open or not: ``dialog:news``,
    ``dialog:update``, ``typing:start`` and ``typing:stop``, and my own ``receipt:update``."""

    event: ClassVar[str] = "dialog:watch"
    result: ClassVar[results.Kind] = results.DialogList


class InviteIntoDialog(DialogCommand, frozen=True, kw_only=True):
    """Lets a person into a group."""

    event: ClassVar[str] = "dialog:invite"
    result: ClassVar[results.Kind] = results.OneDialog
    who: Username


class RemoveFromDialog(DialogCommand, frozen=True, kw_only=True):
    """Puts a person out of a group, and ends its invitations."""

    event: ClassVar[str] = "dialog:remove"
    result: ClassVar[results.Kind] = results.OneDialog
    who: Username


class RenameDialog(DialogCommand, frozen=True, kw_only=True):
    """Another title for a group."""

    event: ClassVar[str] = "dialog:rename"
    result: ClassVar[results.Kind] = results.OneDialog
    title: PersonName


class SetPast(DialogCommand, frozen=True, kw_only=True):
    """How much of a group those see who come from now on."""

    event: ClassVar[str] = "dialog:past"
    result: ClassVar[results.Kind] = results.OneDialog
    past: Past


class HandOver(DialogCommand, frozen=True, kw_only=True):
    """Makes somebody else in it a group's owner."""

    event: ClassVar[str] = "dialog:hand_over"
    result: ClassVar[results.Kind] = results.OneDialog
    who: Username


class MakeLink(DialogCommand, frozen=True, kw_only=True):
    """Lets so many people into a group who have the code, for so many hours."""

    event: ClassVar[str] = "dialog:link"
    result: ClassVar[results.Kind] = results.GroupLink
    uses: Annotated[int, Meta(ge=1, le=1_000)] = 1
    hours: Annotated[int, Meta(ge=1, le=8_760)] = 168


class EndLinks(DialogCommand, frozen=True, kw_only=True):
    """Ends all invitations into a group."""

    event: ClassVar[str] = "dialog:unlink"
    result: ClassVar[results.Kind] = results.OneDialog


class EnterDialog(Command, frozen=True, kw_only=True):
    """Comes into a group by the code of an invitation."""

    event: ClassVar[str] = "dialog:enter"
    result: ClassVar[results.Kind] = results.OneDialog
    code: GroupCode


class QuitDialog(DialogCommand, frozen=True, kw_only=True):
    """Leaves a group for good; one that was its owner's is then that of who is in it longest. A
    dialog of two is out of my list until either of us begins it again, or writes."""

    event: ClassVar[str] = "dialog:quit"
    result: ClassVar[results.Kind] = results.Left


class MuteDialog(DialogCommand, frozen=True, kw_only=True):
    """Hears of a dialog only in the list: until then, for good, or (``off``) no longer."""

    event: ClassVar[str] = "dialog:mute"
    result: ClassVar[results.Kind] = results.OneDialog
    until: Annotated[str, Meta(max_length=40)] | None = None
    off: bool = False


COMMANDS: tuple[type[Command], ...] = (
    CreateDialog,
    ListDialogs,
    WatchDialogs,
    InviteIntoDialog,
    RemoveFromDialog,
    RenameDialog,
    SetPast,
    HandOver,
    MakeLink,
    EndLinks,
    EnterDialog,
    QuitDialog,
    MuteDialog,
)
