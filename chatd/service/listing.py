"""The list of one's dialogs: what happens in all of them, for those who watch theirs. What a
message costs grows with who is in its dialog, and not with how many dialogs they have."""

from __future__ import annotations

from msgspec import UNSET

from chatd.domain import topics
from chatd.domain.dialog import Dialog, Member
from chatd.domain.mention import mentions
from chatd.domain.message import Message
from chatd.domain.participant import Participant
from chatd.domain.place import DialogPlace, Place
from chatd.domain.principal import Principal
from chatd.protocol.events import DialogNews, DialogUpdate, MembersChange
from chatd.service import announce, views
from chatd.service.context import Services


def tell_message(services: Services, place: Place, message: Message) -> None:
    """A message that was written, or changed, in a dialog of people: to all who are in it by now
    and may see it."""
    now = services.store.get(Dialog, place.id)
    if now is None:
        return
    state = services.store.conversation(place.id)
    news = DialogNews(
        dialog_id=place.id,
        seq=message.seq,
        sender_id=message.sender_id,
        mentions=find_named(services, now, message),
        deleted=bool(message.deleted_at),
        last_seq=state.last_seq,
        rev=message.rev,
        last_message=views.last_view(state),
    )
    told = [topics.listing(one.id) for one in now.members if is_told(now, one, message)]
    announce.tell_many(services, told, news)


def is_told(dialog: Dialog, member: Member, message: Message) -> bool:
    """Whether somebody has a dialog in their list, and may see a message in it."""
    return member.id not in dialog.away and member.after < message.seq


def find_named(services: Services, dialog: Dialog, message: Message) -> list[str]:
    """The participants whom a message names, of those who are in its dialog."""
    if "@" not in message.content:
        return []
    found = []
    for one in dialog.members:
        who = services.store.get(Participant, one.id)
        called = (one.username, who.name if who else "")
        if one.id != message.sender_id and mentions(message.content, called):
            found.append(one.id)
    return found


def tell_members(services: Services, dialog: Dialog, change: MembersChange) -> None:
    """A dialog as it is by now: to those who have it open, and on their lists to all who are in it,
    to each with what is theirs."""
    place = DialogPlace(dialog.id, dialog, services.dialog_terms)
    for one in dialog.members:
        if one.id in dialog.away:
            continue
        tell_own(services, place, one.id, change)
    tell_here(services, dialog, change)


def tell_here(services: Services, dialog: Dialog, change: MembersChange) -> None:
    """A dialog as it is by now, to those who have it open."""
    place = DialogPlace(dialog.id, dialog, services.dialog_terms)
    for view in views.readable_views(lambda it: views.dialog_view(services, it, None), [place]):
        update = DialogUpdate(dialog_id=place.id, change=change, dialog=view)
        announce.tell_dialog(services, topics.dialog(place.id), update)


def tell_own(
    services: Services, place: DialogPlace, participant_id: str, change: MembersChange
) -> None:
    """A dialog as one of its people has it in their list."""
    member = place.held.member(participant_id)
    if member is None:
        return
    viewer = viewer_of(services, participant_id, member.username)
    for view in views.readable_views(
        lambda it: views.dialog_view(services, it, viewer, listed=True), [place]
    ):
        update = DialogUpdate(dialog_id=place.id, change=change, dialog=view)
        announce.tell(services, topics.listing(participant_id), update)


def tell_gone(services: Services, dialog_id: str, participant_id: str, by: str = "") -> None:
    """A dialog is not there any more for somebody; ``by``: the name of who put them out."""
    gone = DialogUpdate(dialog_id=dialog_id, change="left", dialog=None, by=by or UNSET)
    announce.tell(services, topics.participant(participant_id), gone)


def viewer_of(services: Services, participant_id: str, username: str) -> Principal:
    """Somebody in a dialog, as who looks at it."""
    who = services.store.get(Participant, participant_id)
    name = who.name if who else username
    return Principal(kind="visitor", id=participant_id, name=name, account=username)
