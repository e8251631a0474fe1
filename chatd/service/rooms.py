"""What a changed configuration means for those who are in rooms: they are told, or put out."""

from __future__ import annotations

from collections.abc import Mapping

from loguru import logger

from chatd.domain import topics
from chatd.domain.place import RoomPlace
from chatd.domain.principal import Principal
from chatd.domain.room import Room
from chatd.domain.topics import Topic
from chatd.errors import ChatdError
from chatd.protocol.events import DialogUpdate, RoomChange
from chatd.runtime.loop import in_turns
from chatd.service import announce, presence, views
from chatd.service.context import Services
from chatd.store.base import Committed, Touch

LOG = logger.bind(area="rooms")


def apply_changes(services: Services, before: Mapping[str, Room]) -> None:
    """To everybody who is in a room that is not what it was. ``dialog`` is null for whom it is
    not there any more."""
    for id in services.rooms.keys() ^ before.keys():
        LOG.info("{} {}", id, "opened" if id in services.rooms else "retired", dialog=id)
    for id, old in before.items():
        room = services.rooms.get(id)
        if room != old:
            end_watching(services, id, room)
        if room is None:
            tell(services, topics.dialog(id), id, None)
        elif room != old:
            put_out(services, room)
            services.tasks.spawn(f"room {id}", count, services, id)


def count(services: Services, id: str) -> None:
    """A change of a room is one of its dialog; it is told all the same where nothing can be stored
    now."""

    def publish(done: Committed | None) -> None:
        tell(services, topics.dialog(id), id, services.rooms.get(id))

    try:
        services.store.commit(Touch(id), then=publish)
    except ChatdError:
        publish(None)


def is_out(services: Services, room: Room, who: Principal) -> bool:
    """Whether a room is not somebody's any more, or asks them for another password."""
    place = RoomPlace(room.id, room, not room.lock or services.has_entered(who, room))
    return place.relation(who) in ("stranger", "locked")


def end_watching(services: Services, id: str, room: Room | None) -> None:
    """Who may not look into a room any more hears nothing of it in a list, either."""
    topic = topics.room_list(id)
    for one in in_turns(services.connections):
        if topic in one.topics and (room is None or is_out(services, room, one.principal)):
            services.hub.unfollow(topic, one)


def put_out(services: Services, room: Room) -> None:
    """Those who may no longer enter follow it no longer."""
    topic = topics.dialog(room.id)
    for one in in_turns(services.connections):
        if topic in one.topics and is_out(services, room, one.principal):
            presence.leave(services, room.id, one)
            tell(services, topics.participant(one.principal.id), room.id, None)


def tell(services: Services, topic: Topic, room_id: str, room: Room | None) -> None:
    """A room as it is now, or that it is gone."""
    change: RoomChange = "changed" if room else "retired"
    for view in views.readable_views(
        lambda one: views.room_view(services, one) if one else None, [room]
    ):
        update = DialogUpdate(dialog_id=room_id, change=change, dialog=view)
        announce.tell_dialog(services, topic, update)
