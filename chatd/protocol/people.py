"""The commands about people who have an account: their own, and those of who runs the daemon."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from chatd.protocol import results
from chatd.protocol.accounts import (
    AccountCommand,
    CreateAccount,
    LogInAccount,
    LogOutAccount,
    Password,
    SetAccountDisabled,
    SetAccountPassword,
    TypedPassword,
)
from chatd.protocol.commands import Command, Paged, PersonName
from chatd.protocol.files import FileId
from chatd.protocol.support import SiteName

Code = Annotated[str, Meta(max_length=64)]


class Register(CreateAccount, frozen=True, kw_only=True):
    """Makes an account of one's own, where the site allows it, and logs in. By a visitor: it is
    theirs from then on, with all that they wrote, and their token is good no more. ``invite``: the
    code of an invitation."""

    event: ClassVar[str] = "person:register"
    result: ClassVar[results.Kind] = results.PersonLoggedIn
    display_name: PersonName | None = None
    site: SiteName | None = None
    invite: Code = ""


class LogInPerson(LogInAccount, frozen=True, kw_only=True):
    """A person's name and password, for a session token to say ``hello`` with. ``device``: what an
    earlier log-in of this account from this device was given."""

    event: ClassVar[str] = "person:login"
    result: ClassVar[results.Kind] = results.PersonLoggedIn


class LogOutPerson(LogOutAccount, frozen=True, kw_only=True):
    """Ends this session of a person, or all of them."""

    event: ClassVar[str] = "person:logout"
    result: ClassVar[results.Kind] = results.LoggedOut


class ShowPerson(Command, frozen=True, kw_only=True):
    """The person that this session belongs to."""

    event: ClassVar[str] = "person:me"
    result: ClassVar[results.Kind] = results.OnePerson


class FindPeople(Command, frozen=True, kw_only=True):
    """Whom on one's site one could write to: people whose user names begin like that."""

    event: ClassVar[str] = "person:find"
    result: ClassVar[results.Kind] = results.PeopleFound
    query: Annotated[str, Meta(min_length=1, max_length=32)]


class ChangePassword(Command, frozen=True, kw_only=True):
    """A new password of one's own, by the old one; all other sessions end."""

    event: ClassVar[str] = "person:password"
    result: ClassVar[results.Kind] = results.OnePerson
    old: TypedPassword
    password: Password


class SetAvatar(Command, frozen=True, kw_only=True):
    """What one is seen as: a picture of one's own that was uploaded into ``@avatars``; without one,
    one's initials."""

    event: ClassVar[str] = "person:avatar"
    result: ClassVar[results.Kind] = results.OnePerson
    file_id: FileId | None = None


class CreateUser(CreateAccount, frozen=True, kw_only=True):
    """A new account of a person."""

    event: ClassVar[str] = "user:create"
    result: ClassVar[results.Kind] = results.OnePerson
    display_name: PersonName | None = None
    site: SiteName | None = None


class ListUsers(Paged, frozen=True, kw_only=True):
    """All people who have an account, and whether they are on line."""

    event: ClassVar[str] = "user:list"
    result: ClassVar[results.Kind] = results.PersonList


class SetUserPassword(SetAccountPassword, frozen=True, kw_only=True):
    """A new password for a person; their sessions end."""

    event: ClassVar[str] = "user:passwd"
    result: ClassVar[results.Kind] = results.OnePerson


class SetUserDisabled(SetAccountDisabled, frozen=True, kw_only=True):
    """Shuts a person out, or lets them in again; shutting out ends sessions and connections."""

    event: ClassVar[str] = "user:disable"
    result: ClassVar[results.Kind] = results.OnePerson


class TakeOffAvatar(AccountCommand, frozen=True, kw_only=True):
    """Takes off what a person is seen as: they have their initials, until they put on another
    picture."""

    event: ClassVar[str] = "user:avatar"
    result: ClassVar[results.Kind] = results.OnePerson


class RemoveUser(AccountCommand, frozen=True, kw_only=True):
    """Removes a person's account; what they wrote stays under their name."""

    event: ClassVar[str] = "user:remove"
    result: ClassVar[results.Kind] = results.RemovedPerson


class InviteUser(Command, frozen=True, kw_only=True):
    """Lets somebody make an account on a site, so many times and for so many hours."""

    event: ClassVar[str] = "user:invite"
    result: ClassVar[results.Kind] = results.Invited
    site: SiteName | None = None
    uses: Annotated[int, Meta(ge=1, le=1_000)] = 1
    hours: Annotated[int, Meta(ge=1, le=8_760)] = 168


COMMANDS: tuple[type[Command], ...] = (
    Register,
    LogInPerson,
    LogOutPerson,
    ShowPerson,
    FindPeople,
    ChangePassword,
    SetAvatar,
    CreateUser,
    ListUsers,
    SetUserPassword,
    SetUserDisabled,
    TakeOffAvatar,
    RemoveUser,
    InviteUser,
)
