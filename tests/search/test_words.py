"""Words are found in any of their forms, however they were typed."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from chatd.search.embedded import quote
from chatd.search.words import WORD, Stems, fold, split

STEMS = Stems()


@pytest.mark.parametrize(
    "forms",
    [
        "посылка посылки посылку посылкой ПОСЫЛКА",
        "доставка доставки доставкой",
        "ёлка елка Ёлки е\u0308лку",
        "мой мо\u0438\u0306",
        "замо\u0301к замок",
        "running runs run RUN",
        "deliveries delivery",
        "\ufb01nd find",
        "straße STRASSE",
        "café cafe\u0301",
        "2024 2024",
    ],
)
def test_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({STEMS.of(one) for one in forms.split()}) == 1


def test_other_words_have_another() -> None:
    apart = ["посылка", "доставка", "parcel", "running", "café", "cafe", "47", "наш"]
    assert len({STEMS.of(one) for one in apart}) == len(apart)


def test_a_text_is_cut_into_words_by_what_is_no_letter() -> None:
    text = "Re: order_47, anna@shop.example (см. «счёт»)\0!"
    assert list(STEMS.each(text)) == ["re", "order", "47", "anna", "shop", "exampl", "см", "счет"]


def test_what_is_ascii_is_cut_as_anything_else_is() -> None:
    every = "".join(map(chr, range(128)))
    for text in (every, "a".join(every), "A1_".join(every), "", "_"):
        assert split(text) == WORD.findall(text)


def test_no_letter_of_unicode_becomes_a_sign_that_an_index_would_read() -> None:
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        if WORD.match(letter) and not letter.isascii():
            folded = fold(letter)
            assert '"' not in folded and "\0" not in folded, unicodedata.name(letter)
    assert quote(fold("(1)")) == '"(1)"'


def test_the_longest_word_is_cut() -> None:
    assert len(fold("x" * 100_000)) == 64 == len(STEMS.of("ж" * 100_000))
