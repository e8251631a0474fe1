"""The texts that people see, by language; a site may put its own in their place.

What the house said is kept in its site's words, and says by which key, so that who reads another
language reads it in theirs.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

LANGUAGES = ("ru", "en")


@cache
def catalog(language: str) -> dict[str, str]:
    """All texts of a language."""
    source = files(__name__).joinpath(f"{language}.json").read_bytes()
    return msgspec.json.decode(source, type=dict[str, str])


def text(language: str, key: str, /, **values: object) -> str:
    """One text with its values filled in."""
    return catalog(language)[key].format(**values)


def foreign_words(language: str, meta: dict[str, Any]) -> dict[str, Any] | None:
    """By what a message of the house is said in this language, where it was said in another."""
    words = meta.get("words")
    return words if isinstance(words, dict) and words.get("language") != language else None


def render_sender(language: str, sender_type: str, name: str, meta: dict[str, Any]) -> str:
    """Who said a message, where the language of what the bot said is another one's."""
    foreign = sender_type == "bot" and foreign_words(language, meta) is not None
    return text(language, "bot_name") if foreign else name


def render_words(language: str, content: str, meta: dict[str, Any]) -> str:
    """A message in a language, where its meta has the key of its words; else as it was said."""
    words = foreign_words(language, meta)
    if words is None:
        return content
    known, values = catalog(language).get(str(words.get("key"))), words.get("values", {})
    try:
        return known.format(**values) if known and isinstance(values, dict) else content
    except (KeyError, IndexError):
        return content
