"""How long a site's first answers take, and with whose words it says so."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.episode import Episode
from chatd.domain.participant import Participant
from chatd.domain.ticket import episode_id
from chatd.domain.times import to_text
from chatd.live.local.answers import LEAST, Answers
from chatd.protocol.sites import GetSite
from chatd.protocol.support import ReplyTicket
from chatd.service import answers
from chatd.service.texts import site_language, site_text
from chatd.store.base import Put
from tests.handlers.stage import Stage
from tests.trust.house import convert_config

MINUTE = 60


def usual(stage: Stage, site: str = "shop") -> int | None:
    """After how many minutes a page says that people are answered."""
    told: int | None = stage.visitor(site=site).ask(GetSite(site=site)).answers_in_min
    return told


def episode(stage: Stage, number: int, *, days: float, minutes: float, **fields: Any) -> Episode:
    """One that began so many days ago and had its first answer after so many minutes."""
    opened = stage.now - days * 86_400
    values: dict[str, Any] = {
        "id": episode_id(f"TKT-{int(opened)}", number, to_text(opened)),
        "ticket": f"TKT-{int(opened)}",
        "number": 1,
        "site": "shop",
        "opened_at": to_text(opened),
        "opened_by": "p-1",
        "first_response_at": to_text(opened + minutes * MINUTE),
        "first_response_by": "artem",
    }
    return Episode(**{**values, **fields})


def note(stage: Stage, *episodes: Episode) -> None:
    """These are stored."""
    answers.note(stage.services, map(Put, episodes))


def test_answers_count_as_they_are_given(stage: Stage) -> None:
    artem = stage.staff()
    for number in range(LEAST):
        assert usual(stage) is None, "too few to say anything"
        ticket = stage.visitor(str(number)).open_ticket()
        stage.now += 10 * MINUTE
        artem.ask(ReplyTicket(ticket_id=ticket, message="here"))
    assert usual(stage) == 10
    assert usual(stage, "bank") is None


def test_an_answer_is_waited_for_since_a_person_was_wanted(stage: Stage) -> None:
    wanted = to_text(stage.now - 86_400 + 20 * MINUTE)
    note(
        stage,
        *(episode(stage, n, days=1, minutes=25, requested_at=wanted) for n in range(LEAST)),
    )
    assert usual(stage) == 5
    bank = [episode(stage, n, days=1, minutes=30, site="bank") for n in range(LEAST)]
    note(stage, *bank)
    assert usual(stage, "bank") == 30


def test_what_was_not_answered_or_has_no_readable_time_counts_nothing(stage: Stage) -> None:
    note(stage, *(episode(stage, n, days=1, minutes=5) for n in range(LEAST - 1)))
    note(stage, episode(stage, 8, days=1, minutes=5, first_response_at=None))
    note(stage, episode(stage, 9, days=1, minutes=5, first_response_at="yesterday"))
    visitor = stage.store.get(Participant, stage.visitor().id)
    assert visitor
    answers.note(stage.services, [Put(visitor)])
    assert usual(stage) is None
    note(stage, episode(stage, 10, days=1, minutes=5))
    assert usual(stage) == 5


def test_who_was_answered_before_they_asked_for_anybody_waited_for_nothing(stage: Stage) -> None:
    later = to_text(stage.now - 80_000)
    early = (episode(stage, n, days=1, minutes=5, requested_at=later) for n in range(LEAST))
    note(stage, *early)
    assert usual(stage) == 1


def test_at_a_start_the_last_week_is_read_and_nothing_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = [episode(stage, n, days=6.9, minutes=15) for n in range(LEAST)]
    older = [episode(stage, n, days=7.1, minutes=45) for n in range(LEAST, 2 * LEAST)]
    strange = episode(stage, 0, days=1, minutes=1, opened_at="yesterday", requested_at=None)
    stage.store.commit(*map(Put, [*week, *older, strange]))
    asked, excerpts = list[tuple[str, str]](), stage.store.excerpts

    def note(*about: Any, since: str, until: str) -> Any:
        asked.append((since, until))
        return excerpts(*about, since=since, until=until)

    stage.services.answers = Answers(stage.services.now)
    monkeypatch.setattr(stage.store, "excerpts", note)
    answers.recall(stage.services)
    assert usual(stage) == 15
    ((since, until),) = asked
    assert all(one.id < since for one in older) and all(since <= one.id < until for one in week)


def test_texts_are_the_sites_own_or_its_languages(stage: Stage) -> None:
    sites = {"shop": {"texts": {"greeting": "Hello from {shop}"}}, "bank": {"language": "en"}}
    given = {**stage.settings, "data_dir": str(stage.directory), "sites": sites}
    stage.services.config = convert_config(given)
    services = stage.services
    assert site_text(services, "shop", "greeting", shop="ours") == "Hello from ours"
    english = site_text(services, "bank", "greeting")
    assert english.startswith("Hi!") and english != site_text(services, "gone", "greeting")
    assert [site_language(services, one) for one in ("shop", "bank", "gone")] == ["ru", "en", "ru"]
