"""Recordings of calls: asked for, agreed to by both, stored before a byte is taken, and stopped by
whatever is nobody's doing. The browser of who asked mixes both sides and sends the parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from loguru import logger

from chatd.domain.call import Call, Party
from chatd.domain.file import File
from chatd.domain.recording import Consent, Medium, Reason, Recorded, ask
from chatd.domain.times import to_epoch, to_text
from chatd.domain.versions import rerun
from chatd.errors import ChatdError, Conflict, Forbidden, TooLarge, Unavailable
from chatd.service import calls, uploads
from chatd.service.context import Services
from chatd.service.texts import site_text
from chatd.store.base import Change

LOG = logger.bind(area="calls")
SILENT_S = 30.0  # no part came for so long: who records is lost


def allows(services: Services, site: str) -> bool:
    """Whether calls of a site's tickets may be recorded."""
    known, config = services.config.sites.get(site), services.config
    return known is not None and known.recording and config.files.enabled


def check_allowed(services: Services, site: str) -> None:
    """Forbidden where none is."""
    if not allows(services, site):
        raise Forbidden("calls are not recorded here", recording=False)


def begin(services: Services, call: Call, party: Party, media: tuple[Medium, ...]) -> Call:
    """The recorder of a call asks for a recording, which is agreed to by one from now on."""
    check_allowed(services, call.site)
    if call.recorder != party.id:
        raise Forbidden("a call is recorded by the operator who is in it")

    def attempt() -> Call:
        known = calls.read(services, call.id, party.id)
        asked = ask(known.recording, consent_of(services, party), media)
        return settle(services, known.record(asked), known)

    return rerun(attempt)


def agree(services: Services, call: Call, party: Party) -> Call:
    """Who was asked agrees: both consents, and the file that takes it, are stored together."""
    check_allowed(services, call.site)
    uploads.check_room(services, services.config.calls.recording_bytes)

    def attempt() -> Call:
        known = calls.read(services, call.id, party.id)
        if known.recording is None:
            raise no_recording()
        id = services.new_file.id(services.now())
        agreed = known.recording.agree(consent_of(services, party), id)
        after = known.record(agreed)
        return settle(services, after, known, *uploads.opening(services, file_of(services, after)))

    return rerun(attempt)


def refuse(services: Services, call_id: str, participant_id: str) -> Call:
    """Either will not be recorded, or no longer: nothing more is taken, from now on."""

    def attempt() -> Call:
        known = calls.read(services, call_id, participant_id)
        if known.recording is None:
            raise no_recording()
        refused = known.recording.refuse(participant_id, to_text(services.now()))
        return settle(services, known.record(refused), known)

    return rerun(attempt)


def stop(services: Services, call_id: str, reason: Reason) -> None:
    """The house stops a recording, unless that is over already; the call goes on."""

    def attempt() -> None:
        known = services.store.get(Call, call_id)
        if known and known.recording and known.recording.open:
            ended = known.recording.end(reason, to_text(services.now()))
            settle(services, known.record(ended), known)

    rerun(attempt)


def no_recording() -> Conflict:
    """What whoever answers is told where nobody has asked."""
    return Conflict("nobody has asked whether this call may be recorded", state=None)


def consent_of(services: Services, party: Party) -> Consent:
    """What is kept of who agrees to be recorded: who they are, and that it is now."""
    return Consent(id=party.id, name=party.name, at=to_text(services.now()))


def file_of(services: Services, call: Call) -> File:
    """What a recording that begins is in; as large as it may become."""
    recording, most = call.recording, services.config.calls.recording_bytes
    assert recording and recording.began_at
    asker = call.party(recording.asker)
    assert asker
    at = f"{recording.began_at[:10]} {recording.began_at[11:16].replace(':', '-')} UTC"
    return File(
        id=recording.file,
        dialog_id=call.dialog_id,
        site=call.site,
        owner=recording.asker,
        name=site_text(services, call.site, "recording_name", at=at),
        size=most,
        kept=most,
        created_at=recording.began_at,
        recorded=Recorded(
            call=call.id, name=asker.name, media=recording.media, consents=recording.consents
        ),
    )


def settle(services: Services, call: Call, before: Call, *more: Change) -> Call:
    """See :func:`chatd.service.calls.settle`; the log is told what became of a recording."""
    calls.settle(services, call, before, *more)
    recording = call.recording
    assert recording
    LOG.info(
        "{call} recording {state}",
        call=call.id,
        state=recording.state,
        reason=recording.reason,
        dialog=call.dialog_id,
        by=recording.ended_by or recording.asker,
        file=recording.file or None,
    )
    return call


def receive(
    services: Services,
    id: str,
    offset: int,
    pieces: Iterable[bytes],
    hang_up: Callable[[], None],
    expected: uploads.Expected | None = None,
) -> File:
    """See :func:`chatd.service.uploads.receive`. A recording for which there is no room ends."""
    file = services.store.get(File, id)
    taking = partial(uploads.receive, services, id, offset, pieces, hang_up, expected)
    if file is None or file.recorded is None:
        return taking()
    try:
        uploads.check_room(services, 0)
        return taking()
    except (TooLarge, Unavailable) as error:
        with suppress(ChatdError):  # what cannot be stored now is seen by who watches
            stop(services, file.recorded.call, "limit" if isinstance(error, TooLarge) else "full")
        raise


class Watch:
    """Stops what is too long, what nobody sends any more, and what is switched off by now;
    ``clock``: in seconds. Whoever is silent when it begins to look is given the whole time."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._clock = clock
        self._heard: dict[str, tuple[int, float]] = {}

    def turn(self) -> None:
        """Once a second; what cannot be stored now is for later."""
        heard = dict[str, tuple[int, float]]()
        for call in self._services.calls:
            if call.recording and call.recording.running:
                with suppress(ChatdError):
                    self._judge(call, heard)
        self._heard = heard

    def _judge(self, call: Call, heard: dict[str, tuple[int, float]]) -> None:
        services, recording = self._services, call.recording
        assert recording and recording.began_at
        file = services.store.get(File, recording.file)
        received, since = self._heard.get(recording.file, (-1, 0.0))
        if file and file.received != received:
            received, since = file.received, self._clock()
        heard[recording.file] = received, since
        lasts = services.now() - to_epoch(recording.began_at)
        if not allows(services, call.site):
            stop(services, call.id, "off")
        elif file is None or self._clock() - since >= SILENT_S:
            stop(services, call.id, "lost")
        elif file.state != "uploading" or lasts >= services.config.calls.recording_minutes * 60:
            stop(services, call.id, "limit")
