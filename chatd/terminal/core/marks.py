"""The words of a message without its marks, for lists and quotes: as the pages show them there."""

from __future__ import annotations

import re

FENCE = re.compile(r"```(?:[\w+#.-]*\n)?([\s\S]+?)\n?```")
CODE = re.compile(r"(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)")
NAMED = re.compile(
    r"\[([^\[\]\n]+)\]\((?:https?://|mailto:|www\.)[^\s()]*(?:\([^\s()]*\)[^\s()]*)*\)"
)
ITEM = re.compile(r"^ {0,3}(?:[-*•]|\d{1,3}[.)])[ \t]+(?=\S)", re.MULTILINE)
MARK = re.compile(r"\*{1,3}|(?<!_)_(?!_)")
OPENING = re.compile(r"$|[\s(\[{«„“\"'*_—–]")
SHUTTING = re.compile(r"$|[\s)\]}»“”\"'*_.,:;!?…—–]")
WORD = re.compile(r"[^\W_]|[\ue000-\uf8ff]")
CODES = re.compile(r"[\ue000-\uf8ff]")
STANDS_FOR_CODE, MOST = 0xE000, 100
# So many characters the daemon tells of what was said last, of what is quoted, of a note.
CUT_AT = frozenset({120, 140, 200})
OPENERS = ("\n```", "``", "`", "***", "**", "*", "_")


def strip_marks(text: str) -> str:
    """What is so long may have been cut in the midst of what a sign opened: then the sign is none
    of the words either."""
    words = in_words(text)
    if len(text) in CUT_AT:
        shut = (in_words(text.rstrip() + sign) for sign in OPENERS)
        return next((one for one in shut if len(one) < len(words)), words)
    return words


def in_words(text: str) -> str:
    """What is code is kept to the letter."""
    if CODES.search(text):
        return text
    codes: list[str] = []

    def put_aside(code: str) -> str:
        codes.append(code)
        return chr(STANDS_FOR_CODE + len(codes) - 1) if len(codes) <= MOST else code

    plain = FENCE.sub(lambda found: f"\n{put_aside(found[1])}\n", text)
    plain = CODE.sub(lambda found: put_aside(found[2]), plain)
    plain = without_marks(ITEM.sub("", NAMED.sub(r"\1", plain)))
    return CODES.sub(lambda found: codes[ord(found[0]) - STANDS_FOR_CODE], plain).strip()


def without_marks(text: str) -> str:
    """Without the signs that are opened and shut; what is only one of both stays. So many signs as
    nobody writes for their own sake all stay."""
    signs = list(MARK.finditer(text))
    if len(signs) > MOST:
        return text
    opened: list[re.Match[str]] = []
    gone: list[re.Match[str]] = []
    for sign in signs:
        left, right = text[: sign.start()][-1:], text[sign.end() :][:1]
        shuts = left and not left.isspace() and SHUTTING.match(right)
        at = last_with(opened, sign[0]) if shuts else None
        if at is not None and WORD.search(text, opened[at].end(), sign.start()):
            gone += (opened[at], sign)
            del opened[at:]
        elif right and not right.isspace() and OPENING.match(left):
            opened.append(sign)
    for sign in sorted(gone, key=lambda one: one.start(), reverse=True):
        text = text[: sign.start()] + text[sign.end() :]
    return text


def last_with(opened: list[re.Match[str]], mark: str) -> int | None:
    """Where this was opened last."""
    places = [at for at, one in enumerate(opened) if one[0] == mark]
    return places[-1] if places else None
