"""What a site says of a customer in a token that it has signed: checked, and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from chatd.config.identity import Algorithm
from chatd.domain import attributes
from chatd.domain.attributes import Attribute
from chatd.domain.contact import phone_of
from chatd.domain.mail import address_of
from chatd.domain.times import to_text
from chatd.domain.visible import shows
from chatd.errors import ChatdError, Unauthenticated

FIELD = "user_token"
DAY, SKEW_S = 86_400, 60
LONGEST_SUBJECT, LONGEST_NAME = 256, 64


class Claims(Struct, frozen=True, kw_only=True):
    """Who it is, and until when that is said. ``left_out``: what was said and is none."""

    subject: str
    expires_at: float
    name: str = ""
    contact: str = ""
    phone: str = ""
    attributes: tuple[Attribute, ...] = ()
    left_out: tuple[str, ...] = ()


def refuse(why: str, **details: Any) -> Unauthenticated:
    """A token that proves nothing."""
    return Unauthenticated(f"{FIELD}: {why}", field=FIELD, **details)


def read(token: str, keys: list[str], algorithm: Algorithm, audience: str, now: float) -> Claims:
    """What a token says; Unauthenticated, with why, for one that is not good now. How it has to be
    signed is the site's word, never the token's."""
    said = verify(token, keys, algorithm, audience)
    subject = said.get("sub")
    if not isinstance(subject, str) or not shows(subject) or len(subject) > LONGEST_SUBJECT:
        raise refuse(f"'sub' is a text of 1 to {LONGEST_SUBJECT} characters, who it is on the site")
    expires_at = check_times(said, now)
    left_out: list[str] = []
    return Claims(
        subject=subject,
        expires_at=expires_at,
        name=claim_of(said, "name", name_of, left_out) or "",
        contact=claim_of(said, "email", address_of, left_out) or "",
        phone=claim_of(said, "phone", phone_of, left_out) or "",
        attributes=claim_of(said, "attributes", attributes_of, left_out) or (),
        left_out=tuple(left_out),
    )


def verify(token: str, keys: list[str], algorithm: Algorithm, audience: str) -> dict[str, Any]:
    """What is in a token that one of the keys has signed."""
    import jwt  # an extra: only where a site signs

    # When it is good is judged by our own clock; PyJWT has another.
    unchecked = ("exp", "nbf", "iat", "sub", "aud")
    checks = dict.fromkeys((f"verify_{name}" for name in unchecked), False)
    found: Exception = jwt.InvalidSignatureError()
    for key in keys:
        try:
            said: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                options=checks,  # type: ignore[arg-type]
            )
        except jwt.InvalidSignatureError as error:
            found = error
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            found = error
            break
        else:
            check_audience(said, audience)
            return said
    raise refuse(explain(found, algorithm))


def explain(error: Exception, algorithm: Algorithm) -> str:
    """Why a token is none, in words."""
    import jwt

    if isinstance(error, jwt.InvalidSignatureError):
        return "it is not signed with this site's key"
    if isinstance(error, jwt.InvalidAlgorithmError):
        return f"it is not signed with {algorithm}, as this site's are"
    return "it is no JSON Web Token (three parts, base64url, with a header and a JSON object)"


def check_audience(said: dict[str, Any], audience: str) -> None:
    """For somebody else, if it says for whom."""
    named = said.get("aud", audience)
    if audience not in (named if isinstance(named, list) else [named]):
        raise refuse(f"its 'aud' is not {audience!r}")


def check_times(said: dict[str, Any], now: float) -> float:
    """Until when it is good: it says so, a day ahead at most; what else it says of time holds."""
    expires_at = seconds(said, "exp")
    if expires_at is None:
        raise refuse("it needs 'exp', until when it is good, in seconds since 1970")
    if expires_at <= now:
        raise refuse(f"it has run out at {to_text(expires_at)}", expired=True)
    if expires_at > now + DAY + SKEW_S:
        raise refuse("its 'exp' is more than 24 hours ahead")
    for name, what in (("nbf", "is not good before"), ("iat", "was made at")):
        at = seconds(said, name)
        if at is not None and at > now + SKEW_S:
            raise refuse(f"it {what} {to_text(at)}, which is still to come")
    return expires_at


def seconds(said: dict[str, Any], name: str) -> float | None:
    """A time, if it is there."""
    at = said.get(name)
    if at is None:
        return None
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not 0 <= at < 2**40:
        raise refuse(f"its {name!r} is no number of seconds since 1970")
    return float(at)


def claim_of(
    said: dict[str, Any], name: str, read: Callable[[Any], Any], left_out: list[str]
) -> Any:
    """One claim as it is kept; what is none is left out: for a bad number nobody is shut out."""
    if said.get(name) in (None, ""):
        return None
    try:
        return read(said[name])
    except (ValueError, TypeError, AttributeError, ChatdError):
        left_out.append(name)
        return None


def name_of(text: str) -> str:
    """A name on one line."""
    cleaned = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    if not shows(cleaned):
        raise ValueError("nothing of it is seen")
    return cleaned[:LONGEST_NAME]


def attributes_of(given: Any) -> tuple[Attribute, ...]:
    """What else is said."""
    return attributes.change((), msgspec.convert(given, dict[str, attributes.Value]), verified=True)
