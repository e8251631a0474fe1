"""A recording of a call, and what becomes of it, as a table: asked → running → ended; nothing is
recorded that not both have agreed to."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chatd.errors import Conflict

Medium = Literal["audio", "video"]
State = Literal["asked", "running", "ended"]
Reason = Literal["refused", "withdrawn", "stopped", "limit", "full", "lost", "off", "over"]
Role = Literal["asker", "other"]
MOST_ASKED = 3  # in one call: nobody is asked until they give in

# What either may say to it, and what it is then.
ANSWERS: dict[tuple[State, Role, bool], tuple[State, Reason | None]] = {
    ("asked", "other", True): ("running", None),
    ("asked", "other", False): ("ended", "refused"),
    ("asked", "asker", False): ("ended", "withdrawn"),
    ("running", "other", False): ("ended", "stopped"),
    ("running", "asker", False): ("ended", "stopped"),
}


class Consent(Struct, frozen=True, kw_only=True):
    """Somebody has agreed to be recorded, and when."""

    id: str
    name: str
    at: str


class Recording(Struct, frozen=True, kw_only=True):
    """``asker``: who asked for it, and records. ``media``: what was asked for. ``times``: as often
    it was asked in this call. ``consents``: of both, once it runs. ``file``: what it is in."""

    asker: str
    media: tuple[Medium, ...]
    state: State = "asked"
    reason: Reason | None = None
    times: int = 1
    consents: tuple[Consent, ...]
    file: str = ""
    asked_at: str
    began_at: str | None = None
    ended_at: str | None = None
    ended_by: str = ""

    @property
    def open(self) -> bool:
        """Whether it is asked for, or runs."""
        return self.state != "ended"

    @property
    def left(self) -> int:
        """How often the other one may still be asked in this call."""
        return max(0, MOST_ASKED - self.times)

    @property
    def outcome(self) -> str:
        """What became of it; of one that nobody had answered when the call was over: that it was
        asked for."""
        unanswered = self.reason == "over" and not self.began_at
        return "asked" if unanswered else self.reason or self.state

    @property
    def running(self) -> bool:
        """Whether what comes is taken."""
        return self.state == "running"

    def agree(self, consent: Consent, file: str) -> Recording:
        """The other one agrees: from now on it runs."""
        self._next(consent.id, True)
        agreed = (*self.consents, consent)
        return replace(self, state="running", consents=agreed, file=file, began_at=consent.at)

    def refuse(self, who: str, at: str) -> Recording:
        """Either will not, or no longer."""
        _, reason = self._next(who, False)
        assert reason
        return self.end(reason, at, who)

    def end(self, reason: Reason, at: str, who: str = "") -> Recording:
        """Nothing more is recorded, whoever's doing that is."""
        return replace(self, state="ended", reason=reason, ended_at=at, ended_by=who)

    def _next(self, who: str, agrees: bool) -> tuple[State, Reason | None]:
        role: Role = "asker" if who == self.asker else "other"
        then = ANSWERS.get((self.state, role, agrees))
        if then is None:
            what = "agree to it" if agrees else "refuse it"
            said = f"this recording is {self.state}: {role} cannot {what}"
            raise Conflict(said, state=self.state, reason=self.reason)
        return then


def ask(before: Recording | None, who: Consent, media: tuple[Medium, ...]) -> Recording:
    """Somebody asks for a recording, and agrees to it themselves; Conflict while there is one, or
    where the other one was asked often enough."""
    if before and before.open:
        raise Conflict(f"this call has a recording that is {before.state}", state=before.state)
    times = before.times + 1 if before else 1
    if times > MOST_ASKED:
        raise Conflict(f"in one call it is asked at most {MOST_ASKED} times", limit=MOST_ASKED)
    return Recording(asker=who.id, media=media, times=times, consents=(who,), asked_at=who.at)


class Recorded(Struct, frozen=True, kw_only=True):
    """What a file is a recording of, which is never to be anybody's who did not agree: the call,
    what it has of it, and who agreed when. ``name``: of who records."""

    call: str
    name: str
    media: tuple[Medium, ...]
    consents: tuple[Consent, ...]
