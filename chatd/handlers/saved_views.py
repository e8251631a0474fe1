"""Views of the list of tickets: each operator's own, kept with their account."""

from __future__ import annotations

from msgspec.structs import replace

from chatd.domain.participant import Operator
from chatd.domain.saved_view import FILTERS, MOST, SavedView, key_of
from chatd.domain.tags import tag_of
from chatd.domain.versions import rerun, successor
from chatd.errors import Conflict, Forbidden, Invalid, NotFound
from chatd.protocol.saved_views import ListViews, RemoveView, SavedViews, SaveView
from chatd.protocol.support import ListTickets
from chatd.service import departments
from chatd.service.context import Context, Handlers
from chatd.service.identity import clean_name
from chatd.store.base import Put


def everything(cx: Context, command: ListViews) -> SavedViews:
    """→ ``views`` in the order of their names."""
    return answer(viewer_of(cx, command.viewer))


def save(cx: Context, command: SaveView) -> SavedViews:
    """→ ``views`` as they are now; Conflict for one too many, Invalid for a filter of nothing."""
    name = clean_name(command.name)
    view = SavedView(name=name, **{each: getattr(command, each) for each in FILTERS})
    if view == SavedView(name=name):
        named = ", ".join(map(repr, FILTERS))
        raise Invalid(f"a view is narrowed to something: {named}", field="name")
    check_filters(cx, view)
    gone = {key_of(name), key_of(clean_name(command.was, "was")) if command.was else ""}
    return rerun(lambda: change(cx, command.viewer, view, gone))


def remove(cx: Context, command: RemoveView) -> SavedViews:
    """→ ``views`` that are left; NotFound where there is none of this name."""
    find(viewer_of(cx, command.viewer), command.name)
    return rerun(lambda: change(cx, command.viewer, None, {key_of(clean_name(command.name))}))


def change(cx: Context, viewer: str | None, view: SavedView | None, gone: set[str]) -> SavedViews:
    """The account with another view, and without those that are gone."""
    operator = viewer_of(cx, viewer)
    views = [one for one in operator.saved_views if key_of(one.name) not in gone]
    views += [view] if view else []
    if len(views) > MOST:
        raise Conflict(f"{MOST} views are saved, as many as one may have", allowed=MOST)
    ordered = tuple(sorted(views, key=lambda one: key_of(one.name)))
    changed = successor(operator, saved_views=ordered)
    cx.services.store.commit(Put(changed))
    return answer(changed)


def narrow(cx: Context, command: ListTickets) -> ListTickets:
    """A list as it was asked for, with what a view that was named says of the rest."""
    if command.view is not None:
        view = find(viewer_of(cx, command.viewer), command.view)
        asked = {each: getattr(command, each) for each in FILTERS}
        said = {each: getattr(view, each) for each, value in asked.items() if value is None}
        command = replace(command, **said)
    if command.waits_s is not None and command.status is None:
        command = replace(command, status="waiting")  # those are at hand
    return command


def find(operator: Operator, name: str) -> SavedView:
    """A view by its name; NotFound says which there are."""
    for one in operator.saved_views:
        if key_of(one.name) == key_of(clean_name(name)):
            return one
    known = ", ".join(repr(one.name) for one in operator.saved_views) or "none"
    raise NotFound(f"{operator.id} has saved no view {name!r}; saved: {known}")


def check_filters(cx: Context, view: SavedView) -> None:
    """Invalid for what nothing would ever be narrowed to."""
    services = cx.services
    if view.tag is not None:
        try:
            tag_of(view.tag)
        except ValueError as error:
            raise Invalid(str(error), field="tag") from None
    if view.department:
        departments.check_name(services, view.department)
    allowed = [one for one in services.config.sites if cx.principal.serves(one)]
    if view.site is not None and view.site not in allowed:
        text = f"no such site {view.site!r}; these are served: {', '.join(allowed)}"
        raise Invalid(text, field="site", allowed=allowed)


def viewer_of(cx: Context, named: str | None) -> Operator:
    """Whose views are meant: one's own; at the machine those of who is named, or called so."""
    who = cx.principal
    if who.kind == "program":
        raise Forbidden("views are saved by operators, and no program's")
    if who.operator and named not in (None, who.operator):
        raise Forbidden("everybody sees their own views only", field="viewer")
    name = who.operator or named or who.name
    if operator := cx.services.store.get(Operator, name):
        return operator
    if named:
        raise NotFound(f"no such operator {named!r}")
    text = f"views are an operator's, and {name!r} is none: say whose, with --as NAME"
    raise Invalid(text, field="viewer")


def answer(operator: Operator) -> SavedViews:
    """What all of these give."""
    return SavedViews(views=list(operator.saved_views))


HANDLERS: Handlers = {ListViews: everything, SaveView: save, RemoveView: remove}
