"""How rooms, tickets and operators look to who asks; what is not their business is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from msgspec import UNSET, UnsetType, convert
from msgspec.structs import asdict, replace

from chatd.domain import mute, sla
from chatd.domain.conversation import Conversation
from chatd.domain.dialog import Dialog, Member, Memberships
from chatd.domain.episode import Episode
from chatd.domain.mention import mentions
from chatd.domain.message import Message
from chatd.domain.participant import Operator, Participant
from chatd.domain.person import avatar_path
from chatd.domain.place import DialogPlace, OfTicket, Place, RoomPlace
from chatd.domain.principal import Principal, meet, operator_id
from chatd.domain.rating import rateable_until
from chatd.domain.room import Room
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import Damaged
from chatd.protocol import companions
from chatd.protocol import views as shapes
from chatd.protocol.calling import VoiceParty
from chatd.service.context import Services
from chatd.service.ice import allows_calls, has_channel
from chatd.service.showing import trusted_words
from chatd.service.standing import Standing, is_available
from chatd.service.texts import site_text

MOST_UNREAD = 100  # that are looked at for who is named, and what is deleted
T = TypeVar("T")
V = TypeVar("V")


def room_view(services: Services, room: Room) -> shapes.Room:
    """A room, with how many people are in it."""
    conversation = services.store.conversation(room.id)
    return shapes.Room(
        id=room.id,
        title=room.title or room.id,
        topic=room.topic,
        live_typing=room.live_typing,
        read_only=room.read_only,
        locked=bool(room.lock),
        people=services.presence.count(room.id),
        last_seq=conversation.last_seq,
        rev=conversation.rev,
        voice=voice_view(services, RoomPlace(room.id, room)),
    )


def listed_room(services: Services, room: Room, viewer: Principal) -> shapes.Room:
    """A room in the list of rooms: of one that asks the viewer for its password no more than that
    it is there."""
    view, place = room_view(services, room), RoomPlace.find(services, viewer, room.id)
    if not room.lock or (place and place.relation(viewer) in ("member", "staff")):
        return view
    return replace(view, topic="", people=0, last_seq=0, rev=0, voice=UNSET)


def voice_view(services: Services, place: Place) -> list[VoiceParty] | UnsetType:
    """Who is in the voice channel of a place that has one."""
    return list_voices(services, place.id) if has_channel(services, place) else UNSET


def list_voices(services: Services, dialog_id: str) -> list[VoiceParty]:
    """Who is in a channel, as everybody sees it."""
    return [
        VoiceParty(id=one.id, name=one.name, muted=one.muted, video=one.video, screen=one.screen)
        for one in services.voices.within(dialog_id)
    ]


def place_view(services: Services, place: Place, viewer: Principal) -> shapes.Dialog:
    """A place as somebody in it sees it, as it is by now."""
    return VIEWS[place.kind](services, place, viewer)


def notes_view(services: Services, place: OfTicket, viewer: Principal) -> shapes.Notes:
    """A ticket's notes, with the ticket."""
    notes = services.store.conversation(place.id)
    return shapes.Notes(
        id=place.id,
        ticket=ticket_now(services, place, viewer),
        last_seq=notes.last_seq,
        rev=notes.rev,
    )


def ticket_now(services: Services, place: OfTicket, viewer: Principal) -> shapes.Ticket:
    """The ticket of a place as it is by now."""
    ticket = services.store.get(Ticket, place.held.id) or place.held
    return ticket_view(services, ticket, viewer)


def room_now(services: Services, place: RoomPlace, viewer: Principal) -> shapes.Room:
    """A room is to all the same."""
    return room_view(services, place.room)


def dialog_view(
    services: Services, place: DialogPlace, viewer: Principal | None, *, listed: bool = False
) -> companions.Direct | companions.Group:
    """A dialog of people; with what is its viewer's own, if it is for one. ``listed``: as in a
    list, where of a group is told only how many are in it."""
    held = place.held
    shown = () if listed and held.form == "group" else held.members
    conversation = services.store.conversation(place.id)
    told: dict[str, Any] = {
        "id": place.id,
        "members": [companion(services, one, held) for one in shown],
        "live_typing": place.terms.live_typing,
        "calls": allows_calls(services, held.site),
        "created_at": held.created_at,
        "last_seq": conversation.last_seq,
        "rev": conversation.rev,
        **(own_part(services, place, conversation, viewer) if viewer else {}),
    }
    if held.form == "direct":
        return companions.Direct(**told)
    links = len(held.links) if viewer and viewer.id == held.owner else UNSET
    return companions.Group(
        **told,
        title=held.title,
        past=held.past,
        people=len(held.members),
        links=links,
        voice=voice_view(services, place),
    )


def companion(services: Services, member: Member, dialog: Dialog) -> companions.Companion:
    """Somebody in a dialog, under the name that they go by now; who was forgotten has none."""
    known = services.store.get(Participant, member.id)
    name = known.name if known else member.username
    return companions.Companion(
        id=member.id,
        username=member.username,
        name=name or site_text(services, dialog.site, "forgotten_name"),
        owner=member.id == dialog.owner,
        muted_until=mute.until(known.mutes if known else (), dialog.id) or UNSET,
        avatar=avatar_path(known.avatar if known else ""),
    )


def last_view(now: Conversation) -> shapes.LastMessage:
    """What was said last."""
    return shapes.LastMessage(
        text=now.last_text,
        words=trusted_words(now.last_words) if now.last_words else UNSET,
        deleted=(not now.last_text and now.last_said in now.unsaid) or UNSET,
        sender_name=now.last_sender,
        at=now.last_at,
    )


def own_part(
    services: Services, place: DialogPlace, now: Conversation, viewer: Principal
) -> dict[str, Any]:
    """What of a dialog is its viewer's own."""
    begins, known = place.begins_after(viewer), services.store.get(Memberships, viewer.id)
    read = max(now.receipt(viewer.id).read, begins)
    last, fresh = last_view(now), newest_behind(services, place.id, read, now.last_seq)
    called = (viewer.account or "", viewer.name)
    deleted = [one.seq for one in fresh if one.deleted_at]
    return {
        "last_message": last if now.last_said > begins else None,
        "unread": max(0, now.last_seq - read - len(deleted)),
        "read": read,
        "mentions": [one.seq for one in fresh if mentions(one.content, called)],
        "deleted": deleted,
        "muted_until": known.dialogs.get(place.id, "") if known else "",
    }


def newest_behind(services: Services, dialog_id: str, read: int, last: int) -> Sequence[Message]:
    """The messages behind one, as many of the newest of them as are looked at."""
    if last <= read:
        return ()
    after = max(read, last - MOST_UNREAD)
    return services.store.history(dialog_id, after=after, limit=MOST_UNREAD)


VIEWS: dict[str, Callable[[Services, Any, Principal], shapes.Dialog]] = {
    "room": room_now,
    "ticket": ticket_now,
    "notes": notes_view,
    "dialog": dialog_view,
}


def readable_views(view: Callable[[T], V], things: Iterable[T]) -> Iterator[V]:
    """The views of a list, each made when it is asked for; what is damaged is left out, as the
    store has said by then."""
    for thing in things:
        try:
            shown = view(thing)
        except Damaged:
            continue
        yield shown


def receipt(services: Services, dialog_id: str, participant_id: str) -> shapes.Receipt:
    """How far somebody has received and read a conversation."""
    cursor = services.store.conversation(dialog_id).receipt(participant_id)
    return shapes.Receipt(
        dialog_id=dialog_id,
        participant_id=participant_id,
        delivered=cursor.delivered,
        read=cursor.read,
    )


def ticket_view(
    services: Services, ticket: Ticket, viewer: Principal, standing: Standing | None = None
) -> shapes.Ticket:
    """A ticket as its customer or an operator sees it, with what that viewer has not read.
    ``standing``: the queue at this moment, if the caller has it already."""
    conversation = services.store.conversation(ticket.id)
    settings = services.config.tickets
    staff = viewer.serves(ticket.site)
    last = last_view(conversation)
    more: dict[str, Any] = for_staff(ticket) if staff else {}
    if staff and ticket.site in services.config.assisted_sites:
        more["assists"] = True
    if ticket.status == "waiting":
        more |= asdict((standing or Standing(services)).place(ticket))
    return shapes.Ticket(
        id=ticket.id,
        site=ticket.site,
        status=ticket.status,
        customer_id=ticket.customer_id,
        customer_name=ticket.customer_name,
        operator_name=operator_name(services, ticket.operator),
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        requested_at=ticket.requested_at,
        accepted_at=ticket.accepted_at,
        closed_at=ticket.closed_at,
        last_seq=conversation.last_seq,
        rev=conversation.rev,
        last_message=last if conversation.last_seq else None,
        unread=conversation.unread(viewer.id, staff=staff),
        live_typing=settings.operator_drafts if staff else settings.customer_drafts,
        sees_live_typing=settings.customer_drafts if staff else settings.operator_drafts,
        calls=ticket.site in services.config.calling_sites,
        contact=ticket.contact or UNSET,
        phone=ticket.phone or UNSET,
        offline=ticket.offline or UNSET,
        rating=ticket.rating or UNSET,
        rate_until=rate_until(services, ticket) if ticket.closed_at and not staff else UNSET,
        **more,
    )


def rate_until(services: Services, ticket: Ticket) -> str | UnsetType:
    """Until when its customer may still rate a ticket, if they may."""
    site = services.config.sites.get(ticket.site)
    until = rateable_until(ticket.closed_at) if site and site.rating else None
    return UNSET if until is None or until < services.now() else to_text(until)


def for_staff(ticket: Ticket) -> dict[str, Any]:
    """What of a ticket is not its customer's business."""
    return {
        "operator": ticket.operator,
        "handed_by": ticket.handed_by,
        "closed_by": ticket.closed_by,
        "offered_to": ticket.offered_to,
        "version": ticket.version,
        "episode": ticket.episode,
        "priority": ticket.priority,
        "tags": list(ticket.tags),
        "answers": ticket.answers or UNSET,
        "department": ticket.department,
        "snoozed_until": ticket.snoozed_until,
        "outcome": ticket.outcome,
        "targets": targets_of(ticket),
        "past": [shapes.Episode(**asdict(one)) for one in ticket.past],
        "attributes": list(ticket.attributes),
        "verified": list(ticket.verified),
    }


def targets_of(ticket: Ticket) -> shapes.Targets | UnsetType:
    """What is promised of it, and how that stands; nothing where nothing could be."""
    if ticket.promise is None:
        return UNSET
    told = {
        kind: shapes.Target(by=found[0], state=found[1])
        for kind in sla.KINDS
        if (found := sla.state_of(ticket, kind))
    }
    return shapes.Targets(**told)


def request_view(episode: Episode) -> shapes.Request:
    """All that is kept of a request for help."""
    return convert(episode, shapes.Request, from_attributes=True)


def queue_row(services: Services, ticket: Ticket, standing: Standing) -> shapes.QueueRow:
    """Somebody who waits, with their place and how long they have waited."""
    waited = round(services.waiting.wait_s(ticket), 1)
    return ticket_row(services, ticket, **asdict(standing.place(ticket)), waited_s=waited)


def ticket_row(services: Services, ticket: Ticket, **standing: Any) -> shapes.QueueRow:
    """A ticket as a row of the queue, perhaps with where it stands there."""
    conversation = services.store.conversation(ticket.id)
    return shapes.QueueRow(
        id=ticket.id,
        site=ticket.site,
        status=ticket.status,
        customer_id=ticket.customer_id,
        customer_name=ticket.customer_name,
        operator=ticket.operator,
        handed_by=ticket.handed_by,
        offered_to=ticket.offered_to,
        created_at=ticket.created_at,
        requested_at=ticket.requested_at,
        accepted_at=ticket.accepted_at,
        last_seq=conversation.last_seq,
        last_message=replace(last_view(conversation), sender_name=UNSET),
        priority=ticket.priority,
        tags=list(ticket.tags),
        offline=ticket.offline,
        department=ticket.department,
        snoozed_until=ticket.snoozed_until,
        targets=targets_of(ticket),
        **standing,
    )


def operator_view(services: Services, operator: Operator, viewer: Principal) -> shapes.Operator:
    """An operator without the password; of their sites and tickets, those that the viewer serves
    too."""
    loads = services.waiting.loads(operator.id)
    tells = viewer.runs_it or viewer.has("operator:factor_off") or viewer.operator == operator.id
    return shapes.Operator(
        id=operator_id(operator),
        username=operator.id,
        display_name=operator.name,
        role=operator.role,
        disabled=operator.disabled,
        sites=[site for site in operator.sites if viewer.serves(site)],
        capacity=operator.capacity or services.config.tickets.capacity,
        takes_tickets=operator.takes_tickets,
        created_at=operator.created_at,
        status=services.operators.status(operator.id),
        available=is_available(services, operator),
        active=sum(count for site, count in loads.items() if viewer.serves(site)),
        second_factor=operator.has_second_factor if tells else UNSET,
        passkeys=len(operator.passkeys) if tells else UNSET,
        must_enrol=services.as_operator(operator).must_enrol or UNSET,
        may=services.told_to_may(operator.role) if viewer.operator == operator.id else UNSET,
    )


def is_colleague(viewer: Principal, operator: Operator) -> bool:
    """Whether a viewer may know of an operator: they serve a site together."""
    return viewer.operator == operator.id or viewer.runs_it or meet(viewer.sites, operator.sites)


def operator_name(services: Services, username: str | None) -> str | None:
    """The name that customers see; a shell user without an account goes by the user name."""
    if username is None:
        return None
    operator = services.store.get(Operator, username)
    return operator.name if operator else username
