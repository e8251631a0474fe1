"""How a customer is reached: by mail or by phone, as people write these."""

from __future__ import annotations

import re
from typing import Literal

from chatd.domain.mail import address_of

Way = Literal["contact", "phone"]
PHONE = re.compile(r"\+?[0-9](?:[ ./()-]{0,2}[0-9]){5,14}\)?", re.ASCII)
RULE = "a phone number is like '+7 912 345-67-89', with 6 to 15 digits"
EITHER = "a mail address like 'anna@shop.example', or a phone number like '+7 912 345-67-89'"


def phone_of(text: str) -> str:
    """The digits of a phone number, with its ``+``; ValueError for what is none."""
    given = text.strip().removeprefix("(")
    if not PHONE.fullmatch(given):
        raise ValueError(RULE)
    digits = re.sub(r"[^0-9]", "", given)
    return f"+{digits}" if given.startswith("+") else digits


def way_of(text: str) -> tuple[Way, str]:
    """The field of a ticket that this is for, and what stands there; ValueError for what is
    neither."""
    if "@" in text:
        return "contact", address_of(text)
    try:
        return "phone", phone_of(text)
    except ValueError:
        raise ValueError(f"a contact is {EITHER}") from None
