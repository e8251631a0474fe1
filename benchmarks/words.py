"""What people might write: words of Russian and English in some of their forms, as often as words
are used (the n-th most frequent one n times less often than the first), the same for every run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate

SEED = 20241027
VOCABULARY = 40_000
MEAN_WORDS = 11
HALF = "здравствуйте"  # begins every second message


def words_in(*lines: str) -> list[str]:
    """All of them."""
    return " ".join(lines).split()


RUSSIAN = words_in(
    "ба бо ви во га го да де до жа за зи ка ки ко ку ла ле ли ло ма ми мо на не но па пе по ра ре",
    "ро са си со та те ти то фа хо ца че ша бра гра дро кра кло пле при про ста сло тре",
)
ENGLISH = words_in(
    "ba be bo ca co da de di fa fi go ha lo ma mi mo na no pa pe po ra re ro sa se ta te to un"
)
ENDINGS = {
    "russian": words_in("к ка ки ку кой ке т тов там ть ет ют ная ную ный ного ние ния"),
    "english": words_in("t ts ting ted r rs n ns ning ned ly l ls"),
}
SHARE_OF_RUSSIAN = 0.7


def vocabulary(count: int = VOCABULARY) -> list[list[str]]:
    """Words, the most frequent first, each with some of its forms."""
    chance, seen, words = random.Random(SEED), set[str](), list[list[str]]()
    while len(words) < count:
        language = "russian" if chance.random() < SHARE_OF_RUSSIAN else "english"
        syllables = RUSSIAN if language == "russian" else ENGLISH
        length = 1 if len(words) < 60 else chance.choice((2, 2, 3, 3, 4))
        root = "".join(chance.choices(syllables, k=length))
        if root not in seen:
            seen.add(root)
            words.append([root + end for end in chance.sample(ENDINGS[language], 4)])
    return words


def texts(count: int) -> Iterator[str]:
    """So many messages."""
    chance, words = random.Random(SEED + 1), vocabulary()
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    for number in range(count):
        length = min(80, 1 + int(chance.expovariate(1 / MEAN_WORDS)))
        said = [
            chance.choice(forms) for forms in chance.choices(words, cum_weights=weights, k=length)
        ]
        if number % 2:
            said.insert(0, HALF)
        yield " ".join(said)
