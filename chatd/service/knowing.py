"""What a site's bot answers from: the passages that a question finds, those named as sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loguru import logger
from msgspec import Struct

from chatd.bot.base import Bot, BotFailed, Passage, Turn
from chatd.domain.message import Message
from chatd.locale.counting import count_of
from chatd.search.knowledge import Unfit
from chatd.service.context import Services

LOG = logger.bind(area="tickets")
ASKED_BACK = 3  # messages of a customer that are looked at where the last ones find nothing
NOTHING_FOUND = "nothing is found in the knowledge"


class Considered(Struct, frozen=True):
    """What a bot makes of a question, and the passages that it was given for it. ``failed``: it
    made nothing of it."""

    turn: Turn
    passages: tuple[Passage, ...] = ()
    failed: bool = False

    @property
    def sources(self) -> list[dict[str, str]]:
        """The passages that it names, as readers see them: each title once."""
        given = {one.id: one for one in self.passages}
        shown = dict[str, dict[str, str]]()
        for id in self.turn.sources:
            one = given[id]
            shown.setdefault(
                one.title, {"title": one.title} | ({"url": one.url} if one.url else {})
            )
        return list(shown.values())


def refresh(services: Services) -> list[str]:
    """The folders are read where they have changed; which were, in words."""
    told, bots = [], services.config.bots.values()
    folders = {bot.knowledge for bot in bots if bot.engine != "none" and bot.knowledge}
    for shelf in services.library.refresh(sorted(folders)):
        if shelf.why:
            LOG.error("bots cannot answer from {}: {}", shelf.folder, shelf.why)
        else:
            passages, in_files = count_of(shelf.passages, "passage"), count_of(shelf.files, "file")
            found = f"knowledge {shelf.folder}: {passages} of {in_files}"
            LOG.info("{}", found)
            told.append(found)
    return told


def consider(services: Services, site: str, bot: Bot, history: Sequence[Message]) -> Considered:
    """What a site's bot says and does; where it has knowledge in which nothing is found of what is
    asked, it hands over without being asked. BotFailed where it fails."""
    passages = look_up(services, site, history)
    if passages is None:
        return Considered(Turn(say="", action="hand_over", reason=NOTHING_FOUND))
    return Considered(bot.answer(history, passages), tuple(passages))


def look_up(services: Services, site: str, history: Sequence[Message]) -> list[Passage] | None:
    """The passages for what is asked: none where nothing is, as in a greeting, or the site has no
    knowledge; ``None`` where nothing is found. BotFailed where it cannot be read."""
    folder = services.config.bot_of(site).knowledge
    if not folder:
        return []
    try:
        knowledge = services.library.open(folder)
    except Unfit as unfit:
        raise BotFailed(str(unfit)) from None
    asked = False
    for question in questions(history):
        words = knowledge.words_of(question)
        asked = asked or bool(words)
        if found := knowledge.find(words):
            return found
    return None if asked else []


def questions(history: Sequence[Message]) -> Iterable[str]:
    """What a customer has said since they were answered last, then with what they said before."""
    said = [one for one in history if not one.deleted_at]
    own = [one.content for one in said if one.sender_type == "customer"]
    last = list[str]()
    for one in reversed(said):
        if one.sender_type in ("bot", "admin"):
            break
        if one.sender_type == "customer":
            last.append(one.content)
    yield "\n".join(last[::-1])
    yield "\n".join(own[-ASKED_BACK:])
