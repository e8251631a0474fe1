"""Rooms with very many people: these are told how many they are, about once a second, and not who
comes and goes, and how far the first two have read, not all, so that what each is sent does not
grow with the crowd."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from chatd.domain import topics
from chatd.domain.room import Room
from chatd.protocol.events import DialogUpdate, PresenceUpdate, ReceiptUpdate
from chatd.protocol.views import Receipt
from chatd.service import announce, views
from chatd.service.context import Services

NEWEST = 50
ENDED_AT_ONCE = 4


def swallows(services: Services, dialog_id: str) -> bool:
    """Whether somebody who just came or went is not told of there: only how many there are, soon.
    A room that has more people than it should tell of is a crowd from here on."""
    room = services.rooms.get(dialog_id)
    many = room is not None and services.presence.count(dialog_id) > room.crowd
    if many or dialog_id in services.crowds:
        services.crowds.move(dialog_id)
        return True
    return False


def hears(services: Services, receipt: Receipt) -> bool:
    """Whether all who are there are told how far somebody is: in a crowd only of the first two."""
    return receipt.dialog_id not in services.crowds or services.crowds.hears(receipt)


def tell_receipt(services: Services, receipt: Receipt) -> None:
    """Tells how far somebody is to all who are to hear of it; one's own other connections are."""
    topic = topics.participant(receipt.participant_id)
    if hears(services, receipt):
        topic = topics.dialog(receipt.dialog_id)
        if receipt.dialog_id in services.crowds:
            services.crowds.lead(receipt)
    announce.tell(services, topic, ReceiptUpdate(receipt=receipt))


def turn(services: Services) -> None:
    """Tells each crowd that has moved how many it is, once; ends those that have dispersed, a few
    at a time. Of a room that is retired nothing is told any more. Of several processes one tells,
    the others only take note."""
    ended, leads = 0, services.leader.leads()
    for id in services.crowds:
        room, people = services.rooms.get(id), services.presence.count(id)
        if room is None:
            if not people:
                services.crowds.end(id)
        elif people > room.calm:
            if services.crowds.settle(id) and leads:
                told = count(services, room, crowd=True)
                announce.tell_dialog(services, topics.dialog(id), told)
        elif leads and ended < ENDED_AT_ONCE:
            ended += 1
            end(services, room)


def end(services: Services, room: Room) -> None:
    """Who is there, and how far, is told to all; whoever comes, goes or reads from here on is told
    of behind that."""
    over, everybody = count(services, room, crowd=False), topics.dialog(room.id)
    services.crowds.end(room.id)
    announce.tell_dialog(services, everybody, over)
    people = services.presence.within(room.id)
    for person in people:
        here = PresenceUpdate(dialog_id=room.id, participant=person)
        announce.tell(services, everybody, here)
    ids = [person.id for person in people]
    for receipt in views.readable_views(partial(views.receipt, services, room.id), ids):
        announce.tell(services, everybody, ReceiptUpdate(receipt=receipt))


def count(services: Services, room: Room, *, crowd: bool) -> DialogUpdate:
    """How many there are; where the room's numbers cannot be read, only whether it is a crowd."""
    told = DialogUpdate(dialog_id=room.id, crowd=crowd)
    for view in views.readable_views(partial(views.room_view, services), [room]):
        told = replace(told, dialog=view)
    return told
