"""Voice channels of rooms and groups: come in, leave, say what the others hear and see of one."""

from __future__ import annotations

from loguru import logger
from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain import topics
from chatd.domain.times import to_epoch, to_text
from chatd.domain.voice import Voice, channel_of, check_pictures, check_room
from chatd.errors import Conflict, Forbidden
from chatd.handlers.calls import require_connection
from chatd.protocol.calls import JoinVoice, LeaveVoice, SetVoice, VoiceJoined, VoiceShown
from chatd.protocol.results import Left
from chatd.service import calls, ice, muting, views, voices
from chatd.service.context import Context, Handlers, Services

A_MOMENT_S = 0.001
LOG = logger.bind(area="calls")


def join(cx: Context, command: JoinVoice) -> VoiceJoined:
    """→ ``call_id``, ``participants``, to each of whom the newcomer makes an offer,
    ``ice_servers``, ``ttl``."""
    services, who, connection = cx.services, cx.principal, require_connection(cx)
    if not ice.has_channel(services, cx.place):
        raise Forbidden("there is no voice channel here", voice=False)
    muting.check_writable(cx)
    if topics.dialog(command.dialog_id) not in connection.topics:
        raise Conflict("join the dialog first: its voice channel is for who has it open")
    present = services.voices.within(command.dialog_id)
    others = [one for one in present if one.id != who.id]
    check_room(others)
    mine = Voice(
        id=who.id,
        name=who.name,
        connection=connection.id,
        joined_at=to_text(max(services.now(), last_join(services, who.id) + A_MOMENT_S)),
        muted=command.muted,
    )
    calls.bind(services, connection)
    voices.put(services, command.dialog_id, mine)
    LOG.info("{call} {change}", call=channel_of(command.dialog_id), change="joined", who=who.id)
    opened = ice.for_party(services, who.site, who.id)
    return VoiceJoined(
        call_id=channel_of(command.dialog_id),
        participants=views.list_voices(services, command.dialog_id),
        ice_servers=opened.ice_servers,
        ice_transport_policy=opened.ice_transport_policy,
        ttl=opened.ttl,
    )


def last_join(services: Services, participant_id: str) -> float:
    """When they came into the channel that they are in, by the clock of whatever node; a while ago,
    of who is in none. Who comes again came later than before."""
    found = services.voices.find(participant_id)
    return to_epoch(found[1].joined_at) if found else 0.0


def find_own(cx: Context) -> tuple[str, Voice]:
    """The channel that this connection is in, and how."""
    return voices.find_own(cx.services, cx.principal.id, require_connection(cx))


def leave(cx: Context, command: LeaveVoice) -> Left:
    """→ ``dialog_id`` of the channel that was left."""
    dialog_id, mine = find_own(cx)
    voices.drop(cx.services, dialog_id, mine)
    return Left(dialog_id=dialog_id)


def change(cx: Context, command: SetVoice) -> VoiceShown:
    """→ ``dialog_id``, ``call_id``, ``participants``."""
    services, (dialog_id, before) = cx.services, find_own(cx)
    asked = {name: getattr(command, name) for name in ("muted", "video", "screen")}
    said = {name: value for name, value in asked.items() if value is not UNSET}
    mine = replace(before, **said)
    others = [one for one in services.voices.within(dialog_id) if one.id != mine.id]
    check_pictures(others, mine, before)
    if mine != before:
        voices.put(services, dialog_id, mine)
    return VoiceShown(
        dialog_id=dialog_id,
        call_id=channel_of(dialog_id),
        participants=views.list_voices(services, dialog_id),
    )


HANDLERS: Handlers = {JoinVoice: join, LeaveVoice: leave, SetVoice: change}
