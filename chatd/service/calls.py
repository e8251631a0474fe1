"""What becomes of calls: each change in one commit, of one that ends with its message; told to all
whom it concerns, and ended by whatever is nobody's doing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from loguru import logger
from msgspec import UNSET

from chatd.domain import topics
from chatd.domain.call import Action, Call, Party, in_minutes
from chatd.domain.message import Message
from chatd.domain.place import Place
from chatd.domain.places import kind_of
from chatd.domain.principal import Principal
from chatd.domain.recording import Recording
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch, to_text
from chatd.domain.versions import rerun
from chatd.errors import ChatdError, NotFound
from chatd.live.connections import Connection
from chatd.protocol import calling as shapes
from chatd.protocol.events import CallUpdate, RecordingUpdate
from chatd.service import announce, compose, listing, recorded, uploads, webhooks
from chatd.service.context import Services
from chatd.store.base import Append, Change, Committed, Put, Remove

LOG = logger.bind(area="calls")


def view(call: Call) -> shapes.Call:
    """A call as those see it who are in it."""
    return shapes.Call(
        id=call.id,
        dialog_id=call.dialog_id,
        media=list(call.media),
        state=call.state,
        reason=call.reason,
        started_by=call.caller.id,
        participants=[shapes.CallParty(id=one.id, name=one.name) for one in call.parties],
        created_at=call.created_at,
        accepted_at=call.accepted_at,
        ended_at=call.ended_at,
        recorder=call.recorder or UNSET,
        recording=view_recording(call.recording) if call.recording else UNSET,
    )


def view_recording(recording: Recording) -> shapes.CallRecording:
    """Its recording as both see it."""
    consents = [
        shapes.CallConsent(id=one.id, name=one.name, at=one.at) for one in recording.consents
    ]
    return shapes.CallRecording(
        state=recording.state,
        reason=recording.reason,
        media=list(recording.media),
        asked_by=recording.asker,
        asked_at=recording.asked_at,
        began_at=recording.began_at,
        ended_at=recording.ended_at,
        ended_by=recording.ended_by,
        consents=consents,
        file_id=recording.file or None,
        left=recording.left,
    )


def row(call: Call) -> shapes.CallRow:
    """The same, as it is listed."""
    shown = view(call)
    return shapes.CallRow(
        **{name: getattr(shown, name) for name in shown.__struct_fields__},
        who=[one.id for one in call.parties],
        outcome=call.state if call.open else call.outcome,
        seconds=call.seconds,
        ended_by=call.ended_by,
        traced=call.traced,
        node=call.node,
        recorded=", ".join(one.outcome for one in call.recordings),
        file_id=next((one.file for one in reversed(call.recordings) if one.file), ""),
    )


def no_such_call() -> NotFound:
    """What whoever is not in a call is told of it."""
    return NotFound("no such call, or it is over")


def of_party(services: Services, call_id: str, participant_id: str) -> tuple[Call, Party]:
    """A call that somebody is in, or that rings at them; NotFound for any other."""
    call = services.calls.get(call_id)
    party = call.party(participant_id) if call else None
    if call is None or party is None:
        raise no_such_call()
    return call, party


def read(services: Services, call_id: str, participant_id: str) -> Call:
    """The same, as it was last asked to become: what a change of it is made from."""
    call = services.store.get(Call, call_id)
    if call is None or call.party(participant_id) is None:
        raise no_such_call()
    return call


def settle(services: Services, call: Call, before: Call | None = None, *more: Change) -> Call:
    """Commits a call as it now is, and tells whom it concerns, or did ``before``; with one that has
    ended goes its document, and its message comes. ``more``: what changes with it."""
    said = [*recorded.notices(services, call, before)]
    if not call.open:
        said.append(message_of(services, call))
    errands = [
        errand for one in said for errand in webhooks.of_message(services, one, sites_of(call))
    ]

    def publish(done: Committed) -> None:
        services.calls.put(call)
        services.errands.put(errands)
        for one in done.messages:
            tell_message(services, call, one)
        tell(services, call, before)

    changes: list[Change] = [Put(call)] if call.open else []
    if before and not call.open:
        changes.append(Remove("calls", call.id, before.version))
    services.store.commit(*changes, *more, *map(Append, said), *map(Put, errands), then=publish)
    if before is None or before.state != call.state or call.recording == before.recording:
        note(services, call)
    if recording_ends(call, before) and call.recording:
        services.metrics.recordings.count(call.recording.reason or "")
        services.tasks.spawn("recorded", uploads.end_recording, services, call.recording.file)
    return call


def recording_ends(call: Call, before: Call | None) -> bool:
    """Whether what was recorded is whole now."""
    was, now = (before.recording if before else None), call.recording
    return was is not None and was.running and now is not None and not now.running


def tell(services: Services, call: Call, before: Call | None) -> None:
    """Everybody who is in it or was, wherever they are."""
    people = dict.fromkeys(one.id for one in (*call.parties, *(before.parties if before else ())))
    everybody = [topics.participant(id) for id in people]
    if before and call.open and call.recording and call.recording != before.recording:
        changed = view_recording(call.recording)
        announce.tell_many(services, everybody, RecordingUpdate(call_id=call.id, recording=changed))
        return
    announce.tell_many(services, everybody, CallUpdate(call=view(call)))


def tell_message(services: Services, call: Call, message: Message) -> None:
    """That there was a call, to those who have the conversation open, or in their list."""
    announce.new_messages(services, [message])
    kind = kind_of(call.dialog_id)
    if kind.listed:
        listing.tell_message(services, Place(call.dialog_id), message)
    ticket = services.store.get(Ticket, call.dialog_id) if kind.has_customer else None
    if ticket:
        announce.ticket_activity(services, ticket)


def note(services: Services, call: Call) -> None:
    """What became of it, for the log and for who counts."""
    if not call.open:
        services.metrics.calls.count(call.outcome)
    LOG.info(
        "{call} {change}",
        call=call.id,
        change=call.state,
        reason=call.reason,
        dialog=call.dialog_id,
        parties=", ".join(one.id for one in call.parties),
        media="+".join(call.media),
        seconds=call.seconds,
    )


def sites_of(call: Call) -> tuple[str, ...] | None:
    """The sites whose webhooks are told: of what people do among themselves nobody is."""
    return (call.site,) if kind_of(call.dialog_id).has_customer else None


def message_of(services: Services, call: Call) -> Message:
    """What stays of a call: what came of it, and how long it was."""
    length = in_minutes(call.seconds or 0)
    key = f"call_{call.outcome}"
    content, words = compose.compose_words(services, call.site, key, length=length)
    meta = {
        "kind": "call",
        "call_id": call.id,
        "outcome": call.outcome,
        "reason": call.reason,
        "seconds": call.seconds,
        "video": "video" in call.media,
        "started_by": call.caller.id,
        "words": words,
    }
    return compose.system(services, call.site, call.dialog_id, content, meta=meta, type="call")


def bind(services: Services, connection: Connection) -> None:
    """What the other side tells reaches this connection from now on."""
    services.hub.follow(topics.peer(connection.id), connection)


def is_there(services: Services, party: Party) -> bool:
    """Whether the connection is still there over which somebody is in a call."""
    return services.connections.is_live(party.id, party.connection)


def take_up(services: Services, who: Principal, connection: Connection, call_id: str) -> Call:
    """Somebody goes on with a call over another connection."""

    def attempt() -> Call:
        call = read(services, call_id, who.id)
        party = call.party(who.id)
        if party is None or not party.connection:
            raise no_such_call()
        if party.connection == connection.id:
            return call
        bind(services, connection)
        return settle(services, call.move(who.id, connection.id), call)

    return rerun(attempt)


def end(services: Services, call_id: str, action: Action, by: str = "") -> None:
    """The house ends a call, unless it is over already."""

    def attempt() -> None:
        call = services.store.get(Call, call_id)
        if call is not None:
            settle(services, call.after("house", action, to_text(services.now()), by), call)

    rerun(attempt)


def end_within(services: Services, dialog_id: str, by: str = "") -> None:
    """A ticket is closed: nobody calls in it any more."""
    if call := services.calls.within(dialog_id):
        end(services, call.id, "end", by)


def leave(services: Services, dialog_id: str, participant_id: str) -> None:
    """Somebody is in a dialog no longer: nor in its call."""
    call = services.calls.within(dialog_id)
    party = call.party(participant_id) if call else None
    if call and party:
        rerun(partial(leave_call, services, call.id, party))


def leave_call(services: Services, call_id: str, party: Party) -> None:
    """Of one that only rings at them there may be others at whom it does."""
    call, now = services.store.get(Call, call_id), to_text(services.now())
    if call is None or call.party(party.id) is None:
        return
    rings = call.state == "ringing" and not party.connection
    left = call.decline(party.id, now) if rings else call.after("house", "end", now, party.id)
    settle(services, left, call)


def precedence(call: Call) -> tuple[bool, str, str]:
    """Of two that began in one conversation at once, on two nodes, the one that goes on is the one
    that is spoken in, or began first."""
    return call.state == "ringing", call.created_at, call.id


class Watch:
    """Ends what rings too long, what somebody was lost from, and a second one in a conversation;
    ``clock``: in seconds. Whoever is missing when it begins to look is given the whole time to come
    back."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._clock = clock
        self._missing: dict[tuple[str, str], float] = {}

    def turn(self) -> None:
        """Once a second; what cannot be stored now is for later."""
        missing = dict[tuple[str, str], float]()
        kept = set[str]()
        for call in sorted(self._services.calls, key=precedence):
            with suppress(ChatdError):
                if call.dialog_id in kept and call.state == "ringing":
                    end(self._services, call.id, "refuse")
                else:
                    self._judge(call, missing)
            kept.add(call.dialog_id)
        self._missing = missing

    def _judge(self, call: Call, missing: dict[tuple[str, str], float]) -> None:
        services, settings = self._services, self._services.config.calls
        lost = False
        for party in call.parties:
            if party.connection and not is_there(services, party):
                since = self._missing.get((call.id, party.id), self._clock())
                missing[call.id, party.id] = since
                lost = lost or self._clock() - since >= settings.lost_seconds
        rings_for = services.now() - to_epoch(call.created_at)
        if lost:
            end(services, call.id, "lose")
        elif call.state == "ringing" and rings_for >= settings.ring_seconds:
            end(services, call.id, "expire")
