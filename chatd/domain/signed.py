"""Customers whose site says who they are, and proves it: what it signed, where they are so."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain import attributes
from chatd.domain.attributes import MOST, Attribute
from chatd.domain.ticket import Field, Ticket
from chatd.domain.tokens import digest, matches

MOST_DEVICES = 10


class Device(Struct, frozen=True, kw_only=True):
    """A browser that said who it is; ``expires_at``: until when its token is good."""

    token_hash: str
    expires_at: str


class Signed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a site has signed of a customer: ``subject``, by whom it knows them, and what it said of
    them last; ``named``: their name, too. ``devices``: where they are so, the newest last."""

    subject: str
    named: bool = False
    contact: str = ""
    phone: str = ""
    attributes: tuple[Attribute, ...] = ()
    devices: tuple[Device, ...] = ()

    def device_of(self, secret: str) -> Device | None:
        """Whose token this is."""
        return next((one for one in self.devices if matches(secret, one.token_hash)), None)

    def with_device(self, device: Device, now: str) -> Signed:
        """With one more, or the same for longer, and without those that are over; of very many the
        oldest go."""
        others = [
            one
            for one in self.devices
            if one.expires_at > now and one.token_hash != device.token_hash
        ]
        return replace(self, devices=(*others, device)[-MOST_DEVICES:])

    def without_device(self, secret: str) -> Signed:
        """Where they are so no longer."""
        gone = digest(secret)
        return replace(self, devices=tuple(one for one in self.devices if one.token_hash != gone))

    @property
    def verified(self) -> tuple[Field, ...]:
        """The fields of a ticket that are signed."""
        has: dict[Field, bool] = {
            "name": self.named,
            "contact": bool(self.contact),
            "phone": bool(self.phone),
        }
        return tuple(name for name, given in has.items() if given)


class Subject(Struct, frozen=True, kw_only=True):
    """Who a subject of a site is here. ``id``: a hash of both."""

    id: str
    participant: str
    version: int = 1


def subject_id(site: str, subject: str) -> str:
    """Under which they are found; of another site somebody else."""
    return digest(f"{site}\0{subject}")


def sign(ticket: Ticket, signed: Signed, name: str) -> Ticket:
    """A ticket with what its customer's site signed, and without what it signed before and takes
    back; of what others said as much as there is room for. ``name``: what they are called."""
    own = {one.name for one in signed.attributes}
    said = [one for one in ticket.attributes if not one.verified and one.name not in own]
    kept = (*signed.attributes, *said[: MOST - len(signed.attributes)])
    fields: dict[str, Any] = {
        "attributes": attributes.in_order(kept),
        "verified": signed.verified,
    }
    if signed.named:
        fields["customer_name"] = name
    for name in ("contact", "phone"):
        if given := getattr(signed, name):
            fields[name] = given
        elif name in ticket.verified:
            fields[name] = ""
    return replace(ticket, **fields)
