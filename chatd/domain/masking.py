"""What is taken out of words before they leave the house: card numbers and mail addresses."""

from __future__ import annotations

import re

CARD, ADDRESS = "[card]", "[e-mail]"
SHORTEST, LONGEST = 13, 19
DIGITS = re.compile(r"[0-9]+(?:[ \u00a0\t._/–—-]{1,2}[0-9]+)*")
GROUP = re.compile(r"[0-9]+")
MAIL = re.compile(r"[^\W_][\w.+%'-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")


def mask(text: str) -> str:
    """The text without them: each has a word in its place that says what was there."""
    return MAIL.sub(ADDRESS, DIGITS.sub(lambda found: hide_cards(found[0]), text))


def hide_cards(run: str) -> str:
    """Digits, however they are grouped, without the numbers of cards among them: so many groups
    from one on that make one, the longest first."""
    groups = [found.span() for found in GROUP.finditer(run)]
    kept, since, first = "", 0, 0
    while first < len(groups):
        last = end_of_card(run, groups, first)
        if last is None:
            first += 1
            continue
        kept += run[since : groups[first][0]] + CARD
        since, first = groups[last][1], last + 1
    return kept + run[since:]


def end_of_card(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The last group of a card's number that begins with this one."""
    digits, found = "", None
    for at in range(first, len(groups)):
        digits += run[slice(*groups[at])]
        if len(digits) > LONGEST:
            break
        if len(digits) >= SHORTEST and is_card(digits):
            found = at
    return found


def is_card(digits: str) -> bool:
    """Whether the last digit is the one that the others ask for, by Luhn."""
    doubled = (2 * int(one) for one in digits[-2::-2])
    total = sum(map(int, digits[-1::-2])) + sum(one - 9 if one > 9 else one for one in doubled)
    return total % 10 == 0 and any(one != "0" for one in digits)
