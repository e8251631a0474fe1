"""Operators' second factor: one-time codes by the clock (RFC 6238), each good once, and recovery
codes for who lost what shows them."""

from __future__ import annotations

import hmac
import secrets

import pyotp
from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.tokens import digest, matches

STEP_SECONDS = 30
DRIFT = 1  # steps that a clock may be wrong by
RECOVERY_CODES = 10
GROUPS, GROUP = 4, 4
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without those that are taken for each other
FILLING = str.maketrans("", "", " -\N{NO-BREAK SPACE}\t")


class SecondFactor(Struct, frozen=True, kw_only=True):
    """``secret``: what codes are made from, in base32. ``confirmed_at``: when a first code was
    given; empty for none yet, and it is asked for nowhere. ``step``: that of the last code that was
    used, before which none is good. ``recovery``: what is kept of the codes that are left."""

    secret: str
    confirmed_at: str = ""
    step: int = 0
    recovery: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Never the secret, wherever an account is written out."""
        return f"SecondFactor(confirmed_at={self.confirmed_at!r})"


def new_factor() -> SecondFactor:
    """One that is still to be confirmed."""
    return SecondFactor(secret=pyotp.random_base32())


def address_of(factor: SecondFactor, username: str, issuer: str) -> str:
    """What an app takes it over from: ``otpauth://…``, for a QR code."""
    return pyotp.TOTP(factor.secret).provisioning_uri(name=username, issuer_name=issuer)


def spend(factor: SecondFactor, code: str, now: float) -> SecondFactor | None:
    """The factor without what this code used up; nothing where it is wrong, or was used."""
    code = code.translate(FILLING).lower()
    if (step := step_of(factor, code, now)) is not None:
        return replace(factor, step=step)
    found = [kept for kept in factor.recovery if matches(code, kept)]
    if not found:
        return None
    return replace(factor, recovery=tuple(one for one in factor.recovery if one not in found))


def step_of(factor: SecondFactor, code: str, now: float) -> int | None:
    """Which step's code this is, of those that are good now; all are compared, whichever it is."""
    totp, here = pyotp.TOTP(factor.secret, interval=STEP_SECONDS), int(now) // STEP_SECONDS
    steps = range(here - DRIFT, here + DRIFT + 1)
    given = code.encode()
    same = [hmac.compare_digest(totp.generate_otp(step).encode(), given) for step in steps]
    good = [step for step, right in zip(steps, same, strict=True) if right and step > factor.step]
    return good[0] if good else None


def new_recovery_codes() -> list[str]:
    """Codes that are good once each: 80 bits, so that a plain hash is enough."""
    return ["-".join(new_group() for _ in range(GROUPS)) for _ in range(RECOVERY_CODES)]


def new_group() -> str:
    """Letters that are read out easily."""
    return "".join(secrets.choice(LETTERS) for _ in range(GROUP))


def kept_of(code: str) -> str:
    """What is kept of a recovery code."""
    return digest(code.translate(FILLING))
