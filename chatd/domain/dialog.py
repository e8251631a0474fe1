"""Dialogs that people have among themselves: who is in one, since when, and what lets others in."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

PREFIX = "dlg-"
RANDOM_BYTES = 16  # of an id: nobody comes upon another's
MOST_LINKS = 20
Form = Literal["direct", "group"]
Past = Literal["all", "none"]


class Member(Struct, frozen=True):
    """Somebody in a dialog: ``id`` is the participant. ``after``: the number of the message behind
    which the dialog begins for them."""

    id: str
    username: str
    joined_at: str
    after: int = 0


class Link(Struct, frozen=True):
    """What lets people with an account into a group, so many more times and until then. ``id``: a
    hash of the secret, which nobody is told again."""

    id: str
    left: int
    expires_at: str


class Dialog(Struct, frozen=True, kw_only=True):
    """A dialog. ``past``: how much of it those see who come later. ``owner``: the participant who
    says who is in a group; nobody in a direct one, which stays that of both: ``away`` are those who
    have put it out of their lists."""

    id: str
    form: Form
    site: str
    title: str = ""
    owner: str = ""
    members: tuple[Member, ...] = ()
    past: Past = "all"
    links: tuple[Link, ...] = ()
    away: tuple[str, ...] = ()
    created_at: str
    version: int = 1

    def member(self, participant_id: str) -> Member | None:
        """Somebody, if they are in it."""
        return next((one for one in self.members if one.id == participant_id), None)

    def by_name(self, username: str) -> Member | None:
        """Who has this user name, if they are in it; of two, who came last: the account of the
        other is gone."""
        named = (one for one in reversed(self.members) if one.username == username)
        return next(named, None)

    def with_member(self, member: Member) -> Dialog:
        """The dialog with somebody more, one version on."""
        return replace(self, members=(*self.members, member), version=self.version + 1)

    def without_member(self, participant_id: str) -> Dialog:
        """The dialog without somebody, one version on. Of an owner who goes it becomes that of who
        is in it longest."""
        staying = tuple(one for one in self.members if one.id != participant_id)
        owner = self.owner
        if owner == participant_id:
            owner = staying[0].id if staying else ""
        return replace(self, members=staying, owner=owner, version=self.version + 1)


class Pair(Struct, frozen=True, kw_only=True):
    """The direct dialog of two people; ``id``: a hash of who they are."""

    id: str
    dialog_id: str
    version: int = 1


class Memberships(Struct, frozen=True, kw_only=True):
    """The dialogs that a participant is in, and until when they hear of each only in the list:
    empty for one that is not muted."""

    id: str
    dialogs: dict[str, str] = {}
    version: int = 1

    def with_dialog(self, dialog_id: str) -> Memberships:
        """With one more dialog, one version on."""
        return self.mute(dialog_id, "")

    def without_dialog(self, dialog_id: str) -> Memberships:
        """Without a dialog, one version on."""
        kept = {id: until for id, until in self.dialogs.items() if id != dialog_id}
        return replace(self, dialogs=kept, version=self.version + 1)

    def mute(self, dialog_id: str, until: str) -> Memberships:
        """With a dialog that is muted until then, one version on."""
        dialogs = {**self.dialogs, dialog_id: until}
        return replace(self, dialogs=dialogs, version=self.version + 1)
