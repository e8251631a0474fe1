"""Lines of the queue, and whose part of it is which."""

from __future__ import annotations

from chatd.domain.department import EVERYTHING, Scope, line_of, name_line, parts_of, scope
from chatd.domain.participant import Operator
from chatd.domain.queue import Candidate, choose
from tests.queue.test_order import make_ticket

LINES = ["shop", "shop/billing", "bank", "bank/credit"]


def test_a_line_is_a_sites_or_a_sites_and_a_departments() -> None:
    for site, department, line in (("shop", "", "shop"), ("shop", "billing", "shop/billing")):
        assert name_line(site, department) == line and parts_of(line) == (site, department)
        assert line_of(make_ticket(1, site=site, department=department)) == line


def test_a_part_of_the_queue_is_of_sites_without_departments_of_others() -> None:
    assert EVERYTHING.lines(LINES) is None
    assert Scope(("shop",)).lines(LINES) == LINES[:2]
    assert Scope((), ("billing",)).lines(LINES) == ["shop", "bank", "bank/credit"]
    assert Scope(("shop",), ("billing",)).lines(LINES) == ["shop"]
    assert Scope(("blog",)).lines(LINES) == []
    assert scope(["b", "a", "b"], ["y", "x"]) == Scope(("a", "b"), ("x", "y"))


def test_a_ticket_is_offered_to_who_works_in_its_department() -> None:
    olga, artem = (Operator(id=one, name=one, password_hash="", created_at="") for one in "oa")
    inside = Candidate(olga, load=3, capacity=5)
    idle = Candidate(artem, load=0, capacity=5, outside=frozenset({"billing"}))
    for department, chosen in (("billing", inside), ("", idle), ("credit", idle)):
        assert choose(make_ticket(1, department=department), [inside, idle]) is chosen
    assert choose(make_ticket(1, department="billing"), [idle]) is None
