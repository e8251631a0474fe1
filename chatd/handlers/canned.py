"""Canned answers: those of the configuration beside those that administrators edit."""

from __future__ import annotations

from collections.abc import Iterator

from chatd.domain.canned import LONGEST_NAME, MOST, Canned, check_variables, id_of
from chatd.domain.times import to_text
from chatd.errors import Conflict, Forbidden, Invalid, NotFound
from chatd.protocol.canned import (
    CannedAnswer,
    CannedList,
    CannedRemoved,
    ListCanned,
    OneCanned,
    PutCanned,
    RemoveCanned,
)
from chatd.service import compose, pages
from chatd.service.context import Context, Handlers, Services
from chatd.service.identity import clean_name
from chatd.store.base import Change, Put, Remove


def everything(cx: Context, command: ListCanned) -> CannedList:
    """→ ``canned``: ``site``, ``name`` and ``text`` of the answers of the sites one serves, those
    of the configuration first; whether there are ``more``, and the ``cursor`` that gets those."""
    page = pages.list_page(
        cx,
        list_found(cx, command),
        lambda one: one[1],
        limit=command.limit,
        cursor=lambda one: one[0],
    )
    return CannedList(canned=page.rows, more=page.more, cursor=page.cursor)


def list_found(cx: Context, command: ListCanned) -> Iterator[tuple[str, CannedAnswer]]:
    """Each with its cursor: its place in the configuration, which is in the order of the file, or
    its id, so that no page is upset by what is edited meanwhile."""
    cursor, asked = command.cursor or "", command.site
    after = cursor if "/" in cursor else ""
    if not after:
        answers = (
            CannedAnswer(site=site, name=name, text=text)
            for site, settings in cx.services.config.sites.items()
            if cx.principal.serves(site) and asked in (None, site)
            for name, text in settings.canned.items()
        )
        begun = pages.place_of(cursor)
        for number, answer in enumerate(answers, 1):
            if number > begun:
                yield str(number), answer
    for one in list_stored(cx.services):
        mine = not one.site or cx.principal.serves(one.site)
        if mine and asked in (None, one.site or asked) and one.id > after:
            yield one.id, view(one)


def put(cx: Context, command: PutCanned) -> OneCanned:
    """→ ``answer`` as it is now. Conflict where somebody changed it meanwhile, saying who and when;
    for what the configuration says; for one too many."""
    services, site = cx.services, site_of(cx, command.site)
    check_text(services, command.text)
    old = clean_name(command.name)
    name = old if command.new_name is None else clean_name(command.new_name, "new_name")
    if len(id_of("", name)) > LONGEST_NAME + 1:
        raise Invalid(f"a name has at most {LONGEST_NAME} characters", field="name")
    for one in (old, name):
        check_own(services, site, one)
    with services.turns.one_at_a_time("canned"):
        known = services.store.get(Canned, id_of(site, old))
        check_version(known, old, command.version)
        moved = known is not None and id_of(site, name) != known.id
        check_room(services, known, id_of(site, name))
        made = Canned(
            id=id_of(site, name),
            site=site,
            name=name,
            text=command.text,
            by=cx.principal.label,
            updated_at=to_text(services.now()),
            version=known.version + 1 if known and not moved else 1,
        )
        gone: list[Change] = [Remove("canned", known.id, known.version)] if known and moved else []
        services.store.commit(*gone, Put(made))
    return OneCanned(answer=view(made))


def check_room(services: Services, known: Canned | None, id: str) -> None:
    """Conflict for a name that another answer has, and for one answer too many."""
    other = services.store.get(Canned, id)
    if other and (known is None or known.id != id):
        raise Conflict(f"there is a canned answer {other.name!r} already", **last_word(other))
    if known is None and len(list_stored(services)) >= MOST:
        raise Conflict(f"{MOST} canned answers are kept, as many as there may be", allowed=MOST)


def remove(cx: Context, command: RemoveCanned) -> CannedRemoved:
    """→ ``site`` and ``name`` of the answer that is gone; NotFound where there is none, Conflict
    where somebody changed it meanwhile, or the configuration says it."""
    services, site, name = cx.services, site_of(cx, command.site), clean_name(command.name)
    check_own(services, site, name)
    known = services.store.get(Canned, id_of(site, name))
    if known is None:
        raise NotFound(f"no such canned answer {name!r}")
    check_version(known, name, command.version)
    services.store.commit(Remove("canned", known.id, known.version))
    return CannedRemoved(site=site, name=known.name)


def site_of(cx: Context, named: str | None) -> str:
    """The site that is meant, empty for all; Invalid for none that there is, Forbidden for what is
    others' business."""
    allowed = [one for one in cx.services.config.sites if cx.principal.serves(one)]
    if named and named not in allowed:
        text = f"no such site {named!r}; allowed: {', '.join(allowed)}"
        raise Invalid(text, field="site", allowed=allowed)
    if not named and cx.principal.sites:
        raise Forbidden("answers of all sites are edited by who serves all", field="site")
    return named or ""


def check_text(services: Services, text: str) -> None:
    """Invalid for what could not be sent, or would not be filled in."""
    compose.check(text, services.config.tickets.max_message_chars, field="text")
    try:
        check_variables(text)
    except ValueError as error:
        raise Invalid(str(error), field="text") from None


def check_own(services: Services, site: str, name: str) -> None:
    """Conflict for an answer that is edited where the daemon is configured."""
    settings = services.config.sites.get(site)
    for one in settings.canned if settings else ():
        if id_of(site, one) == id_of(site, name):
            raise Conflict(
                f"{one!r} is said by the configuration: sites.{site}.canned", configured=True
            )


def check_version(known: Canned | None, name: str, version: int | None) -> None:
    """Conflict where somebody was faster."""
    if version is None or version == (known.version if known else 0):
        return
    if known is None:
        raise Conflict(f"the canned answer {name!r} was removed meanwhile", version=0)
    how = "was changed meanwhile" if version else "is there already"
    word = last_word(known)
    raise Conflict(f"the canned answer {known.name!r} {how}, by {word['by']}", **word)


def last_word(known: Canned) -> dict[str, str | int]:
    """Whose change an answer has, and when that was."""
    return {"by": known.by, "at": known.updated_at, "version": known.version}


def list_stored(services: Services) -> list[Canned]:
    """All that are edited, in the order of their ids."""
    return list(services.store.all(Canned, limit=MOST * 2))


def view(one: Canned) -> CannedAnswer:
    """As it is listed."""
    return CannedAnswer(
        site=one.site,
        name=one.name,
        text=one.text,
        version=one.version,
        by=one.by,
        updated_at=one.updated_at,
    )


HANDLERS: Handlers = {ListCanned: everything, PutCanned: put, RemoveCanned: remove}
