"""The commands about operators' passkeys. They are made and used in pages of the daemon's own only,
over HTTP: a browser answers for where it is. Bytes are in base64url."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chatd.protocol import results
from chatd.protocol.accounts import AccountCommand, TypedPassword, Username
from chatd.protocol.commands import Command
from chatd.protocol.results import Result
from chatd.protocol.second_factors import Code

Bytes = Annotated[str, Meta(max_length=1_400, pattern=r"^[A-Za-z0-9_-]*\Z")]
ManyBytes = Annotated[str, Meta(max_length=16_384, pattern=r"^[A-Za-z0-9_-]*\Z")]
CredentialId = Annotated[str, Meta(max_length=1_400)]
PasskeyName = Annotated[str, Meta(max_length=64)]


class OwnPasskey(Struct, frozen=True, kw_only=True):
    """A passkey. ``host``: at which name of the daemon it is good; ``used_at``: null for never."""

    id: str
    name: str
    host: str
    created_at: str
    used_at: str | None


class PasskeyList(Result, frozen=True, kw_only=True):
    """All of an operator's. ``offered``: whether there can be more, in a page that may have
    them."""

    passkeys: list[OwnPasskey]
    offered: bool


class PasskeyBegun(Result, frozen=True, kw_only=True):
    """What a browser makes a passkey from: the ``challenge``, the name of the ``host``, the account
    as an authenticator knows it (``handle``) and as it is shown, the ``algorithms`` by their
    numbers in COSE, and which passkeys the account has already (``exclude``)."""

    challenge: str
    seconds: int
    host: str
    handle: str
    username: str
    display_name: str
    algorithms: list[int]
    exclude: list[str]


class PasskeyAsked(Result, frozen=True, kw_only=True):
    """What a passkey has to answer for logging in, within so many ``seconds``; null where nobody
    logs in so. ``asked_by``: the browser that asked, as a cookie, which alone may answer."""

    challenge: str | None
    seconds: int
    host: str
    asked_by: str = ""


class OnePasskey(Result, frozen=True, kw_only=True):
    """A passkey as it is now."""

    passkey: OwnPasskey


class ListPasskeys(Command, frozen=True, kw_only=True):
    """By what one logs in without a password."""

    event: ClassVar[str] = "passkey:list"
    result: ClassVar[results.Kind] = PasskeyList


class BeginPasskey(Command, frozen=True, kw_only=True):
    """A passkey for oneself, by one's password, and a code where one has a second factor."""

    event: ClassVar[str] = "passkey:begin"
    result: ClassVar[results.Kind] = PasskeyBegun
    password: TypedPassword
    code: Code = ""


class ConfirmPasskey(Command, frozen=True, kw_only=True):
    """What the browser made: from now on it logs one in. With one's first proof besides the
    password one's other sessions end."""

    event: ClassVar[str] = "passkey:confirm"
    result: ClassVar[results.Kind] = OnePasskey
    name: PasskeyName
    passkey: Bytes
    client_data: ManyBytes
    attestation: ManyBytes


class RemovePasskey(Command, frozen=True, kw_only=True):
    """Takes one of one's passkeys away, by one's password, and a code where one has a second
    factor; the sessions that it began end, but for the one that asks."""

    event: ClassVar[str] = "passkey:remove"
    result: ClassVar[results.Kind] = OnePasskey
    passkey: CredentialId
    password: TypedPassword
    code: Code = ""


class AskPasskey(Command, frozen=True, kw_only=True):
    """What a passkey is to answer for logging in, by whoever is at this browser."""

    event: ClassVar[str] = "passkey:ask"
    result: ClassVar[results.Kind] = PasskeyAsked


class LoginByPasskey(Command, frozen=True, kw_only=True):
    """Logs an operator in by a passkey that has verified them: no password, no code."""

    event: ClassVar[str] = "passkey:login"
    result: ClassVar[results.Kind] = results.LoggedIn
    passkey: Bytes
    handle: Bytes
    client_data: ManyBytes
    authenticator_data: ManyBytes
    signature: ManyBytes


class ListPasskeysOf(Command, frozen=True, kw_only=True):
    """By what an operator logs in without a password."""

    event: ClassVar[str] = "operator:passkeys"
    result: ClassVar[results.Kind] = PasskeyList
    username: Username


class TakeOffPasskeys(AccountCommand, frozen=True, kw_only=True):
    """Takes an operator's passkeys away, or one of them; the sessions that these began end."""

    event: ClassVar[str] = "operator:passkey_off"
    result: ClassVar[results.Kind] = PasskeyList
    passkey: CredentialId | None = None


COMMANDS: tuple[type[Command], ...] = (
    *(ListPasskeys, BeginPasskey, ConfirmPasskey, RemovePasskey, AskPasskey, LoginByPasskey),
    *(ListPasskeysOf, TakeOffPasskeys),
)
