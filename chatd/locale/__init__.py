"""The texts that people see, by language; a site may put its own in their place."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

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
