"""What is typed into a field for searching is understood, or refused in words."""

from __future__ import annotations

import pytest

from chatd.errors import Invalid
from chatd.search.query import Excerpt, Query, Term, cut_out, parse
from chatd.search.words import Stems

STEMS = Stems()


def terms(*words: str, prefix: str = "") -> Term:
    return Term(words, prefix)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("red parcels", Query((terms("red"), terms("parcel")))),
        ('"red parcels" now', Query((terms("red", "parcel"), terms("now")))),
        ('"red parcels', Query((terms("red", "parcel"),))),
        ("deliver*", Query((terms("deliv", prefix="deliver"),))),
        ("parcel -red", Query((terms("parcel"),), (terms("red"),))),
        ('parcel -"red one"', Query((terms("parcel"),), (terms("red", "one"),))),
        ("order-47", Query((terms("order", "47"),))),
        ("a@b.example", Query((terms("a", "b", "exampl"),))),
        ("посылки Ёлку*", Query((terms("посылк"), terms("елк", prefix="елку")))),
        ("parcel \0 NEAR(", Query((terms("parcel"), terms("near")))),
        ("parcel - ***", Query((terms("parcel"),))),
    ],
)
def test_it_is_understood(typed: str, meant: Query) -> None:
    assert parse(typed, STEMS) == meant


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "a word, with a letter"),
        ('"" * -', "a word, with a letter"),
        ("-red", "a word, with a letter"),
        ("a*", "2 letters or more: a"),
        ("a b c d e f g h i j k l m n o p q", "at most 16 words"),
        ('"a b c d e f g h i" -"a b c d e f g h i"', "at most 16 words"),
    ],
)
def test_or_refused(typed: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        parse(typed, STEMS)


def excerpt(content: str, typed: str) -> Excerpt | None:
    return cut_out(content, parse(typed, STEMS), STEMS)


def test_an_excerpt_has_the_words_and_says_where() -> None:
    found = excerpt("one\ntwo " + "word " * 100 + "ёлки 😀 ёлка\tend", "елка")
    assert found and len(found.text) <= 160 and "\n" not in found.text
    assert [found.text[since:until] for since, until in found.marks] == ["ёлки", "ёлка"]
    assert found.text.startswith("word ") and found.text.endswith("end")


def test_of_a_text_without_spaces_there_is_a_piece_as_well() -> None:
    found = excerpt("-" * 5_000 + "parcel" + "-" * 5_000, "parcel")
    assert found and len(found.text) == 160 and found.marks == [[40, 46]]
    whole = excerpt("x" * 5_000, "x" * 64)
    assert whole and whole.marks == [], "it ends outside of the piece"


def test_where_nothing_is_found_there_is_none() -> None:
    assert excerpt("one pear", "apple") is None
