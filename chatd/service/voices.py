"""Voice channels: who is in one is told to all who have the conversation open, or in a list."""

from __future__ import annotations

from contextlib import suppress

from loguru import logger

from chatd.domain import mute, topics, voice
from chatd.domain.dialog import Dialog
from chatd.domain.topics import Topic
from chatd.domain.voice import Voice, channel_of
from chatd.errors import Conflict, Damaged, Invalid, NotFound, Unavailable
from chatd.live.connections import Connection
from chatd.protocol.events import VoiceUpdate
from chatd.service import announce, views
from chatd.service.context import Services

LOG = logger.bind(area="calls")


def tell(services: Services, dialog_id: str) -> None:
    """Who is in a channel now. Every node tells its own, as it knows it: what another told when it
    knew less would come last."""
    lists = list_topics(services, dialog_id)
    update = VoiceUpdate(
        dialog_id=dialog_id,
        call_id=channel_of(dialog_id),
        participants=views.list_voices(services, dialog_id),
    )
    announce.tell_here(services, [topics.dialog(dialog_id), *lists], update)


def list_topics(services: Services, dialog_id: str) -> list[Topic]:
    """Those of the lists that a conversation is in. A connection ends whatever became of the
    files: where they cannot be read no list is told."""
    if dialog_id in services.rooms:
        return [topics.room_list(dialog_id)]
    with suppress(Damaged, Unavailable, OSError):
        if dialog := services.store.get(Dialog, dialog_id):
            return [topics.listing(one.id) for one in dialog.members if one.id not in dialog.away]
    return []


def put(services: Services, dialog_id: str, mine: Voice) -> None:
    """Somebody comes in, or is otherwise than before; out of wherever else they were. The
    connection over which they were there before is told that it is so no more."""
    found = services.voices.find(mine.id)
    if found and found[0] != dialog_id:
        drop(services, *found)
    services.voices.put(dialog_id, mine)
    if found and found[1].connection != mine.connection:
        tell_moved(services, dialog_id, found[1])
    tell(services, dialog_id)


def tell_moved(services: Services, dialog_id: str, before: Voice) -> None:
    """A connection is not in a channel any more, whoever else is."""
    update = VoiceUpdate(
        dialog_id=dialog_id,
        call_id=channel_of(dialog_id),
        participants=views.list_voices(services, dialog_id),
        moved=True,
    )
    announce.tell(services, topics.peer(before.connection), update)


def leave(services: Services, dialog_id: str, connection: Connection) -> None:
    """A connection is not in a conversation any more: nor in its channel."""
    found = services.voices.find(connection.principal.id)
    if found and found[0] == dialog_id and found[1].connection == connection.id:
        drop(services, *found)


def drop(services: Services, dialog_id: str, gone: Voice) -> None:
    """Somebody is not in a channel any more."""
    services.voices.drop(dialog_id, gone.id)
    services.calls.forget_candidates(channel_of(dialog_id), gone.id)
    LOG.info("{call} {change}", call=channel_of(dialog_id), change="left", who=gone.id)
    tell(services, dialog_id)


def find_own(services: Services, participant_id: str, connection: Connection) -> tuple[str, Voice]:
    """The channel that somebody is in over a connection, and how."""
    found = services.voices.find(participant_id)
    if found is None or found[1].connection != connection.id:
        raise Conflict("you are in no voice channel over this connection")
    return found


def find_peer(
    services: Services, participant_id: str, connection: Connection, call_id: str, to: str | None
) -> Voice:
    """Whom somebody tells something who is in a channel with them."""
    dialog_id, _ = find_own(services, participant_id, connection)
    if to is None:
        raise Invalid("in a voice channel a signal is to somebody", field="to")
    found = services.voices.find(to)
    if channel_of(dialog_id) != call_id or found is None or found[0] != dialog_id:
        raise NotFound("no such call, or they are not in it")
    if to == participant_id:
        raise Invalid("nobody calls themselves", field="to")
    return found[1]


def is_muted(services: Services, dialog_id: str, connection: Connection) -> bool:
    """Whether somebody may say nothing there now."""
    mutes = connection.principal.mutes
    return mute.against(mutes, dialog_id, services.now()) is not None


def turn(services: Services) -> None:
    """Who was muted meanwhile goes. Where more came at once than may be, over several nodes, the
    last ones of this one go, and so do pictures that are too many."""
    for dialog_id in services.voices.channels():
        everybody = services.voices.within(dialog_id)
        late = voice.surplus(everybody)
        for one in everybody:
            connection = services.connections.get(one.connection)
            if connection and (one in late or is_muted(services, dialog_id, connection)):
                tell_moved(services, dialog_id, one)
                drop(services, dialog_id, one)
        present = services.voices.within(dialog_id)
        for one, fitting in zip(present, voice.fit_pictures(present), strict=True):
            if fitting != one and services.connections.get(one.connection):
                put(services, dialog_id, fitting)
