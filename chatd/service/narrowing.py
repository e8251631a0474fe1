"""What a list is narrowed to, judged where nothing was found: whether there is such a thing at all.

Tickets and figures outlive the site, the department and the account that they are of: what is not
there any more may be asked for, and is refused only where nothing is of it either.
"""

from __future__ import annotations

from itertools import islice

from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.errors import Invalid
from chatd.service import departments
from chatd.service.context import Services

NAMED = 20  # so many that there are


def check_site(services: Services, who: Principal, name: str | None) -> None:
    """Invalid for a site that there is not, saying which there are for somebody."""
    if name is not None and name not in services.config.sites:
        raise unknown("site", name, [one for one in services.config.sites if who.serves(one)])


def check_operator(services: Services, name: str | None) -> None:
    """Invalid for a name that is no operator's, saying which are; an empty one is nobody's."""
    if name and services.store.get(Operator, name) is None:
        known = services.store.all(Operator, limit=NAMED + 1)
        raise unknown("operator", name, [one.id for one in known])


def check(
    services: Services,
    who: Principal,
    *,
    site: str | None,
    operator: str | None,
    department: str | None = None,
) -> None:
    """Invalid for the first of these that there is not."""
    check_site(services, who, site)
    check_operator(services, operator)
    departments.check_name(services, department or "")


def unknown(field: str, name: str, known: list[str]) -> Invalid:
    """What is said of a name that is none; of many that there are, the first."""
    allowed = list(islice(known, NAMED))
    more = ", …" if len(known) > NAMED else ""
    words = f"allowed: {', '.join(allowed)}{more}" if allowed else "there is none"
    return Invalid(f"no such {field} {name!r}; {words}", field=field, allowed=allowed)
