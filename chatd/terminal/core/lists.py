"""Lists that come in pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

MOST_PAGES = 200
Ask = Callable[..., Awaitable[dict[str, Any]]]


async def whole(ask: Ask, event: str, rows: str, enough: int | None = None) -> dict[str, Any]:
    """A list, page by page: the first answer with the ``rows`` of all, or with at least ``enough``
    of them; its ``cursor`` says whether there are more. No page is asked for twice, and no more
    than so many: a list that has no end ends nobody."""
    answer = await ask(event)
    followed: set[str] = set()
    while isinstance(cursor := answer.get("cursor"), str) and cursor:
        have = answer.get(rows)
        if not isinstance(have, list) or (enough is not None and len(have) >= enough):
            break
        if cursor in followed or len(followed) >= MOST_PAGES:
            break
        followed.add(cursor)
        page = await ask(event, cursor=cursor)
        more = page.get(rows)
        have = have + more if isinstance(more, list) else have
        answer |= {rows: have, "cursor": page.get("cursor")}
    return answer
