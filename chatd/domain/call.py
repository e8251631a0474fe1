"""A call between two, and what becomes of it, as a table: ringing → active → ended."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.recording import Medium, Recording
from chatd.domain.times import to_epoch
from chatd.errors import Conflict

PREFIX = "call"
State = Literal["ringing", "active", "ended"]
STATES: tuple[State, ...] = get_args(State)
Reason = Literal["hangup", "declined", "busy", "timeout", "lost", "failed"]
REASONS: tuple[Reason, ...] = get_args(Reason)
Role = Literal["caller", "callee", "house"]
Action = Literal["accept", "decline", "end", "fail", "refuse", "expire", "lose"]
Outcome = Literal["answered", "cancelled", "declined", "busy", "missed", "lost", "failed"]

# Who may do what in which state, and what it is then; the house is whatever is nobody's doing.
TRANSITIONS: dict[tuple[State, Role, Action], tuple[State, Reason | None]] = {
    ("ringing", "callee", "accept"): ("active", None),
    ("ringing", "callee", "decline"): ("ended", "declined"),
    ("ringing", "caller", "end"): ("ended", "hangup"),
    ("ringing", "caller", "fail"): ("ended", "failed"),
    ("ringing", "house", "refuse"): ("ended", "busy"),
    ("ringing", "house", "expire"): ("ended", "timeout"),
    ("ringing", "house", "lose"): ("ended", "lost"),
    ("ringing", "house", "end"): ("ended", "hangup"),
    ("active", "caller", "end"): ("ended", "hangup"),
    ("active", "callee", "end"): ("ended", "hangup"),
    ("active", "caller", "fail"): ("ended", "failed"),
    ("active", "callee", "fail"): ("ended", "failed"),
    ("active", "house", "lose"): ("ended", "lost"),
    ("active", "house", "end"): ("ended", "hangup"),
}
OUTCOMES: dict[Reason, Outcome] = {
    "hangup": "cancelled",
    "declined": "declined",
    "busy": "busy",
    "timeout": "missed",
    "lost": "lost",
    "failed": "failed",
}


class Party(Struct, frozen=True, kw_only=True):
    """Somebody who is called, or calls. ``connection``: the one over which they are in the call;
    empty while it only rings at all that they have."""

    id: str
    name: str
    connection: str = ""


class Call(Struct, frozen=True, kw_only=True):
    """A call. ``parties``: who calls, then who is called; once it is accepted these are two.
    ``traced``: the log tells of every signal. ``node``: where it was started. ``recorder``: who may
    ask for a recording, if anybody; ``recording``: the one that was asked for last; ``earlier``:
    those before it. It is stored for as long as it is not over, so that no restart ends it."""

    id: str
    dialog_id: str
    site: str
    media: tuple[Medium, ...]
    state: State = "ringing"
    reason: Reason | None = None
    parties: tuple[Party, ...]
    node: str
    created_at: str
    accepted_at: str | None = None
    ended_at: str | None = None
    ended_by: str = ""
    traced: bool = False
    recorder: str = ""
    recording: Recording | None = None
    earlier: tuple[Recording, ...] = ()
    version: int = 1

    @property
    def caller(self) -> Party:
        """The party who started it, which comes first."""
        return self.parties[0]

    @property
    def callees(self) -> tuple[Party, ...]:
        """Whom it rings at, or who accepted it."""
        return self.parties[1:]

    @property
    def open(self) -> bool:
        """Whether it rings, or is spoken in."""
        return self.state != "ended"

    @property
    def seconds(self) -> int | None:
        """How long was spoken; ``None``: not at all."""
        if not (self.accepted_at and self.ended_at):
            return None
        return max(0, round(to_epoch(self.ended_at) - to_epoch(self.accepted_at)))

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """All that were asked for, the newest last."""
        return (*self.earlier, self.recording) if self.recording else ()

    @property
    def outcome(self) -> Outcome:
        """What came of one that is over: of one that was hung up, whether it was spoken in."""
        assert self.reason
        answered = self.reason == "hangup" and self.accepted_at
        return "answered" if answered else OUTCOMES[self.reason]

    def party(self, participant_id: str) -> Party | None:
        """Somebody, if they are in it."""
        return next((one for one in self.parties if one.id == participant_id), None)

    def other(self, participant_id: str) -> Party:
        """The one across, of a call that was accepted."""
        return self.parties[1] if self.caller.id == participant_id else self.caller

    def role(self, participant_id: str) -> Role:
        """As what somebody acts who is in it."""
        return "caller" if self.caller.id == participant_id else "callee"

    def binds(self, participant_id: str, connection: str) -> bool:
        """Whether somebody is in it over this connection."""
        party = self.party(participant_id)
        return party is not None and party.connection == connection != ""

    def after(self, role: Role, action: Action, at: str, by: str = "") -> Call:
        """The call after an action, or Conflict saying what it is already."""
        then = TRANSITIONS.get((self.state, role, action))
        if then is None:
            raise Conflict(refusal(self, role, action), state=self.state, reason=self.reason)
        state, reason = then
        changed = replace(self, state=state, reason=reason, version=self.version + 1)
        if state == "active":
            return replace(changed, accepted_at=at)
        recording = self.recording
        if recording and recording.open:
            recording = recording.end("over", at, by)
        return replace(changed, ended_at=at, ended_by=by, recording=recording)

    def accept(self, participant_id: str, connection: str, at: str) -> Call:
        """Somebody accepts it over a connection: it rings nowhere else any more."""
        accepted = self.after(self.role(participant_id), "accept", at)
        party = next(one for one in self.callees if one.id == participant_id)
        return replace(accepted, parties=(self.caller, replace(party, connection=connection)))

    def decline(self, participant_id: str, at: str) -> Call:
        """Somebody will not; it is over with the last of them."""
        declined = self.after(self.role(participant_id), "decline", at, participant_id)
        staying = tuple(one for one in self.parties if one.id != participant_id)
        if len(staying) == 1:
            return declined
        return replace(self, parties=staying, version=self.version + 1)

    def move(self, participant_id: str, connection: str) -> Call:
        """Somebody goes on over another connection."""
        parties = tuple(
            replace(one, connection=connection) if one.id == participant_id else one
            for one in self.parties
        )
        return replace(self, parties=parties, version=self.version + 1)

    def record(self, recording: Recording) -> Call:
        """The same call with another recording, or one that has become something else."""
        known, earlier = self.recording, self.earlier
        if known and known.times != recording.times:
            earlier = (*earlier, known)
        return replace(self, recording=recording, earlier=earlier, version=self.version + 1)

    def records(self, file_id: str) -> bool:
        """Whether what comes for this file is still to be taken."""
        recording = self.recording
        running = self.state == "active" and recording is not None and recording.running
        return running and recording is not None and recording.file == file_id


def refusal(call: Call, role: Role, action: Action) -> str:
    """Why an action is not possible now, and what is."""
    if call.state == "ended":
        return f"this call is over: {call.reason}"
    allowed = sorted(act for state, who, act in TRANSITIONS if (state, who) == (call.state, role))
    said = f"this call is {call.state}: cannot {action}"
    return f"{said}, can {', '.join(allowed)}" if allowed else said


def in_minutes(seconds: int) -> str:
    """``2:05``, ``1:02:05``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
