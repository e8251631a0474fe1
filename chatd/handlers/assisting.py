"""What the model behind a site's bot writes for operators, when they ask; and trying the bot."""

from __future__ import annotations

from collections.abc import Sequence

from loguru import logger
from msgspec.structs import asdict

from chatd.bot.base import Bot, BotFailed, Passage, Task, Turn
from chatd.domain.message import Message
from chatd.domain.times import to_text
from chatd.errors import Conflict, NotFound, Unavailable
from chatd.protocol.assisting import (
    AskBot,
    BotAsked,
    DraftAnswer,
    PassageFound,
    Source,
    Summarize,
    Written,
)
from chatd.service import knowing
from chatd.service.context import Context, Handlers, Services
from chatd.service.knowing import Considered
from chatd.service.texts import site_language

LOG = logger.bind(area="tickets")


def draft(cx: Context, command: DraftAnswer) -> Written:
    """→ ``text``, ``sources``; Conflict where the site has no bot, Unavailable where it has nothing
    to say."""
    services, site = cx.services, cx.ticket.site
    history = history_of(services, cx.ticket.id, site)
    return write(services, site, Task("draft"), history, find_passages(services, site, history))


def summarize(cx: Context, command: Summarize) -> Written:
    """→ ``text``; errors as of a draft."""
    services, site = cx.services, cx.ticket.site
    language = command.language or site_language(services, site)
    task = Task("summary", language="Russian" if language == "ru" else "English")
    return write(services, site, task, history_of(services, cx.ticket.id, site))


def history_of(services: Services, ticket_id: str, site: str) -> list[Message]:
    """The last of what was said, as much as a bot is told."""
    limit = services.config.bot_of(site).history_messages
    return list(services.store.history(ticket_id, limit=limit))


def find_passages(services: Services, site: str, history: Sequence[Message]) -> list[Passage]:
    """What is known of it; knowledge that cannot be read leaves a draft without."""
    try:
        return knowing.look_up(services, site, history) or []
    except BotFailed as unread:
        LOG.warning("a draft without knowledge: {}", unread)
        return []


def write(
    services: Services,
    site: str,
    task: Task,
    history: Sequence[Message],
    passages: Sequence[Passage] = (),
) -> Written:
    """What the site's bot writes."""
    try:
        text = bot_of(services, site).write(task, history, passages)
    except BotFailed as failure:
        LOG.warning("no {} is written: {}", task.name, failure)
        raise Unavailable(
            "the model behind the bot has written nothing: try again, or write without it",
            retry_after=5,
        ) from None
    limit = services.config.tickets.max_message_chars
    made_with = Considered(Turn(say="", sources=tuple(one.id for one in passages)), tuple(passages))
    return Written(text=text[:limit], sources=sources_of(made_with))


def bot_of(services: Services, site: str) -> Bot:
    """The bot of a site; Conflict where it has none."""
    bot = services.bots.of(site)
    if not bot.active:
        raise Conflict(
            f"the site {site} has no bot: [sites.{site}.bot] in the configuration", site=site
        )
    return bot


def sources_of(considered: Considered) -> list[Source]:
    """As they are shown."""
    return [Source(**one) for one in considered.sources]


def ask_bot(cx: Context, command: AskBot) -> BotAsked:
    """→ ``passages``, what it would ``say``, its ``action``; ``failed`` where it could not."""
    services, site = cx.services, command.site
    if site not in services.config.sites:
        raise NotFound(f"no such site {site!r}; there are: {', '.join(services.config.sites)}")
    bot, asked, failed = bot_of(services, site), [question_of(services, command)], ""
    try:
        considered = knowing.consider(services, site, bot, asked)
    except BotFailed as failure:
        failed = str(failure)
        considered = Considered(Turn(say="", action="hand_over"), found_for(services, site, asked))
    turn = considered.turn
    return BotAsked(
        passages=[PassageFound(**asdict(one)) for one in considered.passages],
        say=turn.say,
        action=turn.action,
        reason=turn.reason,
        sources=sources_of(considered),
        failed=failed,
    )


def found_for(services: Services, site: str, asked: Sequence[Message]) -> tuple[Passage, ...]:
    """The passages of a question, if they can be read."""
    return tuple(find_passages(services, site, asked))


def question_of(services: Services, command: AskBot) -> Message:
    """As if a customer had asked."""
    return Message(
        dialog_id="",
        sender_type="customer",
        sender_id="",
        sender_name="",
        content=command.question,
        created_at=to_text(services.now()),
    )


HANDLERS: Handlers = {AskBot: ask_bot, DraftAnswer: draft, Summarize: summarize}
