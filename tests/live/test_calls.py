"""The contract of the open calls: found by id, place and people; the ended ones remembered."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.call import Call, Party
from chatd.live.calls import Calls
from chatd.live.local import calls as local
from chatd.live.shared import calls as shared
from tests.live.implementations import SHARED, shared_by

READS = {"get", "within", "of", "list_ended"}
ANNA, ARTEM = Party(id="p-1", name="Anna", connection="c-1"), Party(id="op", name="Artem")


@pytest.fixture(params=["local", *SHARED])
def calls(request: pytest.FixtureRequest) -> Calls:
    if request.param in SHARED:
        make = lambda node: shared.Calls(node.exchange, list)  # noqa: E731
        return shared_by(request, make, READS)
    return local.Calls()


def call(number: int = 1, **fields: Any) -> Call:
    common = {"id": f"call-{number}", "dialog_id": f"TKT-{number}", "site": "shop"}
    whose = {"media": ("audio",), "parties": (ANNA, ARTEM), "node": "a", "created_at": ""}
    return Call(**{**common, **whose, **fields})


def test_an_open_one_is_found_by_its_id_its_place_and_its_people(calls: Calls) -> None:
    calls.put(call())
    calls.put(call(2, parties=(replace(ANNA, id="p-9"), ARTEM)))
    assert calls.get("call-1") == calls.within("TKT-1") == call()
    assert calls.get("call-3") is calls.within("TKT-3") is None
    assert [one.id for one in calls.of("op")] == ["call-1", "call-2"]
    assert [one.id for one in calls.of("p-1")] == ["call-1"] and calls.of("p-7") == []
    calls.put(call().move("p-1", "c-7"))
    assert [one.parties[0].connection for one in calls.of("p-1")] == ["c-7"]
    calls.put(call(3, parties=(ANNA, ARTEM, replace(ARTEM, id="p-5"))))
    calls.put(calls.of("p-5")[0].decline("p-5", ""))
    assert calls.of("p-5") == [] and calls.within("TKT-3"), "it rings at them no more"


def test_one_that_has_ended_is_remembered_and_open_no_more(calls: Calls) -> None:
    for number in (1, 2):
        calls.put(call(number))
        calls.put(call(number).after("house", "expire", ""))
    assert calls.get("call-1") is calls.within("TKT-2") is None and calls.of("op") == []
    assert [one.id for one in calls.list_ended()] == ["call-2", "call-1"]
    assert calls.list_ended()[0].reason == "timeout"


def test_those_that_ended_are_forgotten_with_where_they_were_or_who_was_in_them(
    calls: Calls,
) -> None:
    others = (replace(ANNA, id="p-9"), ARTEM)
    for number, people in ((1, (ANNA, ARTEM)), (2, others), (3, others)):
        calls.put(call(number, parties=people))
        calls.put(call(number, parties=people).after("house", "expire", ""))
    calls.put(call(4))
    for _ in range(2):
        calls.forget(["TKT-2", "p-1"])
    assert [one.id for one in calls.list_ended()] == ["call-3"]
    assert calls.get("call-4") == call(4), "one that is open goes on"


def test_candidates_are_counted_for_each_side_until_it_is_over() -> None:
    calls = local.Calls()
    calls.put(call())
    asked = [("op", "p-1"), ("op", "p-1"), ("p-1", "op"), ("op", "p-2")]
    assert [calls.count_candidate("call-1", *whose) for whose in asked] == [1, 2, 1, 1]
    calls.forget_candidates("call-1", "op", "p-1")
    assert [calls.count_candidate("call-1", "op", to) for to in ("p-1", "p-2")] == [1, 2]
    calls.forget_candidates("call-1", "op")
    assert calls.count_candidate("call-1", "op", "p-2") == 1
    calls.put(call().after("house", "expire", ""))
    assert calls.count_candidate("call-1", "p-1", "op") == 1


def test_of_a_call_the_newest_version_counts_in_whatever_order_it_is_told(nodes: Any) -> None:
    calls = shared.Calls(nodes.node().exchange, list)
    over = call().after("house", "expire", "")
    calls.take(over)
    calls.take(call())
    assert list(calls) == [] and [one.id for one in calls.list_ended()] == ["call-1"]


def test_what_was_not_told_is_read(nodes: Any) -> None:
    from tests.nodes import wait_until

    kept = [call(2)]
    calls = shared.Calls(nodes.node().exchange, lambda: kept)
    calls.put(call(1))
    calls.note_loss("another")
    wait_until(lambda: [one.id for one in calls] == ["call-2"])


def test_so_many_that_ended_are_remembered_each_once() -> None:
    calls = local.Calls()
    calls.fill([call(0)])
    assert calls.get("call-0") == call(0)
    for number in range(local.REMEMBERED + 1):
        for _ in range(2):
            calls.put(call(number).after("house", "expire", ""))
    ended = [one.id for one in calls.list_ended()]
    assert len(ended) == len(set(ended)) == 500 and "call-0" not in ended
    assert ended[0] == f"call-{local.REMEMBERED}" and list(calls) == []
