"""What somebody looks for: words, ``"phrases"``, beginnings (``deliv*``), and what must not
be there (``-word``, ``-"phrase"``)."""

from __future__ import annotations

import re

from msgspec import Struct

from chatd.errors import Invalid
from chatd.search.words import WORD, Stems, fold

MOST_TERMS = 16
SHORTEST_PREFIX = 2
PART = re.compile(r'(?P<no>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
EXCERPT_CHARS = 160
BEFORE_CHARS = 40


class Term(Struct, frozen=True):
    """Stems behind each other; ``prefix``: the beginning of a word, instead of its stem."""

    stems: tuple[str, ...]
    prefix: str = ""

    def marks(self, word: str, stem: str) -> bool:
        """Whether a word is one of those that are meant."""
        return stem in self.stems or bool(self.prefix and fold(word).startswith(self.prefix))


class Query(Struct, frozen=True):
    """All of ``wanted`` and none of ``unwanted``."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


class Excerpt(Struct, frozen=True):
    """A piece of a text, and where in it the words are: from, to, counted in characters."""

    text: str
    marks: list[list[int]]


def parse(text: str, stems: Stems) -> Query:
    """What is looked for; Invalid where that is nothing, or too much."""
    wanted, unwanted = list[Term](), list[Term]()
    for part in PART.finditer(text):
        said = part["phrase"] if part["word"] is None else part["word"]
        (unwanted if part["no"] else wanted).extend(terms_of(said, stems, part["word"] is None))
    if not wanted:
        raise Invalid("say what to look for: a word, with a letter or a digit", field="query")
    if sum(len(one.stems) for one in (*wanted, *unwanted)) > MOST_TERMS:
        raise Invalid(f"at most {MOST_TERMS} words can be looked for", field="query")
    return Query(tuple(wanted), tuple(unwanted))


def terms_of(said: str, stems: Stems, is_phrase: bool) -> list[Term]:
    """One term; what is written together, like an e-mail address, is looked for as a phrase."""
    words = WORD.findall(said)
    found = tuple(map(stems.of, words))
    if not found:
        return []
    if is_phrase or len(words) > 1 or not said.endswith("*"):
        return [Term(found)]
    prefix = fold(words[0])
    if len(prefix) < SHORTEST_PREFIX:
        raise Invalid(f"a beginning has {SHORTEST_PREFIX} letters or more: {said}", field="query")
    return [Term(found, prefix)]


def cut_out(content: str, query: Query, stems: Stems) -> Excerpt | None:
    """The piece of a text around what was found first, on one line; none where nothing is."""
    spans = [
        found.span()
        for found in WORD.finditer(content)
        if any(term.marks(found[0], stems.of(found[0])) for term in query.wanted)
    ]
    if not spans:
        return None
    begin = max(0, spans[0][0] - BEFORE_CHARS)
    if begin:
        begin = content.rfind(" ", 0, begin) + 1 if " " in content[begin - 20 : begin] else begin
    end = begin + EXCERPT_CHARS
    text = "".join(" " if one.isspace() else one for one in content[begin:end])
    marks = [[since - begin, until - begin] for since, until in spans if until <= end]
    return Excerpt(text, marks)
