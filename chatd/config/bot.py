"""Who answers before a person does: for all sites, and what a site has of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import asdict, replace

from chatd.config.extras import missing
from chatd.config.shapes import Seconds, Section

Engine = Literal["none", "openai"]


class BotSettings(Section, frozen=True, kw_only=True):
    """Who answers before a person does. ``knowledge``: a folder of Markdown; relative to the
    configuration until that is loaded."""

    engine: Engine = "none"
    base_url: str = ""
    model: str = ""
    api_key_env: str = "OPENAI_API_KEY"
    instructions: Annotated[str, Meta(max_length=20_000)] = ""
    knowledge: str = ""
    timeout_seconds: Seconds = 15.0
    history_messages: Annotated[int, Meta(ge=1, le=200)] = 20


class SiteBotSettings(Section, frozen=True, kw_only=True):
    """What a site has in place of it; what is empty is as for all. ``engine`` of "none": here no
    bot answers."""

    engine: Literal["", "none", "openai"] = ""
    base_url: str = ""
    model: str = ""
    api_key_env: str = ""
    instructions: Annotated[str, Meta(max_length=20_000)] = ""
    knowledge: str = ""


def bot_of(house: BotSettings, own: SiteBotSettings) -> BotSettings:
    """The bot of one site."""
    return replace(house, **{key: value for key, value in asdict(own).items() if value})


def folder_of(beside: Path, named: str) -> str:
    """A folder in full, which is one; ValueError where it is not."""
    if not named:
        return ""
    folder = (beside / Path(named).expanduser()).absolute()
    if not folder.is_dir():
        raise ValueError(f"{str(folder)!r} is no folder")
    return str(folder)


def check_bot(house: BotSettings, sites: dict[str, SiteBotSettings]) -> str | None:
    """An engine that asks somebody knows whom; the first contradiction, or nothing."""
    return next(contradictions(house, sites), None)


def contradictions(house: BotSettings, sites: dict[str, SiteBotSettings]) -> Iterator[str]:
    """All that is wrong, with the key that it stands at."""
    bots = {"bot": house}
    bots |= {f"sites.{name}.bot": bot_of(house, own) for name, own in sites.items()}
    for key, bot in bots.items():
        if bot.base_url and not bot.base_url.startswith(("http://", "https://")):
            yield f"{key}.base_url: {bot.base_url!r} does not begin with http:// or https://"
        if bot.engine == "none":
            continue
        if not bot.base_url:
            yield f"{key}.base_url: needed by the engine {bot.engine!r}"
        if lacks := missing("bot"):
            yield f"{key}.engine: {bot.engine!r} needs what is {lacks}"
