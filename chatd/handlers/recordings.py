"""Recordings of calls: one asks, the other one agrees, and either ends it at any time."""

from __future__ import annotations

from chatd.handlers.calls import check_media, own_active, require_connection
from chatd.protocol.calls import AgreeToRecording, OneCall, RecordCall
from chatd.service import calls, recordings
from chatd.service.context import Context, Handlers


def record(cx: Context, command: RecordCall) -> OneCall:
    """→ ``call``, with the ``recording`` that is asked for."""
    media = command.media
    check_media(media)
    call = own_active(cx, require_connection(cx), command.call_id)
    party = call.party(cx.principal.id)
    assert party
    return OneCall(call=calls.view(recordings.begin(cx.services, call, party, tuple(media))))


def agree(cx: Context, command: AgreeToRecording) -> OneCall:
    """→ ``call``, with the ``recording``, which runs, or has ended."""
    services, who = cx.services, cx.principal
    if not command.agree:
        return OneCall(call=calls.view(recordings.refuse(services, command.call_id, who.id)))
    call = own_active(cx, require_connection(cx), command.call_id)
    party = call.party(who.id)
    assert party
    return OneCall(call=calls.view(recordings.agree(services, call, party)))


HANDLERS: Handlers = {RecordCall: record, AgreeToRecording: agree}
