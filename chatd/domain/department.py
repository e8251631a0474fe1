"""Departments: parts of the house with a queue of their own. A line of the queue is a site's, or a
site's and a department's: ``shop``, ``shop/billing``."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from chatd.domain.ticket import Ticket

Closed = frozenset[str]  # departments whose tickets are others' business
NOBODYS: Closed = frozenset()


class Scope(Struct, frozen=True, order=True):
    """Whose queue: of these sites (none: all of them) without the tickets of these departments."""

    sites: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    def holds(self, site: str, department: str) -> bool:
        """Whether such tickets are in it."""
        return (not self.sites or site in self.sites) and department not in self.closed

    def lines(self, known: Iterable[str]) -> list[str] | None:
        """Those of the lines that it consists of; ``None``: all."""
        if not self.sites and not self.closed:
            return None
        return [line for line in known if self.holds(*parts_of(line))]


EVERYTHING = Scope()


def scope(sites: Iterable[str], closed: Iterable[str] = ()) -> Scope:
    """The same in the same order, however it was written down."""
    return Scope(tuple(sorted(set(sites))), tuple(sorted(set(closed))))


def line_of(ticket: Ticket) -> str:
    """The line that a ticket stands in when it waits."""
    return name_line(ticket.site, ticket.department)


def name_line(site: str, department: str) -> str:
    """The line of a site's tickets with a department, or with none."""
    return f"{site}/{department}" if department else site


def parts_of(line: str) -> tuple[str, str]:
    """The site and the department of a line."""
    site, _, department = line.partition("/")
    return site, department
