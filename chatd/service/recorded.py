"""What stays of a recording: that it began and ended, said in the ticket, and the file that it is
in, once that is whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatd.domain.call import Call
from chatd.domain.file import File
from chatd.domain.message import Message
from chatd.domain.principal import Principal
from chatd.domain.recording import Consent, Recording
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch
from chatd.domain.versions import rerun
from chatd.errors import Conflict
from chatd.service import announce, attachments, compose, filing, webhooks
from chatd.service.context import Services
from chatd.store.base import Append, Committed, Expect, Put


def check_going_on(services: Services, file: File) -> None:
    """Conflict for what comes of a recording that has ended, or that is no longer agreed to."""
    call = services.store.get(Call, file.recorded.call) if file.recorded else None
    if file.recorded and not (call and call.records(file.id)):
        raise Conflict("this recording has ended: nothing more of it is taken", state="ended")


def is_going_on(services: Services, file: File) -> bool:
    """Whether a file is a recording that still grows."""
    call = services.store.get(Call, file.recorded.call) if file.recorded else None
    return call is not None and call.records(file.id)


def notices(services: Services, call: Call, before: Call | None) -> Iterator[Message]:
    """What the house says of a change: that a recording has begun, or has ended."""
    was, now = (before.recording if before else None), call.recording
    if now is None or was is None or was.state == now.state:
        return
    if now.running:
        yield notice(services, call, now, "recording_began")
    elif was.running:
        yield notice(services, call, now, "recording_ended")


def notice(services: Services, call: Call, recording: Recording, key: str) -> Message:
    """One of both, with who agreed to it and when."""
    content, words = compose.compose_words(services, call.site, key)
    meta = {
        "kind": key,
        "call_id": call.id,
        "video": "video" in recording.media,
        "reason": recording.reason,
        "words": words,
        **agreement(recording.consents),
    }
    return compose.system(services, call.site, call.dialog_id, content, meta=meta)


def agreement(consents: Sequence[Consent]) -> dict[str, str]:
    """Who has agreed to it, and when: who asked first."""
    asked, agreed = consents
    return {
        "asked_by": asked.id,
        "asked_at": asked.at,
        "agreed_by": agreed.id,
        "agreed_at": agreed.at,
    }


def seconds_of(services: Services, file: File) -> float:
    """How long a recording is by now, to a tenth."""
    return max(0.0, round(services.now() - to_epoch(file.created_at), 1))


def deliver(services: Services, id: str) -> None:
    """A recording that is ready is in its ticket's history, sent by who recorded it; where there is
    no ticket any more, it goes. Harmless twice."""

    def attempt() -> None:
        file = services.store.get(File, id)
        if file is None or file.recorded is None or file.sent:
            return
        ticket = services.store.get(Ticket, file.dialog_id)
        if ticket is None:
            filing.remove(services, [id])
            return
        message = message_of(services, file)
        errands = webhooks.of_message(services, message, (ticket.site,))

        def publish(done: Committed) -> None:
            services.errands.put(errands)
            announce.new_messages(services, done.messages)
            announce.ticket_activity(services, ticket)

        still_there = Expect("tickets", ticket.id, ticket.version)
        changes = [*attachments.sending(services, message), Append(message), *map(Put, errands)]
        services.store.commit(still_there, *changes, then=publish)

    rerun(attempt)


def message_of(services: Services, file: File) -> Message:
    """The message that brings it."""
    recorded = file.recorded
    assert recorded
    meta = {
        "recording": True,
        "call_id": recorded.call,
        "seconds": round(file.duration_s),
        **agreement(recorded.consents),
    }
    who = Principal(kind="operator", id=file.owner, name=recorded.name)
    files = attachments.attach_all([file])
    at, name = file.dialog_id, file.name
    return compose.personal(services, who, "admin", at, name, meta=meta, type="file", files=files)
