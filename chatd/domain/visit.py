"""What a visitor's pages tell of them: where they are and were, of which no more is kept than may
be; in what language and time zone; with what browser."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.times import to_epoch

LONGEST_PAGE, LONGEST_TITLE, MOST_PAGES = 300, 120, 30
GAP_S = 1_800  # who was silent for longer comes anew
NOTED_S = 600  # the same page again is worth no commit before
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}\Z")
ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}\Z")
# Of what stands behind the question mark these are kept, if they are short: the rest may be secret.
KEPT = frozenset(
    {
        *(f"utm_{one}" for one in ("source", "medium", "campaign", "term", "content")),
        *("page", "product", "sku", "category", "lang", "sort"),
    }
)
LONGEST_VALUE, SECRET_LENGTH = 40, 16
ODD = re.compile(r"(?=.*[0-9])[A-Za-z0-9+=]{8,}\Z")


class Page(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page that somebody was on: ``at``: since when."""

    address: str
    at: str
    title: str = ""


class Invited(Struct, frozen=True, kw_only=True):
    """An invitation by hand that a visitor has not answered yet: by which operator's user name
    (empty: from the machine), as whom the visitor sees them (``sender``, ``name``)."""

    at: str
    text: str
    operator: str
    sender: str
    name: str


class Told(Struct, frozen=True, kw_only=True):
    """What a page tells of who is on it, as far as it is believed."""

    page: Page | None = None
    referrer: str = ""
    language: str = ""
    timezone: str = ""
    agent: str = ""


class Visits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often somebody came, when something was last heard of them, and what they told then.
    ``pages``: where they were, the newest last; ``referrer``: where they came from the last
    time."""

    count: int = 1
    at: str
    pages: tuple[Page, ...] = ()
    referrer: str = ""
    language: str = ""
    timezone: str = ""
    agent: str = ""

    @property
    def page(self) -> Page | None:
        """Where they are, or were last."""
        return self.pages[-1] if self.pages else None


def after(before: Visits | None, told: Told, at: str, *, history: bool) -> Visits:
    """The visits once this was told; ``history``: whether the pages before this are kept. What
    changes nothing worth keeping leaves them as they are."""
    came = before is None or to_epoch(at) - to_epoch(before.at) >= GAP_S
    known = before or Visits(count=0, at=at)
    now = Visits(
        count=known.count + came,
        at=at,
        pages=pages_after(known.pages, told.page, came=came, history=history),
        referrer=told.referrer if came else known.referrer,
        language=told.language or known.language,
        timezone=told.timezone or known.timezone,
        agent=told.agent or known.agent,
    )
    if before and replace(now, at=before.at) == before and lately(before, at):
        return before
    return now


def lately(before: Visits, at: str) -> bool:
    """Whether they were heard of so lately that this need not be kept."""
    return to_epoch(at) - to_epoch(before.at) < NOTED_S


def pages_after(
    pages: tuple[Page, ...], page: Page | None, *, came: bool, history: bool
) -> tuple[Page, ...]:
    """Where they were, once they are on this page: the same again is no other one."""
    kept = pages if history else pages[-1:]
    if page is None:
        return kept
    if kept and kept[-1].address == page.address and not came:
        return kept
    return (*kept, page)[-MOST_PAGES if history else -1 :]


def without_old(visits: Visits, before: str) -> Visits:
    """Without what was told before then; how often they came stays."""
    if visits.at < before:
        return Visits(count=visits.count, at=visits.at)
    return replace(visits, pages=tuple(one for one in visits.pages if one.at >= before))


def page_of(address: str, title: str, at: str, origin: str | None) -> Page | None:
    """The page, as far as it may be kept; none where it is not one of the origin that told it."""
    parts = parts_of(address)
    if parts is None or origin != f"{parts.scheme}://{parts.netloc}":
        return None
    shown = safe_address(parts, keeps_query=True)
    return Page(address=shown, at=at, title=one_line(title)[:LONGEST_TITLE])


def referrer_of(address: str) -> str:
    """Where somebody came from, without anything behind a question mark; empty where it is no
    address."""
    parts = parts_of(address)
    return safe_address(parts, keeps_query=False) if parts else ""


def parts_of(address: str) -> SplitResult | None:
    """The parts of a web address without a user in it; of nothing else."""
    try:
        parts = urlsplit(address)
        fits = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        return parts if fits and parts.netloc.isprintable() and parts.port != 0 else None
    except ValueError:
        return None


def safe_address(parts: SplitResult, *, keeps_query: bool) -> str:
    """An address without what may be secret: no fragment, no part of the path that looks like a
    token, no query but for what is known to be harmless."""
    path = "/".join("…" if is_secret(one) else one for one in parts.path.split("/"))
    shown = f"{parts.scheme}://{parts.netloc}{path if path.isprintable() else ''}"
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query)
        if keeps_query and name in KEPT and len(value) <= LONGEST_VALUE and not is_secret(value)
    ]
    if kept and len(longer := f"{shown}?{urlencode(kept)}") <= LONGEST_PAGE:
        return longer
    return shown[:LONGEST_PAGE]


def is_secret(word: str) -> bool:
    """Whether this may be a token, or says who somebody is: a mail address; long, and with a piece
    that nobody writes like that."""
    if "@" in word or "%40" in word:
        return True
    pieces = re.split(r"[-_.~%\s]", word) if len(word) >= SECRET_LENGTH else []
    return any(len(one) >= LONGEST_VALUE or ODD.fullmatch(one) for one in pieces)


def language_of(tag: str) -> str:
    """A language as browsers name it, or none."""
    return tag if LANGUAGE.fullmatch(tag) else ""


@lru_cache(maxsize=1_024)
def zone_of(name: str) -> str:
    """A time zone that there is, or none."""
    if not ZONE.fullmatch(name):
        return ""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return ""
    return name


def one_line(text: str) -> str:
    """On one line, without what cannot be seen."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
