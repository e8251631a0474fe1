"""The departments of the configuration."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from msgspec import Meta

from chatd.config.shapes import Section
from chatd.config.sla import TargetSettings

Language = Literal["ru", "en"]
Title = Annotated[str, Meta(max_length=64)]
NONE = "none"  # as in the shell a ticket is said to have no department


class DepartmentSettings(Section, frozen=True, kw_only=True):
    """A part of the house with a queue of its own, under its name. ``title``: by language;
    ``members``: the operators who work in it; ``sites``: of whose tickets, all when none is
    named."""

    title: dict[Language, Title] = {}
    members: tuple[str, ...]
    sites: tuple[str, ...] = ()
    sla: TargetSettings = TargetSettings()


def check_departments(
    departments: Mapping[str, DepartmentSettings], sites: Collection[str]
) -> str | None:
    """Departments: somebody works in each, for sites that there are."""
    for name, one in departments.items():
        if name == NONE:
            return f"departments.{NONE}: no department can have this name: it stands for none"
        if not one.members:
            return f"departments.{name}.members: at least one operator's user name is needed"
        if unknown := [site for site in one.sites if site not in sites]:
            allowed = ", ".join(sites)
            return f"departments.{name}.sites: no such site {unknown[0]!r}; allowed: {allowed}"
    return None


def check_first(
    site: str, department: str, departments: Mapping[str, DepartmentSettings]
) -> str | None:
    """What a site's new tickets are given is a department of that site."""
    if not department:
        return None
    fitting = [name for name, one in departments.items() if not one.sites or site in one.sites]
    if department in fitting:
        return None
    allowed = f"allowed: {', '.join(fitting)}" if fitting else "the site has none"
    return f"sites.{site}.department: no such department {department!r}; {allowed}"
