"""A month of requests for help, counted again by brute force; whose figures are whose business."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from chatd.domain.episode import Episode
from chatd.domain.rating import Rating
from chatd.domain.ticket import PRIORITIES, episode_id
from chatd.domain.times import to_epoch, to_text
from chatd.errors import ChatdError
from chatd.handlers import reports
from chatd.protocol.envelope import convert
from chatd.protocol.programs import CreateToken
from chatd.protocol.reports import About, GetReport, Group, ListCounted, ReportRow
from chatd.protocol.support import AcceptTicket, CloseTicket
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage

BERLIN = ZoneInfo("Europe/Berlin")
MONTH = {"from": "2026-03-01", "to": "2026-03-31", "tz": "Europe/Berlin"}
BEGIN = datetime(2026, 3, 1, tzinfo=BERLIN).timestamp()
END = datetime(2026, 4, 1, tzinfo=BERLIN).timestamp()
FIGURES = (
    *("opened", "reopened", "requested", "waiting", "accepted", "abandoned", "dropped"),
    *("answered", "closed", "cancelled", "silent", "offline"),
    *("response_met", "response_missed", "resolution_met", "resolution_missed"),
    *("rated", "rated_5", "rated_4", "rated_3", "rated_2", "rated_1"),
)


def ask(command: type, **fields: Any) -> Any:
    """A command as the wire brings it."""
    return convert(command, {**MONTH, **fields})


def simulate(many: int = 500) -> list[Episode]:
    """A month and some days around it; the clocks are set forward in its last week."""
    dice = random.Random(20)
    made = []
    for number in range(many):
        began = dice.choice([dice.uniform(BEGIN - 86_400, END + 86_400), BEGIN, END, END - 0.001])
        opened, fields = to_text(began), dict[str, Any]()
        if dice.random() < 0.8:
            fields["requested_at"] = to_text(began + dice.choice([0, 300]))
            if dice.random() < 0.7:
                took = began + 300 + dice.expovariate(1 / 60)
                operator = dice.choice(["artem", "boris"])
                fields |= {"accepted_at": to_text(took), "accepted_by": operator}
                if dice.random() < 0.8:
                    fields["first_response_at"] = to_text(took + dice.expovariate(1 / 30))
        if dice.random() < 0.4:
            fields["customer_left_at"] = to_text(began + dice.uniform(0, 900))
        if dice.random() < 0.8:
            fields["closed_at"] = to_text(began + dice.uniform(900, 90_000))
            fields["response"] = dice.choice(["", "met", "missed"])
            fields["resolution"] = dice.choice(["", "met", "missed"])
            fields["unread"] = dice.choice([0, 0, 2])
            fields["outcome"] = dice.choice(["", "closed", "cancelled", "silence"])
            if dice.random() < 0.5:
                fields["rating"] = Rating(score=dice.randint(1, 5), at=fields["closed_at"])
        ticket, turn = f"TKT-{int(BEGIN) + number}", dice.choice([1, 1, 1, 2])
        made.append(
            Episode(
                id=episode_id(ticket, turn, opened),
                ticket=ticket,
                number=turn,
                site=dice.choice(["shop", "bank"]),
                opened_at=opened,
                transfers=dice.randrange(3),
                department=dice.choice(["", "sales", "billing"]),
                priority=dice.choice(PRIORITIES),
                offline=dice.random() < 0.2,
                tags=tuple(sorted(dice.sample(["vip", "доставка", "refund"], dice.randrange(4)))),
                **fields,
            )
        )
    return made


def figures_of(one: Episode) -> set[str]:
    """In which figures a request is, written another way than the daemon's own."""
    asked, taken, over = one.requested_at, one.accepted_at, one.closed_at
    found = {"opened"}
    found |= {"requested"} if asked else set()
    found |= {"reopened"} if one.number > 1 else set()
    found |= {"waiting"} if asked and not taken and not over else set()
    found |= {"accepted"} if taken else set()
    found |= {"answered"} if one.first_response_at else set()
    found |= {"closed"} if over else set()
    found |= {"cancelled"} if one.outcome == "cancelled" else set()
    found |= {"silent"} if one.outcome == "silence" else set()
    found |= {"offline"} if one.offline else set()
    found |= {f"response_{one.response}"} if one.response else set()
    found |= {f"resolution_{one.resolution}"} if one.resolution else set()
    found |= {"rated", f"rated_{one.rating.score}"} if one.rating else set()
    left = one.customer_left_at
    in_vain = asked and not taken and over
    gone = asked and taken and left and left < taken and to_epoch(taken) - to_epoch(asked) > 1
    if in_vain or gone:
        return found | {"abandoned"}
    return found | ({"dropped"} if taken and over and one.unread else set())


def period_of(group: str, one: Episode) -> str | None:
    """The hour, day, week or month that a request is in."""
    local = datetime.fromtimestamp(to_epoch(one.opened_at), BERLIN)
    if group == "hour":
        return local.replace(minute=0, second=0, microsecond=0).isoformat(" ", "minutes")
    if group == "week":
        local -= timedelta(days=local.weekday())
    named = {"day": f"{local:%Y-%m-%d}", "week": f"{local:%Y-%m-%d}", "month": f"{local:%Y-%m}-01"}
    return named.get(group)


def rows_of(one: Episode, told: set[str | None], group: str) -> Iterator[tuple[str | None, ...]]:
    """The rows that a request is in, of a report that tells some things apart."""
    names = {
        "operator": [one.accepted_by or ""],
        "site": [one.site],
        "department": [one.department],
        "tag": [*one.tags] or [""],
        "priority": [one.priority],
    }
    parts = (names[name] if name in told else [None] for name in names)
    yield from product([period_of(group, one)], *parts)


def count(rows: list[ReportRow]) -> Counter[tuple[Any, ...]]:
    """What rows say, by what each is about and figure."""
    told_of = ("at", "operator", "site", "department", "tag", "priority")
    names = [tuple(getattr(row, one) for one in told_of) for row in rows]
    assert len({*names}) == len(names)
    told = zip(names, rows, strict=True)
    return Counter({(name, one): getattr(row, one) for name, row in told for one in FIGURES})


def test_a_month_is_counted_to_the_last_ticket_in_every_report_and_grouping(stage: Stage) -> None:
    made = simulate()
    stage.store.commit(*map(Put, made))
    within = [one for one in made if BEGIN <= to_epoch(one.opened_at) < END]
    assert 0 < len(within) < len(made)
    known = [(one, figures_of(one)) for one in within]
    assert {figure for _, of in known for figure in of} == {*FIGURES}
    abouts: dict[str, str | None] = {
        "queue": None,
        "rating": None,
        "operators": "operator",
        "sites": "site",
    }
    abouts |= {"departments": "department", "tags": "tag", "targets": None}
    assert {*abouts} == {*get_args(About)}
    each = [("queue", group) for group in get_args(Group)]
    each += product([*abouts][1:], ("week", "tag"))
    stage.store.checkpoint()
    for about, group in each:
        subject = abouts[about]
        said = stage.shell(ask(GetReport, report=about, group=group))
        assert not said.more and said.total.opened == len(within)
        expected = Counter(
            (row, what)
            for one, figures in known
            for row in rows_of(one, {subject, group}, group)
            for what in figures
        )
        assert +count(said.rows) == expected, (about, group)
    total = dict.fromkeys(FIGURES, 0)
    total |= Counter(what for one in within for what in figures_of(one))
    assert {name: getattr(said.total, name) for name in FIGURES} == total
    scores = [one.rating.score for one in within if one.rating]
    assert said.total.rating_mean == pytest.approx(sum(scores) / len(scores), abs=0.0005)
    assert said.total.transfers == sum(one.transfers for one in within)
    waits = [
        to_epoch(one.accepted_at) - to_epoch(one.requested_at)
        for one in within
        if one.accepted_at and one.requested_at
    ]
    assert said.total.wait.count == len(waits)
    assert said.total.wait.mean_s == pytest.approx(sum(waits) / len(waits), abs=0.001)
    assert said.total.wait.longest_s == pytest.approx(max(waits), abs=0.001)
    middle = sorted(waits)[(len(waits) + 1) // 2 - 1]
    assert said.total.wait.median_s == pytest.approx(middle, rel=0.011)


def test_every_number_opens_its_list(stage: Stage) -> None:
    stage.store.commit(*map(Put, simulate(60)))
    for report, group in (("operators", "month"), ("tags", "week"), ("targets", None)):
        rows = stage.shell(ask(GetReport, report=report, group=group)).rows
        assert len(rows) > 1
        for row in rows:
            of_row = {"from": row.since, "to": row.until, "site": row.site}
            of_row |= {"operator": row.operator, "department": row.department, "tag": row.tag}
            of_row |= {"priority": row.priority}
            for figure in FIGURES:
                tickets, cursor = list[Any](), None
                while cursor or not tickets:
                    page = stage.shell(
                        ask(ListCounted, **of_row, of=figure, limit=5, cursor=cursor)
                    )
                    tickets += page.tickets
                    cursor = page.cursor
                    if not page.more:
                        break
                assert len(tickets) == getattr(row, figure) == len({one.id for one in tickets})
                times = [one.opened_at[:19] for one in tickets]
                assert times == sorted(times, reverse=True)


def test_what_really_happens_is_in_the_figures_of_today(stage: Stage) -> None:
    customer, artem = stage.visitor(), stage.staff("artem", role="operator")
    id = customer.open_ticket()
    waiting = stage.shell(GetReport(report="queue")).total
    assert (waiting.opened, waiting.waiting, waiting.accepted) == (1, 1, 0)
    artem.ask(AcceptTicket(ticket_id=id))
    artem.say(id, "I am here")
    artem.ask(CloseTicket(ticket_id=id))
    stage.now += 1
    (row,) = stage.shell(GetReport(report="operators")).rows
    assert (row.operator, row.accepted, row.answered, row.closed, row.waiting) == (
        *("artem", 1, 1, 1, 0),
    )
    assert row.wait.count == 1
    assert [one.id for one in stage.shell(ListCounted(of="closed")).tickets] == [id]


def of_all(who: Person) -> set[tuple[str, str]]:
    """Whose tickets of which sites somebody is told of."""
    listed = who.ask(ask(ListCounted, limit=200)).tickets
    return {(one.operator or "", one.site) for one in listed}


def test_operators_get_their_own_and_administrators_all(stage: Stage) -> None:
    stage.store.commit(*map(Put, simulate(150)))
    everybody = {(who, site) for who in ("artem", "boris", "") for site in ("shop", "bank")}
    assert of_all(stage.staff("chief", role="admin")) == everybody
    artem = stage.staff("artem", role="operator", sites=("shop",))
    assert of_all(artem) == {("artem", "shop")}
    for report in ("queue", "operators", "sites"):
        rows = artem.ask(ask(GetReport, report=report, group="operator")).rows
        assert {row.operator for row in rows} == {"artem"}
    others = ask(GetReport, report="operators", operator="boris")
    for command in (others, ask(ListCounted, operator="")):
        with pytest.raises(ChatdError, match="their own figures"):
            artem.ask(command)
    for stranger in (stage.visitor(), stage.person()):
        with pytest.raises(ChatdError) as refused:
            stranger.ask(ask(GetReport, report="queue"))
        assert refused.value.code == "forbidden"
    made = stage.shell(CreateToken(name="board", scopes=["figures:read"], sites=["bank"]))
    assert {site for _, site in of_all(stage.again(made.token))} == {"bank"}


def test_names_of_what_there_is_not_are_refused_unless_something_is_counted(stage: Stage) -> None:
    stage.store.commit(*map(Put, simulate(40)))
    for report in (ask(GetReport, report="queue", site="bank"), ask(ListCounted, operator="boris")):
        assert stage.shell(report), "they are in no configuration, and have no account any more"
    for field in ("site", "operator", "department"):
        for command in (GetReport, ListCounted):
            about = {"report": "queue"} if command is GetReport else {}
            with pytest.raises(ChatdError, match=f"no such {field} 'nowhere'") as refused:
                stage.shell(ask(command, **about, **{field: "nowhere"}))
            assert refused.value.code == "invalid"
    assert not stage.shell(ListCounted(site="shop", begin="2020-01-01", end="2020-01-02")).tickets


NONSENSE = (
    ("from", "March"),
    ("to", "2026-02-30"),
    ("to", "9999-12-31"),
    ("from", "2026-04-01"),
    ("from", "2020-01-01"),
    ("tz", "Mars/Olympus"),
    ("tz", "../../etc/passwd"),
    ("group", "minute"),
    ("report", "ratings"),
    ("cursor", "x"),
)


def test_what_makes_no_sense_is_refused_by_its_name(stage: Stage) -> None:
    for field, value in NONSENSE:
        with pytest.raises(ChatdError) as refused:
            stage.shell(ask(GetReport, **{"report": "queue", field: value}))
        assert (refused.value.code, refused.value.details["field"]) == ("invalid", field), value
    for cursor in ("x", "h-zz-TKT-1.1", "TKT"):
        with pytest.raises(ChatdError, match="an earlier page"):
            stage.shell(ask(ListCounted, cursor=cursor))


def test_too_many_rows_are_refused_and_said(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.store.commit(*map(Put, simulate(90)))
    monkeypatch.setattr(reports, "MOST_ROWS", 5)
    with pytest.raises(ChatdError, match="more than 5 rows"):
        stage.shell(ask(GetReport, report="queue", group="day"))
    assert len(stage.shell(ask(GetReport, report="queue", group="operator")).rows) == 3
