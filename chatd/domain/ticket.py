"""A support ticket and its statuses, as a table: bot → waiting → active → closed → again."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.attributes import Attribute
from chatd.domain.deadlines import Promise
from chatd.domain.rating import Rating
from chatd.domain.times import to_epoch
from chatd.errors import Conflict

Priority = Literal["urgent", "high", "normal", "low"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
# So many seconds ahead of who asks at the same time: nobody is overtaken by who asks later still.
HEAD_STARTS: dict[str, int] = {"urgent": 3600, "high": 1200, "normal": 0, "low": -1200}
Status = Literal["bot", "waiting", "active", "closed"]
STATUSES: tuple[Status, ...] = get_args(Status)
OPEN = tuple(status for status in STATUSES if status != "closed")
FOR_OPERATORS: frozenset[str] = frozenset({"waiting", "active"})  # not a bot's, not over
Automatic = Literal["waits", "away", "still_waits"]
Action = Literal["request", "accept", "transfer", "return", "close", "cancel", "reopen", "resume"]
Act = Literal["continue", "hand_over", "close"]  # of a bot
Outcome = Literal["", "closed", "cancelled", "silence"]
Field = Literal["name", "contact", "phone"]

TRANSITIONS: dict[tuple[Status, Action], Status] = {
    ("bot", "request"): "waiting",
    ("bot", "accept"): "active",
    ("waiting", "accept"): "active",
    ("active", "transfer"): "active",
    ("waiting", "transfer"): "active",
    ("active", "return"): "waiting",
    ("bot", "close"): "closed",
    ("waiting", "close"): "closed",
    ("active", "close"): "closed",
    ("bot", "cancel"): "closed",
    ("waiting", "cancel"): "closed",
    ("closed", "reopen"): "waiting",
    ("closed", "resume"): "active",
}


TICKET, NOTES, EPISODE = "TKT-", "/notes", "h"
REMEMBERED_EPISODES = 20


class Past(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request for help that is over, in short: asked for, taken and closed when and by whom. All
    of it is in its :class:`chatd.domain.episode.Episode`."""

    requested_at: str | None = None
    accepted_at: str | None = None
    operator: str | None = None
    closed_at: str | None = None
    closed_by: str | None = None
    rating: Rating | None = None


class Answer(Struct, frozen=True):
    """What a customer answered to one thing that their site asked before the first word: to which
    words, and when. ``link``: to all of what was agreed to."""

    name: str
    kind: str
    label: str
    value: str
    at: str
    link: str = ""


class Ticket(Struct, frozen=True, kw_only=True):
    """One support conversation. ``version`` grows by one with every change that is stored.

    ``operator`` is the user name of who answers, and ``handed_by`` who gave it to them, if they did
    not take it themselves; ``connected`` who was announced to the customer in this episode;
    ``offered_to``/``offered_at`` the automatic offer that runs; ``passed`` who let one run out;
    ``episode`` how often help was asked for, and ``opened_at`` when for the last time (empty before
    there were episodes: see ``began_at``); ``past`` the last ones that are over, so that to show a
    ticket none of them is read. ``contact``: the mail address that its customer gave, and
    ``language`` the one they read, if it need not be the site's. ``priority``, ``rating`` and
    ``outcome`` (how it ended: somebody closed it, its customer wanted nobody any more, or said
    nothing any more) are its episode's; ``warned_at``: when the latter were last told that it will
    be closed; ``tags`` and ``department`` (empty: none) stay. ``phone``: its customer's, where
    they gave one; ``offline``: they asked while nobody came soon, and ``automatic``: what they were
    told then by itself; both in this episode.
    ``snoozed_until``: put aside until then by who has it; ``woken_at``: when it last came
    back. ``attributes``: what is said of its
    customer, and ``verified`` which of their own fields the site itself has signed.
    ``answers``: to what was asked before the first word. ``promise``: until when its episode is to
    be answered, and over.
    """

    id: str
    site: str
    status: Status
    customer_id: str
    customer_name: str
    created_at: str
    updated_at: str
    version: int = 1
    operator: str | None = None
    handed_by: str | None = None
    requested_at: str | None = None
    accepted_at: str | None = None
    closed_at: str | None = None
    closed_by: str | None = None
    offered_to: str | None = None
    offered_at: str | None = None
    connected: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    episode: int = 1
    opened_at: str = ""
    past: tuple[Past, ...] = ()
    contact: str = ""
    language: str = ""
    priority: Priority = "normal"
    tags: tuple[str, ...] = ()
    phone: str = ""
    offline: bool = False
    automatic: tuple[Automatic, ...] = ()
    answers: tuple[Answer, ...] = ()
    rating: Rating | None = None
    department: str = ""
    snoozed_until: str | None = None
    woken_at: str | None = None
    outcome: Outcome = ""
    warned_at: str | None = None
    promise: Promise | None = None
    attributes: tuple[Attribute, ...] = ()
    verified: tuple[Field, ...] = ()

    @property
    def began_at(self) -> str:
        """When its episode began."""
        if self.opened_at:
            return self.opened_at
        return self.created_at if self.episode == 1 else self.requested_at or self.created_at

    @property
    def episode_id(self) -> str:
        """The id of its episode."""
        return episode_id(self.id, self.episode, self.began_at)

    @property
    def open(self) -> bool:
        """Whether it still wants somebody's attention."""
        return self.status in OPEN

    @property
    def last_operator(self) -> str | None:
        """Who had it before it was closed and opened again."""
        return self.past[-1].operator if self.past else None

    def after(self, action: Action, at: str, **changes: object) -> Ticket:
        """The ticket after an action, or Conflict naming the status that forbids it."""
        status = TRANSITIONS.get((self.status, action))
        if status is None:
            raise Conflict(refusal(self, action), status=self.status, **self.last_word())
        changes = {"snoozed_until": None, **changes}
        return replace(self, status=status, updated_at=at, version=self.version + 1, **changes)

    def put_aside(self, until: str | None, at: str) -> Ticket:
        """Put aside, or at hand again where there is no time; Conflict where nobody has it."""
        if self.status != "active":
            raise Conflict(
                f"{self.id} is {self.status}: only what somebody has can be put aside",
                status=self.status,
                **self.last_word(),
            )
        return replace(
            self,
            snoozed_until=until,
            woken_at=None if until else at,
            warned_at=None,
            updated_at=at,
            version=self.version + 1,
        )

    def again(self, action: Action, at: str, **changes: object) -> Ticket:
        """The closed ticket in its next episode; what the last one was stays in ``past``."""
        over = Past(
            requested_at=self.requested_at,
            accepted_at=self.accepted_at,
            operator=self.operator,
            closed_at=self.closed_at,
            closed_by=self.closed_by,
            rating=self.rating,
        )
        fresh: dict[str, object] = {
            "requested_at": at,
            "accepted_at": None,
            "operator": None,
            "handed_by": None,
            "closed_at": None,
            "closed_by": None,
            "connected": (),
            "priority": "normal",
            "offline": False,
            "automatic": (),
            "rating": None,
            "outcome": "",
            "warned_at": None,
            "promise": None,
            "episode": self.episode + 1,
            "opened_at": at,
            "past": (*self.past, over)[-REMEMBERED_EPISODES:],
        }
        return self.after(action, at, **(fresh | changes))

    def last_word(self) -> dict[str, str | None]:
        """By whom and when it came into its status, for those who are told that they are late."""
        if self.status == "closed":
            return {"by": self.closed_by, "at": self.closed_at}
        if self.status == "active":
            return {"by": self.operator, "at": self.accepted_at}
        return {"by": None, "at": self.requested_at}


def ticket_of(dialog_id: str) -> str:
    """The ticket that a conversation belongs to: itself, or the one that it holds the notes of."""
    return dialog_id.removesuffix(NOTES)


def id_of(number: int) -> str:
    """1730053200 → ``TKT-1730053200``."""
    return f"{TICKET}{number}"


def episode_id(ticket_id: str, number: int, began_at: str) -> str:
    """``h-6b07f0d7-TKT-1795682519.2``: by the time that it began at, as every id, and whose."""
    return f"{EPISODE}-{second_of(began_at):x}-{ticket_id}.{number}"


def first_episode_id(at: float) -> str:
    """The least id of one that began then."""
    return f"{EPISODE}-{max(0, int(at)):x}-"


@lru_cache(maxsize=4096)
def second_of(time: str) -> int:
    """The second of a time; of one that an older system wrote in a way of its own, 0."""
    try:
        return max(0, int(to_epoch(time)))
    except ValueError:
        return 0


def number(ticket_id: str) -> int:
    """``TKT-1730053200`` → 1730053200; ids are given in the order of these."""
    return int(ticket_id.removeprefix(TICKET) or 0)


def refusal(ticket: Ticket, action: Action) -> str:
    """Why an action is not possible now, in words: says by whom and when, and what is possible."""
    word = ticket.last_word()
    by = f" by {word['by']}" if word["by"] else ""
    at = f" at {word['at']}" if word["at"] else ""
    allowed = sorted(
        act
        for status, act in TRANSITIONS
        if status == ticket.status and act not in ("resume", "cancel")
    )
    return f"{ticket.id} is {ticket.status}{by}{at}: cannot {action}, can {', '.join(allowed)}"
