"""Fills a data directory with a year of requests for help: ``python -m benchmarks.filling_requests
DIRECTORY REQUESTS``."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from benchmarks.filling import AT_THE_END
from chatd.domain.episode import Episode
from chatd.domain.rating import Rating
from chatd.domain.ticket import episode_id, id_of
from chatd.domain.times import to_text
from chatd.store.base import Put
from chatd.store.tiny.store import open_store

BEGIN, YEAR_S = 1_767_225_600, 365 * 86_400
PER_COMMIT = 2_000
SITES, OPERATORS = ("shop", "bank", "club"), 20
DEPARTMENTS, TAGS = ("", "sales", "billing"), ("vip", "refund", "delivery", "bug")


def request(number: int, count: int, dice: random.Random) -> Episode:
    """One of so many, which come at the same distance all year."""
    began = BEGIN + number * YEAR_S / count
    taken = began + dice.expovariate(1 / 60)
    ticket, operator = id_of(BEGIN + number), f"operator{dice.randrange(OPERATORS)}"
    closed, opened = to_text(taken + dice.expovariate(1 / 900)), to_text(began)
    return Episode(
        id=episode_id(ticket, 1, opened),
        ticket=ticket,
        number=1,
        site=dice.choice(SITES),
        department=dice.choice(DEPARTMENTS),
        tags=tuple(sorted(dice.sample(TAGS, dice.randrange(3)))),
        opened_at=opened,
        requested_at=opened,
        accepted_at=to_text(taken),
        accepted_by=operator,
        operator=operator,
        first_response_at=to_text(taken + dice.expovariate(1 / 20)),
        closed_at=closed,
        closed_by=operator,
        outcome="closed",
        customer_messages=dice.randrange(10),
        operator_messages=dice.randrange(10),
        rating=Rating(score=dice.randint(1, 5), at=closed) if dice.random() < 0.3 else None,
    )


def fill(directory: Path, requests: int) -> None:
    """So many, always the same."""
    store, dice = open_store(directory, AT_THE_END), random.Random(17)
    numbers = range(requests)
    for first in numbers[::PER_COMMIT]:
        some = numbers[first : first + PER_COMMIT]
        store.commit(*(Put(request(number, requests, dice)) for number in some))
    store.close()


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()
    fill(Path(sys.argv[1]), int(sys.argv[2]))
