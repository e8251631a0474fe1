"""Whatever the daemon refuses has its sentence in both languages, wherever people read it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import chatd
from chatd import errors
from chatd.locale import LANGUAGES
from chatd.terminal.core.refusals import MORE
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.texts import Texts

CODES = sorted(
    one.code
    for _, one in inspect.getmembers(errors, inspect.isclass)
    if issubclass(one, errors.ChatdError)
)
WHY = "what is allowed"
WITH_WHY = {"malformed", "invalid"}
UNTIL = "2030-01-31T08:00:00Z"
FURTHER = [
    ("conflict", {"replaced": True}),
    ("forbidden", {"banned": True, "until": None}),
    ("forbidden", {"banned": True, "until": UNTIL}),
    ("forbidden", {"kicked": True}),
    ("forbidden", {"muted_until": "9999-12-31T00:00:00Z", "why": ""}),
    ("forbidden", {"muted_until": UNTIL, "why": "42"}),
    ("forbidden", {"password": True}),
    ("forbidden", {"read_only": True}),
    ("invalid", {"field": "with[0]"}),
]
DETAILS = {"retry_after": 2.5, "capacity": 41, "incident": "c0ffee", "limit": 8000}
SAYS = {"rate_limited": "3", "conflict": "41", "internal": "c0ffee", "too_large": "8000"}
SHARED = Path(chatd.__file__).parent / "web" / "shared"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_the_terminal_says_every_refusal_in_the_readers_language(code: str, language: str) -> None:
    refusal = Texts(language).refusal
    bare, detailed = (refusal(Refused(code, WHY, details)) for details in ({}, DETAILS))
    for said in (bare, detailed):
        assert (WHY in said) == (language == "en" and code in WITH_WHY), "the daemon speaks English"
        assert not re.search("[{}]|None", said)
        own = said.replace(WHY, "").replace("c0ffee", "")
        assert bool(re.search("[а-яё]", own)) == (language == "ru")
        assert bool(re.search("[a-z]", own)) == (language == "en")
    assert SAYS.get(code, "") in detailed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("code", "details"), FURTHER)
def test_what_an_error_says_more_of_is_said_in_the_readers_language(
    code: str, details: dict[str, object], language: str
) -> None:
    plain, said = (Texts(language).refusal(Refused(code, WHY, one)) for one in ({}, details))
    assert said != plain and not re.search("[{}]|None|9999", said)
    assert bool(re.search("[а-яё]", said)) == (language == "ru")
    assert bool(re.search("[a-z]", said)) == (language == "en")
    assert (WHY in said) == (language == "en" and code in WITH_WHY)
    assert ("2030" in said) == (UNTIL in details.values())
    assert said.endswith(": 42") == ("42" in details.values())


def test_a_code_of_a_later_daemon_is_told_in_its_words() -> None:
    assert Texts("ru").refusal(Refused("gone_fishing", WHY, {})) == WHY
    assert (
        Texts("ru")
        .refusal(Refused("rate_limited", WHY, {"retry_after": "soon"}))
        .endswith("через 1 с")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_have_the_same_sentences(language: str) -> None:
    catalog = (SHARED / f"texts-acts-{language}.js").read_text("utf-8")
    told = re.findall(r"^  refused_(\w+):", catalog, re.MULTILINE)
    # That a room is full, or has a password, or that one is muted, stands where the room would.
    further = {f"{code}_{more}" for code in ("internal", "too_large") for more in MORE[code]}
    # Long waits are told in minutes there.
    assert sorted(told) == sorted({*CODES, *further, "rate_limited_minutes"})
