"""Customers whom their site names: the same person wherever their site says so, on every device;
what they began before that is theirs from then on, once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from chatd.domain.message import Message, revise
from chatd.domain.participant import REMEMBERED_IDS, REMEMBERED_TICKETS, Participant
from chatd.domain.signed import Device, Signed, Subject, sign, subject_id
from chatd.domain.ticket import Ticket, number
from chatd.domain.times import to_text
from chatd.domain.tokens import digest
from chatd.domain.versions import rerun, successor
from chatd.errors import Invalid, Unavailable
from chatd.service import blanking, claims, expiry
from chatd.service.changes import settle
from chatd.service.claims import FIELD, Claims
from chatd.service.context import Services
from chatd.store.base import Advance, Change, Put, Remove


class Known(NamedTuple):
    """Who somebody is by now, and their token on this device. ``came``: as whom they were here
    before, where that was somebody else; ``promoted``: they were nobody in particular until now;
    ``news``: their tickets are to say something else of them."""

    participant: Participant
    token: str
    came: Participant | None
    promoted: bool
    news: bool


def read_claims(services: Services, site: str, token: str) -> Claims:
    """What a site's token says; Invalid for a site whose customers are nobody in particular."""
    settings = services.config.sites[site].identity
    keys = services.config.identity_keys.get(site)
    if keys is None:
        raise Invalid(
            f"the site {site} names nobody: sites.{site}.identity has no key", field=FIELD
        )
    if isinstance(keys, str):
        raise Unavailable("who is who cannot be told just now; who operates this daemon can")
    audience = settings.audience or site
    return claims.read(token, keys, settings.algorithm, audience, services.now())


def introduce(
    services: Services, site: str, said: Claims, before: Participant | None, token: str, name: str
) -> Known:
    """Who the site says that it is, as they are stored. ``before``: the visitor whose ``token``
    came along; ``name``: of who has none in the site's own words."""
    found = find(services, site, said.subject)
    own = before if before and before.signed is None else None
    who = found or own or new(services, site, said.name or name)
    if found is None or before is None or before.id != found.id:
        token = services.tokens.make(who.id)[0]
    told = tell(services, who, said, token)
    if found is None:
        known = put_subject(services, site, said.subject, told.id)
        services.store.commit(Put(successor(told) if own else told), known)
    elif told != who:
        services.store.commit(Put(successor(told)))
    return Known(
        participant=told,
        token=token,
        came=own if own and own.id != who.id else None,
        promoted=who is own,
        news=what_is_said(told) != what_is_said(who),
    )


def tell(services: Services, who: Participant, said: Claims, token: str) -> Participant:
    """Somebody as their site names them now, with this device among theirs."""
    device = Device(
        token_hash=digest(token.partition(".")[2]),
        expires_at=to_text(said.expires_at + expiry.GRACE_S),
    )
    signed = Signed(
        subject=said.subject,
        named=bool(said.name),
        contact=said.contact,
        phone=said.phone,
        attributes=said.attributes,
        devices=who.signed.devices if who.signed else (),
    )
    lasts = expiry.until(services, "visitor") if expiry.is_worn(services, who) else who.expires_at
    return replace(
        who,
        name=said.name or who.name,
        token_hash="",
        expires_at=lasts,
        signed=signed.with_device(device, to_text(services.now())),
    )


def what_is_said(who: Participant) -> tuple[str, Signed | None]:
    """What their tickets say of somebody."""
    return who.name, replace(who.signed, devices=()) if who.signed else None


def put_subject(services: Services, site: str, subject: str, participant: str) -> Put:
    """By what they are found from now on, in place of who is gone by now."""
    id = subject_id(site, subject)
    old = services.store.get(Subject, id)
    version = old.version + 1 if old else 1
    return Put(Subject(id=id, participant=participant, version=version))


def forget_subject(services: Services, who: Participant) -> Iterator[Change]:
    """By what somebody was found is gone."""
    if who.signed:
        known = services.store.get(Subject, subject_id(who.site, who.signed.subject))
        if known and known.participant == who.id:
            yield Remove("subjects", known.id, known.version)


def find(services: Services, site: str, subject: str) -> Participant | None:
    """Who this is here, if they are known."""
    known = services.store.get(Subject, subject_id(site, subject))
    who = services.store.get(Participant, known.participant) if known else None
    fits = who and who.signed and (who.site, who.signed.subject) == (site, subject)
    return who if fits else None


def new(services: Services, site: str, name: str) -> Participant:
    """Somebody who was never here, still to be stored."""
    now = services.now()
    return Participant(
        id=services.newborn.id(now),
        name=name,
        site=site,
        token_hash="",
        created_at=to_text(now),
        expires_at=expiry.until(services, "visitor"),
        wrote=False,
    )


def take_over(services: Services, came: Participant, id: str) -> None:
    """All that a visitor began is a known person's from now on, and the visitor nobody any more:
    nobody else gets it by their token; what they said elsewhere is found as that person's. Done
    again it goes on where it broke off."""
    rerun(partial(remember, services, came.id, id))
    for ticket_id in came.tickets:
        ticket = services.store.get(Ticket, ticket_id)
        if ticket is None or ticket.customer_id != came.id:
            continue
        adopt = partial(adopt_message, came.id, id)
        for _ in blanking.blank_all(services, ticket_id, adopt):
            pass
        rerun(partial(hand_over, services, ticket_id, came.id, id))
        for _ in blanking.blank_all(services, ticket_id, adopt):  # what was said meanwhile
            pass
    rerun(partial(end_visitor, services, came.id))


def remember(services: Services, before: str, id: str) -> None:
    """Who a visitor was, and as whom somebody was here before."""
    came, who = services.store.get(Participant, before), services.store.get(Participant, id)
    if came and who and came.became != id:
        earlier = (*who.earlier, before)[-REMEMBERED_IDS:]
        services.store.commit(Put(successor(came, became=id)), Put(successor(who, earlier=earlier)))


def adopt_message(before: str, id: str, message: Message, at: str) -> Message | None:
    """A message of who somebody was is theirs."""
    if message.sender_id != before:
        return None
    return revise(message, sender_id=id)


def hand_over(services: Services, ticket_id: str, before: str, id: str) -> None:
    """A ticket of who somebody was, and how far they have read it."""
    ticket, who = services.store.get(Ticket, ticket_id), services.store.get(Participant, id)
    if ticket is None or who is None or ticket.customer_id != before:
        return
    own = sorted({*who.tickets, ticket_id}, key=number)[-REMEMBERED_TICKETS:]
    read = services.store.conversation(ticket_id).receipt(before)
    moved = replace(
        ticket,
        customer_id=id,
        customer_name=who.name,
        updated_at=to_text(services.now()),
        version=ticket.version + 1,
    )
    also = (
        Put(successor(who, tickets=tuple(own))),
        Advance(ticket_id, id, delivered=read.delivered, read=read.read),
    )
    known = sign(moved, who.signed, who.name) if who.signed else moved
    settle(services, known, "renamed", also=also)


def end_visitor(services: Services, id: str) -> None:
    """Nobody is this visitor any more."""
    came = services.store.get(Participant, id)
    if came and came.token_hash:
        over = {"token_hash": "", "tickets": (), "subscriptions": ()}
        services.store.commit(Put(successor(came, expires_at=to_text(services.now()), **over)))


def end_device(services: Services, who: Participant, secret: str) -> None:
    """Somebody is known by this token no longer."""
    if who.signed:
        signed = who.signed.without_device(secret)
        services.store.commit(Put(successor(who, signed=signed)))


def own_tickets(services: Services, participant: Participant) -> list[Ticket]:
    """Those that they have, the open ones first, the newest first of each."""
    found = (services.store.get(Ticket, id) for id in reversed(participant.tickets))
    mine = [one for one in found if one and one.customer_id == participant.id]
    return sorted(mine, key=lambda one: not one.open)
