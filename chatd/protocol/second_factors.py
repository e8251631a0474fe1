"""The commands about what operators prove besides their password, and their own password."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chatd.protocol import results
from chatd.protocol.accounts import AccountCommand, Password, TypedPassword
from chatd.protocol.commands import Command
from chatd.protocol.results import Result

Code = Annotated[str, Meta(max_length=64)]


class QrCode(Struct, frozen=True, kw_only=True):
    """A QR code as what SVG draws: a ``path`` in a square of ``size``, its margin included."""

    size: int
    path: str


class FactorBegun(Result, frozen=True, kw_only=True):
    """What an app makes codes from: the ``secret`` in base32, the same as an ``address``
    (``otpauth://…``) and as a QR code. Told this once, and asked for only when it is confirmed."""

    secret: str
    address: str
    qr: QrCode


class FactorConfirmed(Result, frozen=True, kw_only=True):
    """The ``recovery_codes``, each good once in place of a code; told this once."""

    recovery_codes: list[str]


class BeginFactor(Command, frozen=True, kw_only=True):
    """A second factor for oneself, by one's password; it counts when it is confirmed."""

    event: ClassVar[str] = "factor:begin"
    result: ClassVar[results.Kind] = FactorBegun
    password: TypedPassword


class ConfirmFactor(Command, frozen=True, kw_only=True):
    """A first code: from now on logging in asks for one. One's other sessions end."""

    event: ClassVar[str] = "factor:confirm"
    result: ClassVar[results.Kind] = FactorConfirmed
    code: Code


class RemoveFactor(Command, frozen=True, kw_only=True):
    """Takes one's own second factor off, by password and a code."""

    event: ClassVar[str] = "factor:remove"
    result: ClassVar[results.Kind] = results.OneOperator
    password: TypedPassword
    code: Code


class TakeOffFactor(AccountCommand, frozen=True, kw_only=True):
    """Takes an operator's second factor off, who lost it: their password is enough again."""

    event: ClassVar[str] = "operator:factor_off"
    result: ClassVar[results.Kind] = results.OneOperator


class ChangeOwnPassword(Command, frozen=True, kw_only=True):
    """A new password of one's own, by the old one; all other sessions end."""

    event: ClassVar[str] = "operator:password"
    result: ClassVar[results.Kind] = results.OneOperator
    old: TypedPassword
    password: Password


COMMANDS: tuple[type[Command], ...] = (
    BeginFactor,
    ConfirmFactor,
    RemoveFactor,
    TakeOffFactor,
    ChangeOwnPassword,
)
