"""Every text that people may see is there in each language, and none is there for nobody."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from chatd.errors import ChatdError
from chatd.locale import render_sender, render_words
from chatd.locale.counting import count_of
from chatd.log.areas import AREAS
from chatd.terminal.core.refusals import MORE


def descendants(error: type[ChatdError]) -> Iterator[type[ChatdError]]:
    """Every kind of an error."""
    for one in error.__subclasses__():
        yield one
        yield from descendants(one)


CHATD = Path(__file__).parents[1] / "chatd"
SHARED = CHATD / "web" / "shared"
GROUPS = {*"013456789"}  # of emoji, by their numbers in the data
PAGES = (
    "texts",
    "texts-pages",
    "texts-console",
    "texts-rooms",
    "texts-landing",
    "texts-acts",
    "texts-answers",
    "texts-before",
    "texts-earlier",
    "texts-reach",
    "texts-emoji",
    "texts-files",
    "texts-people",
    "texts-calls",
    "texts-access",
    "texts-figures",
)
ENTRY = re.compile(r'^  "?([\w.]+)"?:\s', re.M)
TOLD = re.compile(r'^  "?([\w.]+)"?:\s*(.+?),?$', re.M)
SAID = re.compile(r"""(["'`])([^"'`\n]*)\1""")
NAME = re.compile(r"[\w.]+")
# A key that is put together: `key_${name}`, f"console.fact_{key}"; its rest is named somewhere.
MADE = re.compile(r"""["'`](\w[\w.]*)\$?\{[^{}]+\}["'`]""")
ASKED = re.compile(r"""(?<![\w.])t\(\s*["']([^"']+)["']""")
# Which refusal, the daemon says; of some codes a second text tells more.
CODES = "|".join(one.code for one in (ChatdError, *descendants(ChatdError)))
FURTHER = "|".join(more for each in MORE.values() for more in each)
REFUSED = re.compile(rf"refused[._]({CODES})(_({FURTHER}))?")
SPEAKERS = frozenset({"texts", "site_text", "text"})


def scripts() -> Iterator[Path]:
    """Our own scripts, without the catalogs."""
    for path in (CHATD / "web").rglob("*.js"):
        if "vendor" not in path.parts and not path.name.startswith("texts-"):
            yield path


def catalog(name: str) -> set[str]:
    """The keys of a script's catalog."""
    return {*ENTRY.findall((SHARED / f"{name}.js").read_text("utf-8"))}


def daemons(language: str) -> set[str]:
    """The keys of the daemon's and the terminal's catalog."""
    return {*json.loads((CHATD / "locale" / f"{language}.json").read_text("utf-8"))}


class Sources:
    """What some sources say: literals, names, and the beginnings of keys that are put together."""

    def __init__(self, *paths: Path) -> None:
        text = "\n".join(path.read_text("utf-8") for path in paths)
        self.literals = {found[1] for found in SAID.findall(text)}
        self.names = {*NAME.findall(text)}
        self.made = {*MADE.findall(text)}

    def say(self, key: str) -> bool:
        """Whether a key may be asked for in them: as it stands, as a member, put together."""
        if REFUSED.fullmatch(key):
            return True
        return (
            key in self.literals
            or f"texts.{key}" in self.names
            or any(key.startswith(begun) and key[len(begun) :] in self.names for begun in self.made)
        )


@cache
def python() -> Sources:
    """Everything of the daemon and the terminal."""
    return Sources(*CHATD.rglob("*.py"))


@cache
def javascript() -> Sources:
    """Everything of the pages."""
    return Sources(*scripts())


def test_every_language_has_the_same_texts() -> None:
    assert daemons("ru") == daemons("en")
    for name in PAGES:
        assert catalog(f"{name}-ru") == catalog(f"{name}-en") != set()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_is_fetched_later_changes_no_text_that_is_there(language: str) -> None:
    """Those of emoji are by themselves."""
    told: dict[str, str] = {}
    for name in PAGES:
        script = (SHARED / f"{name}-{language}.js").read_text("utf-8")
        for key, text in TOLD.findall(script) if name != "texts-emoji" else ():
            assert told.setdefault(key, text) == text, (name, key)
    assert len(told) > 100


def test_no_text_of_the_daemon_or_the_terminal_is_there_for_nobody() -> None:
    """A site may have its own words for what the widget says: such a key is the pages', too."""
    unsaid = [
        key
        for key in sorted(daemons("en"))
        if not python().say(key.removeprefix("client.")) and not javascript().say(key)
    ]
    assert unsaid == []


@pytest.mark.parametrize("name", PAGES)
def test_no_text_of_the_pages_is_there_for_nobody(name: str) -> None:
    keys = catalog(f"{name}-en") - GROUPS - daemons("en")
    assert [key for key in sorted(keys) if not javascript().say(key)] == []


def test_what_the_pages_ask_for_is_there() -> None:
    known = {key for name in PAGES for key in catalog(f"{name}-en")} | daemons("en")
    asked = {key for path in scripts() for key in ASKED.findall(path.read_text("utf-8"))}
    assert asked - known == set() and len(asked) > 100


@pytest.mark.parametrize("language", ["ru", "en"])
def test_pages_say_what_the_house_said_as_the_daemon_would(language: str) -> None:
    daemon = json.loads((CHATD / "locale" / f"{language}.json").read_text("utf-8"))
    for name in PAGES:
        pages = (SHARED / f"{name}-{language}.js").read_text("utf-8")
        for key in catalog(f"{name}-{language}") & daemon.keys():
            assert f"  {key}: {json.dumps(daemon[key], ensure_ascii=False)}," in pages


def asked_for(path: Path) -> Iterator[str]:
    """The keys that a module gives to what speaks, as they stand in the catalog."""
    client = "terminal" in path.relative_to(CHATD).parts
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name in SPEAKERS and (client or name == "site_text"):
            for one in call.args:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield f"client.{one.value}" if client else one.value


def test_what_daemon_and_terminal_ask_for_is_there() -> None:
    asked = {key for path in CHATD.rglob("*.py") for key in asked_for(path)}
    assert asked - daemons("en") == set() and len(asked) > 50


def sentences(path: Path) -> Iterator[str]:
    """What a module refuses with."""
    kinds = {one.__name__ for one in descendants(ChatdError)}
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in kinds and call.args:
            said = call.args[0]
            parts = said.values if isinstance(said, ast.JoinedStr) else [said]
            yield from (
                part.value
                for part in parts
                if isinstance(part, ast.Constant) and len(str(part.value).split()) > 4
            )


def test_no_refusal_is_worded_twice() -> None:
    worded = [said for path in CHATD.rglob("*.py") for said in sentences(path)]
    assert [said for said, times in Counter(worded).items() if times > 1] == []
    assert len(worded) > 50


def test_the_shipped_file_names_every_area_of_the_log() -> None:
    shipped = (CHATD.parent / "etc" / "chatd.toml").read_text("utf-8")
    assert f"# {', '.join(AREAS)}\n" in shipped


NOTICE = {"language": "ru", "key": "operator_connected", "values": {"name": "Anna"}}


@pytest.mark.parametrize(
    ("language", "words", "shown"),
    [
        ("ru", NOTICE, "как сказано"),
        ("en", NOTICE, "👨‍💼 Operator Anna has joined the conversation"),
        ("en", {"language": "ru", "key": "greeting"}, "Hi! How can I help? 😊"),
        ("en", NOTICE | {"values": {}}, "как сказано"),
        ("en", NOTICE | {"key": "no such"}, "как сказано"),
        ("en", {"language": "ru"}, "как сказано"),
        ("en", "nothing", "как сказано"),
    ],
)
def test_who_reads_another_language_reads_the_house_in_theirs(
    language: str, words: object, shown: str
) -> None:
    assert render_words(language, "как сказано", {"words": words}) == shown
    assert render_words(language, "как сказано", {}) == "как сказано"


def test_the_bot_is_called_as_in_the_readers_language() -> None:
    said = {"words": {"language": "ru", "key": "greeting"}}
    assert render_sender("en", "bot", "Оля", said) == "Bot"
    assert render_sender("ru", "bot", "Оля", said) == "Оля", "the site's own name for it"
    assert render_sender("en", "bot", "Оля", {}) == "Оля"
    assert render_sender("en", "admin", "Оля", said) == "Оля"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_text_has_the_name_of_another(language: str) -> None:
    """Of two the later one would be shown for both."""
    pairs: list[list[tuple[str, object]]] = []
    text = (CHATD / "locale" / f"{language}.json").read_text("utf-8")
    json.loads(text, object_pairs_hook=pairs.append)
    for members in pairs:
        names = [name for name, _ in members]
        assert sorted(names) == sorted(set(names))


# Words that are the same after any number, and texts in which it is never small.
UNCHANGED, ALWAYS_MANY = {"more", "here", "min", "мин"}, {"tooLong"}
PLAIN = re.compile(r'^ {2}"?([\w.]+)"?: "(.*)",?$', re.MULTILINE)
COUNTED = re.compile(r"\{(?:n|count)\} ([a-zа-яё]{3,})")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_number_before_a_noun_has_the_nouns_forms(language: str) -> None:
    paths = [CHATD / "locale" / f"{language}.json", *SHARED.glob(f"texts*-{language}.js")]
    assert len(paths) > 5
    for path in paths:
        for key, said in PLAIN.findall(path.read_text("utf-8")):
            counted = {*COUNTED.findall(said)} - UNCHANGED
            assert not counted or key in ALWAYS_MANY, f"{path.name}: {key}: {said}"


def test_the_shell_counts_as_english_does() -> None:
    assert [count_of(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert [count_of(number, "person") for number in (1, 3)] == ["1 person", "3 people"]
